#pragma once
// What Traefik would run of a configuration, as far as answers depend on it. An *entry point* is a port with *routers*:
// those with TLS take its TLS connections, the others what comes in clear. The *TLS options* of a connection are chosen
// by its SNI among the Hosts of routers, the router of a request by its Host.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "servers/model/deployment.h"
#include "servers/traefik/rule_match.h"

namespace astray::traefik {

/// tls.options.NAME.
struct TlsOptions {
  SourceSpan span{};
  TlsSettings settings{};  ///< without certificates, which are chosen from the store
  std::vector<std::string> alpn{};
  bool sni_strict = false;
  bool any_client_certificate = false;  ///< RequireAnyClientCert: one is demanded and not checked
  std::string broken{};  ///< why Traefik cannot use them; connections for their names are closed then
};

/// What becomes of a request that a router takes, before a back is asked.
struct Target {
  enum class Kind : uint8_t { site, status, redirect_scheme, redirect_expression, unknowable };
  Kind kind = Kind::site;
  int status = 0;
  SourceSpan span{};
  std::string scheme{};      ///< of redirect_scheme: what is left alone, with `port`
  std::string port{};        ///< as written; "": the default one
  std::string expression{};  ///< of redirect_expression: it is asked of "https://a.test/"
};

/// The `tls` of a router, or of its entry point.
struct RouterTls {
  SourceSpan span{};         ///< of `options` where stated, else of `tls`
  std::string options = "default";  ///< "default", "mytls@file"
  std::string resolver{};    ///< certResolver: certificates by ACME
  std::vector<std::string> resolver_domains{};
  bool of_entry_point = false;
};

struct Router {
  std::string name{};  ///< "app@file"
  SourceSpan span{};
  SourceSpan rule_span{};
  std::string rule_text{};
  std::optional<Rule> rule{};  ///< absent: it cannot be parsed, or a template of a provider makes it
  Dialect dialect{};
  int64_t priority = 0;
  std::optional<RouterTls> tls{};
  std::vector<std::string> entry_points{};
  Target target{};
  std::string service{};
  std::vector<BackEdge> edges{};
  std::string broken{};  ///< why it takes no request; its Hosts choose TLS options all the same
};

struct TcpRouter {
  std::string name{};
  SourceSpan span{};
  SourceSpan rule_span{};
  Rule rule{};
  Dialect dialect{};
  int64_t priority = 0;
  enum class Tls : uint8_t { none, terminated, passthrough } tls = Tls::none;
  std::string options = "default";
  bool is_catch_all = false;  ///< the rule is HostSNI(`*`) and nothing else
  std::vector<std::string> entry_points{};
  BackEdge back{};
};

struct EntryPoint {
  std::string name{};
  SourceSpan span{};
  std::vector<ListenAddress> addresses{};
  bool as_default = false;
  std::optional<SourceSpan> http3{};
  std::optional<Port> http3_port{};  ///< advertisedPort
  std::optional<SourceSpan> proxy_protocol{};
  bool limits_keep_alive = false;    ///< transport.keepAliveMaxRequests or keepAliveMaxTime
  std::optional<RouterTls> tls{};    ///< http.tls: for routers without one of their own
  std::vector<std::string> middlewares{};
  SourceSpan middlewares_span{};
};

/// A Host whose routers do not agree on TLS options, or a router whose options nobody can choose.
struct Ambiguity {
  enum class Kind : uint8_t { unequal_options, no_host } kind = Kind::unequal_options;
  std::string host{};                ///< "" for no_host
  std::vector<SourceSpan> places{};  ///< where the options are stated, one for each of `options`
  std::vector<std::string> options{};
  std::string router{};              ///< of the first
  VirtualHostId virtual_host = VirtualHostId::none;
  ListenerId listener = ListenerId::none;
};

struct Parts {
  std::vector<EntryPoint> entry_points{};
  std::vector<Router> routers{};
  std::vector<TcpRouter> tcp_routers{};
  std::map<std::string, TlsOptions, std::less<>> options{};
  std::vector<CertificateUse> certificates{};  ///< of the default store, in the order of the configuration
  CertificateUse default_certificate{};
  std::map<std::string, CertificateUse, std::less<>> resolved{};  ///< by name: from ACME
  std::vector<size_t> entry_point_of{};  ///< by ListenerId
  std::vector<Ambiguity> ambiguities{};
  /// By entry point: stands for whom no router knows, over TLS and in clear.
  std::vector<std::pair<VirtualHostId, VirtualHostId>> nobody{};
  /// By entry point, then by Treatment: what stands for it in Deployment::virtual_hosts.
  std::vector<std::map<std::string, VirtualHostId, std::less<>>> ids{};
};

}  // namespace astray::traefik
