#pragma once
// A configuration made ready to run: certificates opened, names indexed, routes compiled. Immutable; all
// threads share one, and a reload puts another in its place. What lives longer than a request (a connection's
// handshake) keeps what it needs of the site it began with.
#include <memory>
#include <string>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "gateway/ownership/owners.h"
#include "gateway/routing/route_table.h"
#include "proxy/back/back_request.h"
#include "proxy/back/prepared_backs.h"
#include "proxy/front/tls_front.h"
#include "proxy/site/names_by_parent.h"
#include "tls/certificate_source.h"

namespace astray::proxy {

/// What is served under the names of one virtual host.
struct VirtualHost {
  const gateway::VirtualHostSettings* settings;
  gateway::RouteTable routes;
};

struct Listener {
  const gateway::ListenerSettings* settings;
  gateway::SchemePort at;               ///< what its clients call it
  std::shared_ptr<const TlsFront> tls;  ///< null in clear
};

class Site {
 public:
  /// `generation` counts the sites of a process. Of a configuration that check_configuration passed. Problems
  /// are those that only show when keys are read, and all of them.
  static Result<std::shared_ptr<const Site>, std::vector<gateway::ConfigurationProblem>> build(
      gateway::Configuration configuration, CertificateSource& certificates,
      std::shared_ptr<const tls::TicketKeys> ticket_keys, uint64_t generation);

  uint64_t generation() const { return generation_; }
  const gateway::Configuration& configuration() const { return configuration_; }
  const gateway::Owners& owners() const { return *owners_; }
  const VirtualHost& virtual_host(gateway::VirtualHostIndex owner) const {
    return virtual_hosts_[owners_->configured[owner]];
  }
  const std::vector<VirtualHost>& virtual_hosts() const { return virtual_hosts_; }
  const std::vector<Listener>& listeners() const { return listeners_; }
  const gateway::BackSettings& back(BackIndex index) const;
  /// What a person should know although everything works.
  const std::vector<gateway::ConfigurationProblem>& warnings() const { return tls_hosts_->warnings(); }
  const NamesByParent& names_by_parent() const { return names_by_parent_; }
  const PreparedBacks& prepared_backs() const { return prepared_backs_; }
  /// By the listener's label, which is what a reload keeps; null when it is gone.
  const Listener* listener(std::string_view label) const;
  /// Of a label that the configuration has.
  const VirtualHost& virtual_host(std::string_view label) const;
  /// Whether connections to backs that were made for the other are good for this one, too. Files that are
  /// read for TLS may have changed under the same name, so never with those.
  bool has_same_backs(const Site& other) const;

 private:
  Site() = default;

  uint64_t generation_ = 0;
  gateway::Configuration configuration_;
  std::shared_ptr<const gateway::Owners> owners_;
  std::vector<VirtualHost> virtual_hosts_;
  NamesByParent names_by_parent_;
  std::vector<Listener> listeners_;
  std::shared_ptr<const TlsHosts> tls_hosts_;
  PreparedBacks prepared_backs_;
};

}  // namespace astray::proxy
