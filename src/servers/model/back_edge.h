#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "names/host.h"
#include "names/port.h"
#include "servers/model/setting.h"

namespace astray {

/// How a name that goes to the back is made from the front's request.
struct NameExpression {
  enum class Kind : uint8_t {
    none,             ///< nothing is sent
    fixed,            ///< `text`
    request_host,     ///< the front's authority without port, lower case (nginx $host; httpd ProxyPreserveHost for SNI)
    request_host_raw, ///< the front's Host field as it came (nginx $http_host; httpd ProxyPreserveHost for Host)
    front_sni,        ///< nginx $ssl_server_name
    first_name,       ///< the virtual host's first name (nginx $server_name)
    back_host,        ///< the host of the back's address as written (nginx $proxy_host; httpd without ProxyPreserveHost)
    unknowable,       ///< `text` as written
  };
  Kind kind = Kind::none;
  std::string text;
};
std::string_view to_string(NameExpression::Kind kind);

/// What is spoken to the back.
enum class BackProtocol : uint8_t { http, https, grpc, grpcs, fastcgi, uwsgi, scgi, ajp, tcp };
std::string_view to_string(BackProtocol protocol);
inline bool uses_tls(BackProtocol p) { return p == BackProtocol::https || p == BackProtocol::grpcs; }

/// One address a back edge leads to.
struct BackAddress {
  std::string host;           ///< as written: a name, an address, or a path behind "unix:"
  std::optional<IpAddress> ip;  ///< when the host is an address (or `localhost`, which is 127.0.0.1 to us)
  Port port{80};
  SourceSpan span;
};

/// From a virtual host (or one location of it) to the server behind.
struct BackEdge {
  SourceSpan span;                     ///< proxy_pass, ProxyPass, …
  std::string location;                ///< path it applies to, as written: "/", "~ \.php$"
  BackProtocol protocol = BackProtocol::http;
  std::string target;                  ///< as written: "https://be"
  std::string pool;                    ///< nginx upstream or httpd balancer name; "" for a direct address
  std::vector<BackAddress> addresses;  ///< empty when unknowable
  bool addresses_known = true;

  Setting<NameExpression> host;        ///< Host or :authority sent
  Setting<NameExpression> sni;         ///< none unless TLS
  Setting<NameExpression> verify_name; ///< what the back's certificate is checked against
  Setting<bool> verify;                ///< whether it is checked at all
  Setting<bool> session_reuse;         ///< a TLS session is offered again
  Setting<int> keepalive;              ///< idle connections kept per worker; 0: none
  /// Whether an idle connection can carry a request whose SNI would be another: nginx's pool is keyed by address
  /// (and location from 1.29.7), httpd's is closed when the SNI differs.
  bool pool_ignores_sni = false;
  bool pool_is_per_location = false;  ///< no other location shares it: nginx `keepalive N local`, its default from 1.29.7
};

}  // namespace astray
