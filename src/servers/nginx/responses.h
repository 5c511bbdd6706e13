#pragma once
// What a server { } says about its answers: the log lines it writes, the alternatives it advertises and
// whether it answers every request with one status.
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/nginx/reading.h"
#include "servers/nginx/scope.h"

namespace astray::nginx {

/// The log_format directives of http { } or stream { }, and the maps that put the SNI under another name.
class LogFormats {
 public:
  LogFormats(const DirectiveTree& tree, DirectiveId block);

  /// Whether a log line of this format has the SNI in it; `unknown`: a variable decides; `undefined`: no such
  /// format.
  enum class Sni : uint8_t { logged, not_logged, unknown, undefined };
  Sni find(std::string_view name) const;

 private:
  Sni judge(std::string_view text) const;

  std::unordered_map<std::string, Sni> by_name_;
  std::vector<std::string_view> variables_made_of_sni_;
};

/// The logs that requests of this scope are written to. Without any `access_log`, nginx writes one in the
/// "combined" format.
std::vector<AccessLog> read_access_logs(const Scope& scope, const LogFormats& formats, Problems& problems);

/// `add_header Alt-Svc …` of this scope (RFC 7838 §3).
std::vector<AltSvc> read_alt_svc(const Scope& scope, Problems& problems);

/// `error_page` for the statuses that nginx itself answers misdirected and malformed requests with. What a
/// page of the server itself is answered with cannot be told where a fixed status may catch it, too.
std::vector<ErrorPage> read_error_pages(const Scope& server, const Setting<int>& fixed_status);

/// The status of a request for "/" when a `return`, a redirecting `rewrite` or `deny all` gives every one the
/// same; 0 when a back, a file or a script answers; unknowable when an `if` decides.
Setting<int> read_fixed_status(const Scope& server);

}  // namespace astray::nginx
