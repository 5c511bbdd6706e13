#pragma once
// What Caddy would run of a configuration, as far as answers depend on it.
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/caddy/certificate_pool.h"
#include "servers/caddy/configuration.h"

namespace astray::caddy {

struct Parts {
  HttpConfiguration configuration;              ///< with what automatic HTTPS adds
  std::unique_ptr<CertificatePool> certificates;
  /// Whom the policies with client authentication trust, by files that could be read; `digest` is absent where
  /// not all could be.
  std::unordered_map<const ConnectionPolicy*, ClientAuthorities> authorities;
  std::vector<size_t> server_of;                ///< by ListenerId: an index of configuration.servers
  /// By server, then by route: whose route it is.
  std::vector<std::vector<VirtualHostId>> virtual_host_of;
};

/// Caddy's defaults filled in: strict_sni_host is on where a policy asks for client certificates.
struct StrictSniHost {
  bool is_on = false;
  bool is_implied = false;
  SourceSpan span{};  ///< what turns it on or off
};
StrictSniHost strict_sni_host(const HttpServer& server);

bool asks_for_client_certificates(const ConnectionPolicy& policy);

/// The first policy that takes an SNI (lower case; "" for none). `is_known` is false where a policy before it
/// might take it as well.
struct FoundPolicy {
  const ConnectionPolicy* policy = nullptr;
  bool is_known = true;
};
/// The policies of a server, ready to be asked. Borrows them.
class PolicyIndex {
 public:
  explicit PolicyIndex(const HttpServer& server);
  FoundPolicy find(std::string_view sni) const;

 private:
  const std::vector<ConnectionPolicy>* policies_ = nullptr;
  std::unordered_map<std::string, std::vector<size_t>> by_name_;  ///< as written, wildcards too
  std::vector<size_t> always_;                                    ///< to be looked at whatever the SNI is
};

}  // namespace astray::caddy
