#pragma once
#include <memory>
#include <vector>
#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "gateway/ownership/owners.h"
#include "tls/certificate_source.h"
#include "tls/engine/server.h"
#include "verdict/connection_facts.h"
namespace astray::proxy {
struct HandshakeFacts {
  uint32_t virtual_host;
  PolicyDigest policy{};
  ListenerDigest listener{};
  std::span<const CertificateName> certificate_names{};
};
class TlsFront {
 public:
  static Result<std::shared_ptr<const TlsFront>, std::vector<gateway::ConfigurationProblem>> prepare(
      const gateway::Configuration& configuration, const gateway::ListenerSettings& listener,
      std::shared_ptr<const gateway::Owners> owners, CertificateSource& certificates);
  tls::Server accept() const { return tls::Server(context_); }
  const HandshakeFacts& facts_of(size_t host) const { return facts_[host]; }
 private:
  std::shared_ptr<const tls::ServerContext> context_;
  std::vector<HandshakeFacts> facts_;
  std::shared_ptr<const gateway::Owners> owners_;
};
}  // namespace astray::proxy
