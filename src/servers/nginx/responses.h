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

/// What a `return`, a redirecting `rewrite` or `deny all` makes of every request for one URI.
struct FixedAnswer {
  Setting<int> status;    ///< 0 when a back, a file or a script answers; unknowable when an `if` decides
  bool is_error = false;  ///< `error_page` applies: a status from 400 on, without a text of its own
};

/// `uri`: "/" and what follows, or the "@name" of a location.
FixedAnswer judge_uri(const Scope& server, std::string_view uri);

/// `error_page` for the statuses that nginx itself answers misdirected and malformed requests with, and for
/// the one that the server answers everything with. Pages that are files are taken to exist.
std::vector<ErrorPage> read_error_pages(const Scope& server, const FixedAnswer& for_root);

}  // namespace astray::nginx
