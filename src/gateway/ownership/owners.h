#pragma once
// The names of a configuration and who owns them: what a gateway judges by, and what a prediction about it does.
#include <memory>
#include <optional>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "gateway/ownership/authority_table.h"
#include "tls/certificate_source.h"

namespace astray::gateway {

/// What a handshake with one virtual host settles.
struct HandshakeTerms {
  PolicyDigest policy{};
  ListenerDigest listener{};
  /// What the certificates have; with several, what all of them cover. In clear none.
  std::vector<CertificateName> certificate_names{};
  std::vector<CertificateName> promised_names{};  ///< the same, but in a laboratory; the table borrows these
};

struct Owners {
  std::optional<AuthorityTable> table{};   ///< always there, once made
  std::vector<uint32_t> configured{};      ///< by VirtualHostIndex: the place in Configuration::virtual_hosts
  std::vector<HandshakeTerms> terms{};     ///< by that place
};

/// Of a configuration that check_configuration passed. Problems are claims that cannot stand.
Result<std::shared_ptr<const Owners>, std::vector<ConfigurationProblem>> owners_of(
    const Configuration& configuration, CertificateSource& certificates);

/// What clients of a listener call it: scheme and port.
SchemePort scheme_and_port(const ListenerSettings& listener);

}  // namespace astray::gateway
