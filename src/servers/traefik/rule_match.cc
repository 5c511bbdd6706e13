#include "servers/traefik/rule_match.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "servers/traefik/tree.h"

namespace astray::traefik {
namespace {

using Told = std::optional<bool>;

/// Fields that real clients send and this request says nothing of; those of forwarding are set before rules are asked.
constexpr std::array<std::string_view, 8> sent_by_clients = {"user-agent", "accept",  "accept-language", "accept-encoding",
                                                             "cookie",     "origin", "referer",         "x-real-ip"};

std::string_view without_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

/// One trailing dot on either side is forgiven.
bool host_takes(std::string_view name, std::string_view host, const Dialect& dialect) {
  if (host == "*" && dialect.syntax == Syntax::v3) return true;
  if (name.empty()) return false;
  const auto is_same = [&](std::string_view a, std::string_view b) {
    if (dialect.syntax == Syntax::v3 && dialect.wildcards) return is_meant_by(a, b);
    return ascii_iequals(a, b);
  };
  return is_same(name, host) || (host.ends_with('.') && is_same(name, without_dot(host))) ||
         (name.ends_with('.') && is_same(without_dot(name), host));
}

bool sni_takes(std::string_view name, std::string_view host, const Dialect& dialect) {
  if (host == "*") return true;
  if (name.empty()) return false;
  if (dialect.syntax == Syntax::v3 && dialect.wildcards) return is_meant_by(name, without_dot(host));
  return ascii_iequals(name, host) || ascii_iequals(name, without_dot(host));
}

/// Whether a text could be what is filled in: all that stands before the first and behind the last such place is in it.
bool could_be(std::string_view text, std::string_view filled_in) {
  const size_t first = std::min(filled_in.find("${"), filled_in.find("{{"));
  const size_t last = filled_in.rfind('}');
  const std::string_view before = filled_in.substr(0, first);
  const std::string_view behind = last == std::string_view::npos ? std::string_view() : filled_in.substr(last + 1);
  return text.size() >= before.size() + behind.size() && ascii_istarts_with(text, before) &&
         ascii_iequals(text.substr(text.size() - behind.size()), behind);
}

Told any_of(const std::vector<std::string>& values, std::string_view subject, const auto& takes) {
  bool unknown = false;
  for (const std::string& value : values) {
    const Told told = is_filled_in(value) ? (could_be(subject, value) ? Told() : Told(false)) : Told(takes(value));
    if (told.value_or(false)) return true;
    unknown |= !told;
  }
  return unknown ? Told() : Told(false);
}

std::string pattern_of(const std::string& value, Matcher matcher, Syntax syntax) {
  const bool is_template = syntax == Syntax::v2 && (matcher == Matcher::host_regexp || matcher == Matcher::host_sni_regexp);
  return is_template ? expression_of_template(value).value_or("(") : value;
}

Told expression_takes(const Rule& rule, std::string_view subject, const Dialect& dialect, const Expressions& expressions) {
  bool unknown = false;
  for (const std::string& value : rule.values) {
    const Told told = is_filled_in(value) ? Told() : expressions.matches(pattern_of(value, rule.matcher, dialect.syntax), subject);
    if (told.value_or(false)) return true;
    unknown |= !told;
  }
  return unknown ? Told() : Told(false);
}

/// A v2 path may be a template.
Told path_takes(const Rule& rule, const Asked& asked, const Dialect& dialect) {
  const bool has_template = dialect.syntax == Syntax::v2 && std::ranges::any_of(rule.values, [](const std::string& value) {
    return value.find('{') != std::string::npos;
  });
  if (has_template) return std::nullopt;
  return any_of(rule.values, asked.path, [&](std::string_view value) {
    return rule.matcher == Matcher::path ? asked.path == value : asked.path.starts_with(value);
  });
}

/// The request is a GET without fields and query. Go keeps Host apart from the other fields.
Told field_takes(const Rule& rule) {
  for (size_t i = 0; i < rule.values.size(); i += 2) {
    const std::string name = ascii_lower(rule.values[i]);
    const bool is_sent = std::ranges::find(sent_by_clients, name) != sent_by_clients.end();
    if (is_sent || name.starts_with("x-forwarded-")) return std::nullopt;
  }
  return false;
}

Told matcher_takes(const Rule& rule, const Asked& asked, const Dialect& dialect, const Expressions& expressions) {
  switch (rule.matcher) {
    case Matcher::host:
      return any_of(rule.values, asked.name, [&](std::string_view host) { return host_takes(asked.name, host, dialect); });
    case Matcher::host_sni:
      return any_of(rule.values, asked.name, [&](std::string_view host) { return sni_takes(asked.name, host, dialect); });
    case Matcher::host_regexp:
    case Matcher::host_sni_regexp:
      return expression_takes(rule, asked.name, dialect, expressions);
    case Matcher::alpn:
      return any_of(rule.values, "", [&](std::string_view protocol) {
        return std::ranges::find(asked.alpn, protocol) != asked.alpn.end();
      });
    case Matcher::client_ip:
      return std::nullopt;
    default:
      break;
  }
  if (asked.any_path) return std::nullopt;
  switch (rule.matcher) {
    case Matcher::path:
    case Matcher::path_prefix:
      return path_takes(rule, asked, dialect);
    case Matcher::path_regexp:
      return expression_takes(rule, asked.path, dialect, expressions);
    case Matcher::method:
      return any_of(rule.values, "GET", [](std::string_view method) { return ascii_iequals(method, "GET"); });
    case Matcher::header:
    case Matcher::header_regexp:
      return field_takes(rule);
    default:
      return false;  // Query, QueryRegexp
  }
}

}  // namespace

std::string starred(std::string_view name) {
  const size_t dot = name.find('.');
  return "*" + std::string(dot == std::string_view::npos ? std::string_view() : name.substr(dot));
}

bool is_meant_by(std::string_view name, std::string_view host) {
  return ascii_iequals(host.starts_with('*') ? starred(name) : std::string(name), host);
}

std::optional<std::string> expression_of_template(std::string_view text) {
  std::string pattern = "(?i)^";
  const auto add_plain = [&](std::string_view plain) {
    constexpr std::string_view special = R"(\.+*?()|[]{}^$)";
    for (const char c : plain) {
      if (special.find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
  };
  size_t at = 0;
  while (at < text.size()) {
    const size_t open = text.find_first_of("{}", at);
    if (open == std::string_view::npos) break;
    if (text[open] == '}') return std::nullopt;
    add_plain(text.substr(at, open - at));
    size_t level = 0;
    size_t close = open;
    for (; close < text.size(); ++close) {
      if (text[close] == '{') ++level;
      if (text[close] == '}' && --level == 0) break;
    }
    if (close == text.size()) return std::nullopt;
    const std::string_view inner = text.substr(open + 1, close - open - 1);
    const size_t colon = inner.find(':');
    const std::string_view own = colon == std::string_view::npos ? "[^.]+" : inner.substr(colon + 1);
    if (inner.substr(0, colon).empty() || own.empty()) return std::nullopt;
    pattern += "(" + std::string(own) + ")";
    at = close + 1;
  }
  add_plain(text.substr(at));
  return pattern + "$";
}

void Expressions::compile(const std::string& pattern) {
  if (compiled_.contains(pattern)) return;
  auto regex = nginx::Regex::compile(pattern, nginx::Regex::Case::sensitive);
  compiled_.emplace(pattern, regex ? std::optional(std::move(*regex)) : std::nullopt);
}

void Expressions::compile(const Rule& rule, Syntax syntax) {
  for (const Rule& part : rule.parts) compile(part, syntax);
  if (rule.kind != Rule::Kind::matcher) return;
  const bool has_expressions = rule.matcher == Matcher::host_regexp || rule.matcher == Matcher::host_sni_regexp ||
                               rule.matcher == Matcher::path_regexp;
  if (!has_expressions) return;
  for (const std::string& value : rule.values) compile(pattern_of(value, rule.matcher, syntax));
}

std::optional<bool> Expressions::matches(const std::string& pattern, std::string_view text) const {
  const auto found = compiled_.find(pattern);
  if (found == compiled_.end() || !found->second) return std::nullopt;
  const nginx::Regex::Outcome outcome = found->second->match(text);
  if (outcome == nginx::Regex::Outcome::failed) return std::nullopt;
  return outcome == nginx::Regex::Outcome::match;
}

std::optional<bool> fits(const Rule& rule, const Asked& asked, const Dialect& dialect, const Expressions& expressions) {
  Told told;
  if (rule.kind == Rule::Kind::matcher) {
    told = matcher_takes(rule, asked, dialect, expressions);
  } else {
    // Whichever decides alone ends it: false for `all`, true for `any`.
    const bool decides = rule.kind == Rule::Kind::any;
    bool unknown = false;
    told = !decides;
    for (const Rule& part : rule.parts) {
      const Told each = fits(part, asked, dialect, expressions);
      unknown |= !each;
      if (each && *each == decides) {
        told = decides;
        unknown = false;
        break;
      }
    }
    if (unknown) told = std::nullopt;
  }
  if (!told) return std::nullopt;
  return *told != rule.negated;
}

}  // namespace astray::traefik
