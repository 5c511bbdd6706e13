#pragma once
// A Caddy configuration as its JSON has it, whether it was read from JSON or from a Caddyfile, as far as answers
// depend on it (https://caddyserver.com/docs/json/apps/http/).
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "servers/model/back_edge.h"
#include "servers/model/deployment.h"

namespace astray::caddy {

/// A word of the configuration and where it stands.
struct Word {
  std::string text;
  SourceSpan span;
};

/// Whether a word holds a placeholder, which only the running server can fill in: "{env.HOST}".
bool has_placeholder(std::string_view text);

/// One alternative of a route's `match`: every part has to hold.
struct MatcherSet {
  std::vector<Word> hosts;  ///< any of them; empty: every host
  std::vector<Word> paths;  ///< any of them; empty: every path
  std::string protocol;     ///< "http" or "https"; "": every one
  /// Parts that no fact of a prediction decides (a header, an address, an expression).
  bool has_unknowable = false;
  std::vector<std::vector<MatcherSet>> negated;  ///< none of these may hold; each holds when one of its sets does
};

struct Route;

/// Of a handler that `responds`: none is stated, which means 200, and in error routes the error's own.
inline constexpr int unstated_status = -1;

/// What one entry of `handle` does to a GET of "/", as far as it can be told.
struct Handler {
  enum class Kind : uint8_t {
    passes,      ///< goes on to the next handler: headers, encode, vars, …
    rewrites,    ///< goes on with another path
    responds,    ///< `status`
    aborts,      ///< closes the connection without an answer
    fails,       ///< `status` by way of the error routes
    serves,      ///< a back or a file
    unknowable,  ///< a module that astray does not know: it may answer or go on
    subroute,    ///< `routes`, then on to the next handler
  };
  Kind kind = Kind::passes;
  int status = 200;  ///< 0: a placeholder says it
  SourceSpan span;
  std::vector<Route> routes;
  std::optional<BackEdge> back;
};

struct Route {
  SourceSpan span;
  std::vector<MatcherSet> match;  ///< any of them; empty: every request
  std::vector<Handler> handle;
  std::string group;              ///< of the routes of one group, the first that matches alone runs
  bool terminal = false;
  bool access_logs = false;       ///< of a site: its requests are logged
};

struct ClientAuthenticationSettings {
  SourceSpan span;
  std::string mode;  ///< "", "request", "require", "verify_if_given", "require_and_verify"
  std::vector<Word> authority_files;
  bool has_other_trust = false;  ///< certificates in the text, leaves, verifiers: whom they trust is not looked at
};

/// One entry of tls_connection_policies.
struct ConnectionPolicy {
  SourceSpan span;
  std::optional<std::vector<Word>> names;  ///< of the SNI; absent: every handshake
  bool has_unknowable_match = false;
  std::vector<std::string> tags;           ///< certificate_selection any_tag; empty: every certificate
  bool has_unknowable_selection = false;
  std::vector<Word> alpn;
  std::optional<Word> minimum, maximum;    ///< "tls1.2", "tls1.3"
  std::vector<std::string> ciphers;
  std::optional<ClientAuthenticationSettings> clients;
  std::string default_sni, fallback_sni;
};

enum class AutoHttps : uint8_t { on, off, disable_redirects, disable_certificates, ignore_loaded_certificates };


struct HttpServer {
  std::string name;
  SourceSpan span;
  std::vector<Word> listen;
  std::vector<Route> routes;
  std::vector<Route> error_routes;                        ///< run for what fails
  std::optional<std::vector<ConnectionPolicy>> policies;  ///< absent: TLS only if automatic HTTPS turns it on
  Setting<bool> strict_sni_host;                          ///< default: not stated
  std::vector<Word> protocols;                            ///< "h1", "h2", "h2c", "h3"; empty: h1, h2 and h3
  AutoHttps auto_https = AutoHttps::on;
  std::vector<std::string> auto_https_skip;
};

/// A certificate from a file; its key is never opened.
struct LoadedCertificate {
  Word certificate;
  std::string key;
  std::vector<std::string> tags;
};

struct HttpConfiguration {
  int http_port = 80;
  int https_port = 443;
  std::vector<HttpServer> servers;
  std::vector<LoadedCertificate> certificates;
  std::vector<Word> unread_loaders;     ///< folders, storage, …: more certificates than are known here
  std::vector<Word> on_demand;          ///< names that get certificates at their first handshake; "": every name
};

}  // namespace astray::caddy
