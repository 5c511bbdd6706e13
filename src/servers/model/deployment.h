#pragma once
// One server's configuration as that server would understand it: the shape that every reader fills, every
// behaviour answers from and every rule asks about. Immutable after reading.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/source_span.h"
#include "names/ip_address.h"
#include "names/port.h"
#include "names/server_name_pattern.h"
#include "servers/model/back_edge.h"
#include "servers/model/server_parts.h"
#include "servers/model/service.h"
#include "servers/model/setting.h"
#include "servers/model/tls_settings.h"
#include "servers/model/version.h"

namespace astray {

enum class VirtualHostId : uint32_t { none = UINT32_MAX };
enum class ListenerId : uint32_t { none = UINT32_MAX };

struct NamedPattern {
  ServerNamePattern pattern;
  SourceSpan span;
};

/// One access log that a virtual host writes.
struct AccessLog {
  SourceSpan span;
  std::string format;   ///< the format's name or text
  bool logs_sni;        ///< the format has the SNI in it
  bool known;           ///< false: the format could not be determined
};

/// An Alt-Svc alternative that a virtual host advertises (RFC 7838 §3).
struct AltSvc {
  SourceSpan span;
  std::string protocol;  ///< "h2", "h3"
  std::string host;      ///< "" means the same host
  Port port{443};
};

/// What only httpd says of a virtual host, and its behaviour needs.
struct HttpdSettings {
  bool http1_preferred = false;      ///< `Protocols http/1.1 h2`: who offers both gets HTTP/1.1
  bool lenient_host = false;         ///< HttpProtocolOptions Unsafe: odd Host fields pass
  bool strict_host_check = false;    ///< StrictHostCheck: a Host that nobody claims gets 400
  /// SSLVerifyClient in <Location "/">: a certificate is asked for after the handshake.
  Setting<ClientAuthentication> root_client_authentication;
};

/// What the server sends in the place of a status that it would answer with, be that a refusal of its own or
/// a status that the configuration fixes (nginx error_page, httpd ErrorDocument).
struct ErrorPage {
  int status;   ///< an error; nginx also tells 495, 496 and 497 apart, which are sent as 400
  int sent;     ///< what the client sees instead if the page exists; 0: decided by what it leads to
  SourceSpan span;
};

struct VirtualHost {
  SourceSpan span;                   ///< `server {` or `<VirtualHost`
  std::vector<NamedPattern> names;   ///< in the order of the configuration; may be empty
  TlsSettings tls;
  Setting<bool> http2;               ///< nginx `http2 on` (≥ 1.25.1); httpd `Protocols … h2`
  Setting<bool> http3;
  /// The status that every request for "/" gets without reaching a back or a file (`return 421;`); 0: none.
  Setting<int> fixed_status;
  Setting<bool> strict_sni;          ///< httpd SSLStrictSNIVHostCheck on this virtual host; Caddy strict_sni_host, where `inherited` is by client authentication anywhere on the server
  std::vector<ErrorPage> error_pages;  ///< of two for one status, the first counts
  std::vector<AccessLog> access_logs;
  std::vector<AltSvc> alt_svc;
  std::vector<BackEdge> back_edges;
  HttpdSettings httpd;
  std::string title;  ///< what the configuration calls it (HAProxy's backend); "": only by its names

  /// Its title, else the first name as spelled, else "(unnamed)".
  std::string label() const;
};

/// `any` is "*" or [::] with every family; an address without port does not exist.
struct ListenAddress {
  std::optional<IpAddress> ip;  ///< absent: every address
  Port port{443};
  std::string unix_path;        ///< not empty: a UNIX socket; ip and port mean nothing
  std::string text() const;     ///< "*:443", "192.0.2.1:443", "[::1]:443", "unix:/run/x"
  bool operator==(const ListenAddress&) const = default;
};

/// What only httpd says of an address, and its behaviour needs (server/vhost.c).
struct HttpdAddress {
  /// Several words of <VirtualHost> lines lead here, be they of one virtual host: httpd looks names up.
  bool name_based = false;
  /// The virtual hosts state the address itself, which then counts as a name where names are looked up.
  bool stated_by_virtual_hosts = false;
};

/// Where a listener that does not terminate TLS sends a connection, by its SNI (nginx stream with ssl_preread).
struct PassthroughRoute {
  std::optional<ServerNamePattern> name;  ///< absent: the default route
  SourceSpan span;
  BackEdge back;
};

/// An origin that ORIGIN frames name (RFC 8336), as written: "https://a.example".
struct StatedOrigin {
  std::string text;
  SourceSpan span;
};

/// One address:port with the virtual hosts that share it.
struct Listener {
  enum class Kind : uint8_t { http, passthrough, tcp };
  Kind kind = Kind::http;
  ListenAddress address;
  std::optional<Port> public_port;            ///< that clients name, where it is translated on the way (astray)
  SourceSpan span;                            ///< the first `listen` that states it
  Setting<bool> tls;
  Setting<bool> http2;                        ///< nginx < 1.25.1: any `listen … http2` turns it on for all
  Setting<bool> quic;
  Setting<bool> proxy_protocol;
  std::vector<VirtualHostId> virtual_hosts;   ///< in the order of the configuration
  VirtualHostId default_virtual_host = VirtualHostId::none;
  bool default_is_explicit = false;           ///< `default_server`; false: it is merely the first
  std::vector<PassthroughRoute> routes;       ///< Kind::passthrough only
  std::vector<StatedOrigin> origin_set;       ///< sent in ORIGIN frames; empty: none are sent, or who may be in them is decided live
  HttpdAddress httpd;

  /// In the authorities that clients ask for.
  Port named_port() const { return public_port.value_or(address.port); }
};

/// What could not be read, or reads as an error; the rest is audited all the same.
struct ReadProblem {
  enum class Severity : uint8_t { error, warning };
  Severity severity = Severity::error;
  SourceSpan span;
  std::string message;  ///< what, what was expected, what to do; the span says where
};

/// httpd 2.4.66's SSLVHostSNIPolicy.
enum class SniPolicy : uint8_t { strict, secure, authonly, insecure };
std::string_view to_string(SniPolicy policy);

struct Deployment {
  ServerKind server = ServerKind::nginx;
  Version version;
  VersionBasis version_basis = VersionBasis::assumed;
  std::string main_file;  ///< as given by the user
  SourceFiles files;
  std::vector<Listener> listeners;
  std::vector<VirtualHost> virtual_hosts;
  std::vector<Service> services;  ///< of the cluster that the configuration is of
  std::vector<ReadProblem> problems;
  Setting<SniPolicy> sni_policy;  ///< httpd only
  std::shared_ptr<const own_gateway::Parts> gateway;  ///< astray only: what its behaviour asks; null: not even its text can be read
  std::shared_ptr<const haproxy::Parts> haproxy;  ///< HAProxy only: what its behaviour evaluates
  std::shared_ptr<const caddy::Parts> caddy;          ///< caddy only: what its behaviour asks
  std::shared_ptr<const h2o::Parts> h2o;              ///< h2o only: the same
  std::shared_ptr<const trafficserver::Parts> trafficserver;  ///< Traffic Server only: the same
  std::shared_ptr<const envoy::Parts> envoy;  ///< envoy and istio only: what their behaviour asks
  std::shared_ptr<const traefik::Parts> traefik;  ///< traefik only: the same
  std::shared_ptr<const kubernetes::Parts> kubernetes;  ///< kubernetes only: what its behaviour asks

  const VirtualHost& virtual_host(VirtualHostId id) const { return virtual_hosts.at(static_cast<size_t>(id)); }
  /// Whether the same answers: one virtual host, or two that differ in the handshake alone (of one HAProxy backend).
  bool is_one_answerer(VirtualHostId a, VirtualHostId b) const {
    return a == b || (!virtual_host(a).title.empty() && virtual_host(a).title == virtual_host(b).title);
  }
  const Listener& listener(ListenerId id) const { return listeners.at(static_cast<size_t>(id)); }
};

}  // namespace astray
