#pragma once
// The names of a configuration and who owns them: what a gateway judges by, and what a prediction about it
// does.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "gateway/ownership/authority_table.h"
#include "tls/certificate_source.h"

namespace astray::gateway {

struct Owners {
  /// Always there, once made. Its first virtual hosts are the configuration's, in order; those that are
  /// served in clear have another behind them.
  std::optional<AuthorityTable> table{};
  std::vector<uint32_t> configured{};  ///< by VirtualHostIndex: the place in Configuration::virtual_hosts
  /// By that place; the table borrows them.
  std::deque<std::vector<CertificateName>> promised_names{};
  std::vector<std::optional<Port>>
      tls_port_of{};              ///< by that place: of a listener with TLS that has it, 443 before others
  std::vector<Port> tls_ports{};  ///< of all listeners with TLS, 443 first
  /// By a listener's label, and then by that place: whether the virtual host belongs to the listener.
  std::map<std::string, std::vector<bool>, std::less<>> belongs{};
};

/// Of a configuration that check_configuration passed. Problems are claims that cannot stand.
Result<std::shared_ptr<const Owners>, std::vector<ConfigurationProblem>> owners_of(
    const Configuration& configuration, CertificateSource& certificates);

/// By the authorities in its file: what its handshakes settle (handshake_policy.h).
PolicyDigest policy_from_files(const VirtualHostSettings& virtual_host, CertificateSource& certificates);
/// What all of its certificates cover (common_names.h), of those that can be read.
std::vector<CertificateName> presented_names(const VirtualHostSettings& virtual_host,
                                             CertificateSource& certificates);

/// What clients of a listener call it: scheme and port.
SchemePort scheme_and_port(const ListenerSettings& listener);

}  // namespace astray::gateway
