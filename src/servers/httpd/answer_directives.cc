// What answers every request for "/" with one status, whatever the site has: mod_alias, mod_rewrite,
// mod_authz_core, mod_access_compat; and what takes
// the place of an error.
#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/httpd/evaluator.h"
#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

std::optional<int> status_word(std::string_view word) {
  if (ascii_iequals(word, "permanent")) return 301;
  if (ascii_iequals(word, "temp")) return 302;
  if (ascii_iequals(word, "seeother")) return 303;
  if (ascii_iequals(word, "gone")) return 410;
  if (word.size() != 3) return std::nullopt;
  int status = 0;
  for (char c : word) {
    if (!is_ascii_digit(c)) return std::nullopt;
    status = status * 10 + (c - '0');
  }
  return status >= 100 ? std::optional(status) : std::nullopt;
}

bool needs_target(int status) {
  return status >= 300 && status < 400;
}

void state_once(Setting<int>& setting, int status, const Directive& directive, Provenance provenance) {
  if (setting.provenance == Provenance::default_value) setting = {status, directive.span, provenance};
}

bool is_scheme_character(char c) {
  const char lower = ascii_lower(c);
  return (lower >= 'a' && lower <= 'z') || is_ascii_digit(c) || c == '+' || c == '-' || c == '.';
}

enum class PathKind { prefix, pattern };

/// Redirect [status] path [target]; in <Location> also without the path.
void redirect_with(Scope& scope, const Directive& directive, int default_status, PathKind kind) {
  if (scope.place == Place::location) return;
  std::vector<std::string_view> words = scope.words(directive, 1, 3);
  if (words.empty()) return;
  int status = default_status;
  size_t at = 0;
  if (auto stated = status_word(words[0])) {
    status = *stated;
    at = 1;
  }
  size_t rest = words.size() - at;
  bool has_path = rest == (needs_target(status) ? 2U : 1U);
  bool in_location = !scope.in_server();
  if (!has_path && !in_location)
    return scope.error(
        directive,
        fmt::format("{} takes a status, a path and (of a redirection) a target; it is left out, and httpd "
                    "refuses to start",
                    directive.name));
  bool covers = has_path ? kind == PathKind::prefix ? words[at] == "/"
                                                    : scope.shared.matches_root(words[at], directive.span)
                         : true;
  if (!covers) return;
  StatusStatement& statement = scope.server.status;
  if (scope.place == Place::conditional) {
    if (status >= 400) state_once(statement.by_location_redirect, status, directive, Provenance::unknowable);
  } else if (!has_path) {
    statement.by_pathless_redirect = Scope::stated(status, directive);
  } else {
    state_once(in_location ? statement.by_location_redirect : statement.by_redirect, status, directive,
               Provenance::set);
  }
}

void redirect(Scope& scope, const Directive& directive) {
  redirect_with(scope, directive, 302, PathKind::prefix);
}
void redirect_permanent(Scope& scope, const Directive& directive) {
  redirect_with(scope, directive, 301, PathKind::prefix);
}
void redirect_match(Scope& scope, const Directive& directive) {
  redirect_with(scope, directive, 302, PathKind::pattern);
}

void require(Scope& scope, const Directive& directive) {
  if (scope.place != Place::root && scope.place != Place::conditional) return;
  std::vector<std::string_view> words = scope.words(directive);
  bool denied = words.size() == 2 && ascii_iequals(words[0], "all") && ascii_iequals(words[1], "denied");
  if (scope.place == Place::conditional) {
    if (denied) state_once(scope.server.status.by_access, 403, directive, Provenance::unknowable);
  } else if (denied) {
    state_once(scope.server.status.by_access, 403, directive, Provenance::set);
  } else {
    scope.server.root_is_authorized = true;
  }
}

void deny(Scope& scope, const Directive& directive) {
  if (scope.place != Place::root) return;
  std::vector<std::string_view> words = scope.words(directive);
  if (words.size() == 2 && ascii_iequals(words[0], "from") && ascii_iequals(words[1], "all"))
    state_once(scope.server.status.by_access, 403, directive, Provenance::set);
}

void allow(Scope& scope, const Directive&) {
  if (scope.place == Place::root) scope.server.root_is_authorized = true;
}

void rewrite_engine(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  if (auto on = scope.flag(directive)) scope.server.rewrite_engine = *on;
}

void rewrite_options(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  bool inherits = false;
  for (std::string_view word : scope.words(directive))
    inherits = inherits || ascii_istarts_with(word, "inherit");
  if (inherits)
    scope.warning(
        directive,
        "the rewrite rules that are inherited by RewriteOptions are not followed, so a status that they give "
        "is not predicted");
}

void rewrite_condition(Scope& scope, const Directive&) {
  ++*scope.rewrite_conditions;
}

struct RuleFlags {
  std::optional<int> status;
  bool proxies = false;
  bool ends = false;  ///< L, END, or something that moves on in a way not followed here
};

RuleFlags flags_of(std::string_view text) {
  RuleFlags flags;
  if (text.starts_with('[')) text.remove_prefix(1);
  if (text.ends_with(']')) text.remove_suffix(1);
  while (!text.empty()) {
    size_t comma = text.find(',');
    std::string_view flag = ascii_trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    size_t equals = flag.find('=');
    std::string_view name = flag.substr(0, equals);
    std::string_view value = equals == std::string_view::npos ? std::string_view() : flag.substr(equals + 1);
    if (ascii_iequals(name, "R") || ascii_iequals(name, "redirect"))
      flags.status = status_word(value).value_or(302);
    else if (ascii_iequals(name, "F") || ascii_iequals(name, "forbidden"))
      flags.status = 403;
    else if (ascii_iequals(name, "G") || ascii_iequals(name, "gone"))
      flags.status = 410;
    else if (ascii_iequals(name, "P") || ascii_iequals(name, "proxy"))
      flags.proxies = true;
    else if (ascii_iequals(name, "L") || ascii_iequals(name, "last") || ascii_iequals(name, "END"))
      flags.ends = true;
    else if (ascii_iequals(name, "C") || ascii_iequals(name, "chain") || ascii_iequals(name, "S") ||
             ascii_iequals(name, "skip") || ascii_iequals(name, "N") || ascii_iequals(name, "next"))
      flags.ends = true;
  }
  return flags;
}

bool is_absolute(std::string_view target) {
  return ascii_istarts_with(target, "http://") || ascii_istarts_with(target, "https://");
}

void rewrite_rule(Scope& scope, const Directive& directive) {
  bool conditional = *scope.rewrite_conditions > 0;
  *scope.rewrite_conditions = 0;
  if (!scope.in_server()) return;
  std::vector<std::string_view> words = scope.words(directive, 2, 3);
  if (words.empty()) return;
  RuleFlags flags = words.size() == 3 ? flags_of(words[2]) : RuleFlags{};
  std::string_view pattern = words[0];
  if (flags.proxies) {
    ProxyStatement mapping;
    mapping.span = directive.span;
    mapping.location = fmt::format("~ {}", pattern);
    mapping.url = words[1];
    mapping.by = ProxyStatement::By::rewrite_rule;
    scope.server.proxy.mappings.push_back(std::move(mapping));
  }
  if (scope.server.rewrites_end) return;
  bool negated = pattern.starts_with('!');
  if (scope.shared.matches_root(negated ? pattern.substr(1) : pattern, directive.span) == negated) return;
  if (!flags.status && !flags.proxies && is_absolute(words[1])) flags.status = 302;
  if (conditional) {
    if (flags.status && *flags.status >= 400)
      state_once(scope.server.status.by_rewrite, *flags.status, directive, Provenance::unknowable);
    return;
  }
  if (flags.status) state_once(scope.server.status.by_rewrite, *flags.status, directive, Provenance::set);
  scope.server.rewrites_end = flags.status || flags.proxies || flags.ends || words[1] != "-";
}

// A page of another site is a redirection (ap_die_r); text, or a page of this site, keeps the status.
void error_document(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  std::string_view rest = directive.arguments;
  const std::optional<int> status = status_word(take_word(rest, scope.shared.arena));
  constexpr int first_error = 400;
  if (!status || *status < first_error) return;
  rest = ascii_trim(rest);
  const size_t scheme = rest.find("://");
  const bool is_elsewhere = scheme != std::string_view::npos && scheme > 0 &&
                            std::all_of(rest.begin(), rest.begin() + scheme, is_scheme_character);
  constexpr int found = 302;
  const ErrorPage page{*status, is_elsewhere ? found : *status, directive.span};
  std::vector<ErrorPage>& known = scope.server.error_documents;
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const ErrorPage& earlier) { return earlier.status == page.status; });
  if (same != known.end())
    *same = page;
  else
    known.push_back(page);
}

constexpr DirectiveReader answer_table[] = {
    {"errordocument", error_document},
    {"redirect", redirect},
    {"redirecttemp", redirect},
    {"redirectpermanent", redirect_permanent},
    {"redirectmatch", redirect_match},
    {"require", require},
    {"deny", deny},
    {"allow", allow},
    {"rewriteengine", rewrite_engine},
    {"rewritecond", rewrite_condition},
    {"rewriterule", rewrite_rule},
    {"rewriteoptions", rewrite_options},
};

}  // namespace

std::span<const DirectiveReader> answer_directives() {
  return answer_table;
}

}  // namespace astray::httpd
