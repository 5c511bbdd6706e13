#pragma once
// What one server section (the main server, or one <VirtualHost>) states by itself, before anything is
// inherited. A Setting of provenance default_value was not stated.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::httpd {

struct PathStatement {
  std::string path;
  SourceSpan span;
};

/// mod_ssl's server settings.
struct TlsStatements {
  Setting<bool> engine;
  std::vector<PathStatement> certificate_files;
  std::vector<PathStatement> key_files;
  Setting<uint8_t> versions;
  Setting<std::string> ciphers;
  Setting<std::string> ciphersuites;
  Setting<ClientAuthentication> verify_client;
  Setting<int> verify_depth;
  Setting<std::string> authorities_file;
  Setting<std::string> authorities_path;
  Setting<std::string> names_file;  ///< SSLCADNRequestFile
  Setting<std::string> names_path;
  Setting<std::string> revocation_file;
  Setting<std::string> revocation_path;
  Setting<std::string> revocation_check;
  Setting<std::string> ocsp;
  Setting<std::string> ocsp_override;
  Setting<std::string> ocsp_responder;
  Setting<std::string> srp_verifier;
  std::vector<std::string> openssl_commands;  ///< "MinProtocol TLSv1.2"; the main server's come first
  Setting<bool> session_tickets;
  Setting<std::string> ticket_keys;
  Setting<bool> strict_sni;
};

/// One word of a <VirtualHost> line.
struct AddressStatement {
  std::optional<IpAddress> ip;  ///< absent: any
  uint16_t port = 0;            ///< 0: any
};

struct LogStatement {
  SourceSpan span;
  std::string format;  ///< a nickname or the format itself; "" takes the default format
};

struct FormatStatement {
  std::string nickname;
  std::string format;
};

/// ProxyPass, ProxyPassMatch, RewriteRule … [P] or SetHandler "proxy:…".
struct ProxyStatement {
  enum class By : uint8_t { proxy_pass, rewrite_rule, handler };
  SourceSpan span;
  std::string location;  ///< "/app", "~ ^/x"
  std::string url;       ///< "!" leaves the location out
  std::vector<std::pair<std::string, std::string>> parameters;
  By by = By::proxy_pass;
  Setting<bool> preserve_host;  ///< in the same <Location>
};

struct MemberStatement {
  SourceSpan span;
  std::string url;
  std::vector<std::pair<std::string, std::string>> parameters;
};

/// A status that "/" gets whatever else is configured, by the stage of the request that gives it.
struct StatusStatement {
  Setting<int> by_rewrite;  ///< before mod_proxy looks
  /// Redirect without a path in <Location "/">, after mod_proxy looked; once more at the end, proxied or not.
  /// The last one counts.
  Setting<int> by_pathless_redirect;
  Setting<int> by_redirect;           ///< Redirect in the server, after mod_proxy looked
  Setting<int> by_access;             ///< Require all denied in <Location "/">, proxied or not
  Setting<int> by_location_redirect;  ///< Redirect with a path in <Location "/">, at the end, proxied or not
};

struct ProxyStatements {
  std::vector<ProxyStatement> mappings;
  std::map<std::string, std::vector<MemberStatement>>
      balancers;  ///< by lower-case name without "balancer://"
  Setting<bool> preserve_host;
  Setting<bool> engine;
  Setting<bool> verify;  ///< SSLProxyVerify other than none
  Setting<bool> check_peer_name;
  Setting<bool> check_peer_cn;
  Setting<NameExpression> host_override;  ///< RequestHeader set Host
};

struct ServerStatements {
  SourceSpan span;
  std::vector<AddressStatement> addresses;
  std::optional<NamedPattern> name;  ///< ServerName
  uint16_t port = 0;                 ///< of ServerName
  std::vector<NamedPattern> aliases;
  Setting<std::string> protocol;       ///< Protocol directive, lower case
  std::vector<std::string> protocols;  ///< Protocols, in order
  SourceSpan protocols_span;
  Setting<bool> protocols_order;  ///< ProtocolsHonorOrder
  Setting<bool> lenient_host;     ///< HttpProtocolOptions Unsafe (true) or Strict
  Setting<bool> strict_host_check;
  Setting<bool> proxy_protocol;
  Setting<ClientAuthentication> root_verify_client;  ///< SSLVerifyClient in <Location "/">
  TlsStatements tls;
  std::vector<LogStatement> logs;
  std::vector<FormatStatement> formats;
  std::string default_format;
  bool rewrite_engine = false;
  bool rewrites_end =
      false;  ///< a rule that always applies to "/" ends mod_rewrite's work or changes the path
  bool root_is_authorized = false;  ///< <Location "/"> has authorization beyond "all denied"
  StatusStatement status;
  std::vector<ErrorPage> error_documents;  ///< one for each status
  std::vector<AltSvc> alt_svc;
  bool replaces_alt_svc = false;  ///< `Header set` or `unset`, not only `append`
  ProxyStatements proxy;
};

struct ListenStatement {
  SourceSpan span;
  std::optional<IpAddress> ip;
  Port port{80};
  std::string protocol;    ///< "http", "https"
  bool only_ipv4 = false;  ///< 0.0.0.0
};

struct ManagedDomain {
  SourceSpan span;
  std::vector<std::string> names;  ///< lower case; the first names the store's folder
};

/// What only the whole server has.
struct GlobalStatements {
  std::vector<ListenStatement> listens;
  Setting<SniPolicy> sni_policy;
  Setting<std::string> session_cache;
  std::vector<ManagedDomain> managed_domains;
  std::string managed_store = "md";  ///< MDStoreDir
  int threads_per_child = 25;
};

}  // namespace astray::httpd
