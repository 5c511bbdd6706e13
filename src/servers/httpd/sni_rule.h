#pragma once
// May a request for one virtual host be answered on a connection whose handshake another one answered?
// (modules/ssl/ssl_engine_kernel.c, ssl_hook_ReadReq.)
#include <optional>

#include "servers/httpd/policy_classes.h"
#include "verdict/reason.h"

namespace astray::httpd {

enum class SniPresence : uint8_t { absent, sent };

/// The two virtual hosts of a request.
struct HostPair {
  VirtualHostId handshake;
  VirtualHostId asked;
};

/// The check in its three forms:
///   2.4.18 – 2.4.63 only when SNI was sent: 421 unless the two compare equal (ssl_server_compatible)
///   2.4.64, 2.4.65  without SNI too: the handshake then belongs to the first virtual host (CVE-2025-23048)
///   from 2.4.66     by SSLVHostSNIPolicy: strict 421 for any other virtual host; secure for differing
///   settings of
///                   either kind; authonly for differing client authentication; insecure never
class SniRule {
 public:
  explicit SniRule(const Deployment& deployment);

  /// Why httpd answers 421; nullopt when it does not.
  std::optional<Reason> refuses(HostPair hosts, SniPresence sni) const;

 private:
  bool checks_without_sni_;
  SniPolicy policy_;
  std::vector<PolicyClass> classes_;
};

}  // namespace astray::httpd
