#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "servers/model/back_edge.h"
#include "servers/nginx/reading.h"
#include "servers/nginx/scope.h"
#include "servers/nginx/upstreams.h"

namespace astray::nginx {

/// Where a `*_pass` leads to.
struct BackTarget {
  std::string pool;  ///< the upstream's name, "" for a direct address
  std::vector<BackAddress> addresses;
  bool addresses_known = true;
  const Upstream* upstream = nullptr;
  std::string proxy_host;  ///< what $proxy_host is; "" when a variable decides
};

/// `authority` is what stands behind the scheme and before the path.
BackTarget resolve_target(std::string_view authority, Port default_port, SourceSpan span,
                          const Upstreams& upstreams);

/// The back edges of the locations of a server { }, nested ones and those in `if` included, in the order of
/// the configuration.
std::vector<BackEdge> read_back_edges(const Scope& server, const Upstreams& upstreams,
                                      const Reading& reading);

/// The name, the verification and the session reuse of a TLS connection to the back, from the directives of
/// one module (proxy_ssl_* or grpc_ssl_*).
struct BackTlsKeywords {
  Keyword server_name;
  Keyword name;
  Keyword session_reuse;
  Keyword verify;
};
inline constexpr BackTlsKeywords proxy_tls{Keyword::proxy_ssl_server_name, Keyword::proxy_ssl_name,
                                           Keyword::proxy_ssl_session_reuse, Keyword::proxy_ssl_verify};
inline constexpr BackTlsKeywords grpc_tls{Keyword::grpc_ssl_server_name, Keyword::grpc_ssl_name,
                                          Keyword::grpc_ssl_session_reuse, Keyword::grpc_ssl_verify};
void read_back_tls(const Scope& scope, const BackTlsKeywords& keywords, std::string_view proxy_host,
                   const Reading& reading, BackEdge& edge);

}  // namespace astray::nginx
