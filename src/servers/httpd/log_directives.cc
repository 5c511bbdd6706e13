// Access logs (mod_log_config), and header fields that name other servers (mod_headers).
#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/alt_svc.h"
#include "servers/httpd/evaluator.h"
#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

void log_format(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 2);
  if (words.empty() || !scope.in_server()) return;
  if (words.size() == 2)
    scope.server.formats.push_back({std::string(words[1]), std::string(words[0])});
  else
    scope.server.default_format = words[0];
}

void custom_log(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 2, 3);
  if (words.empty() || !scope.in_server()) return;
  scope.server.logs.push_back({directive.span, std::string(words[1])});
}

void transfer_log(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 1);
  if (words.empty() || !scope.in_server()) return;
  scope.server.logs.push_back({directive.span, ""});
}

void header(Scope& scope, const Directive& directive) {
  if (!scope.in_server() && scope.place != Place::root) return;
  std::vector<std::string_view> words = scope.words(directive);
  size_t at =
      !words.empty() && (ascii_iequals(words[0], "always") || ascii_iequals(words[0], "onsuccess")) ? 1 : 0;
  if (words.size() < at + 2 || !ascii_iequals(words[at + 1], "Alt-Svc")) return;
  if (ascii_iequals(words[at], "unset")) {
    scope.server.alt_svc.clear();
    scope.server.replaces_alt_svc = true;
    return;
  }
  if (words.size() < at + 3) return;
  if (ascii_iequals(words[at], "set")) {
    scope.server.alt_svc.clear();
    scope.server.replaces_alt_svc = true;
  }
  AltSvcField field = parse_alt_svc(words[at + 2], directive.span);
  if (!field.readable)
    scope.warning(
        directive,
        fmt::format("the Alt-Svc value \"{}\" is no list of alternatives such as h3=\":443\", so it is left "
                    "out in part",
                    words[at + 2]));
  for (AltSvc& alternative : field.alternatives) scope.server.alt_svc.push_back(std::move(alternative));
}

void request_header(Scope& scope, const Directive& directive) {
  if (!scope.in_server() && scope.place != Place::root) return;
  std::vector<std::string_view> words = scope.words(directive);
  size_t at = !words.empty() && ascii_iequals(words[0], "early") ? 1 : 0;
  if (words.size() < at + 3 || !ascii_iequals(words[at + 1], "Host")) return;
  if (!ascii_iequals(words[at], "set")) return;
  std::string text(words[at + 2]);
  bool depends =
      text.find('%') != std::string::npos || ascii_istarts_with(text, "expr=") || words.size() > at + 3;
  NameExpression host{depends ? NameExpression::Kind::unknowable : NameExpression::Kind::fixed,
                      std::move(text)};
  scope.server.proxy.host_override = Scope::stated(std::move(host), directive);
}

constexpr DirectiveReader table[] = {
    {"logformat", log_format},     {"customlog", custom_log}, {"globallog", custom_log},
    {"transferlog", transfer_log}, {"header", header},        {"requestheader", request_header},
};

}  // namespace

std::span<const DirectiveReader> log_directives() {
  return table;
}

}  // namespace astray::httpd
