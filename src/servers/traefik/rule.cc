#include "servers/traefik/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace astray::traefik {
namespace {

constexpr size_t max_rule_bytes = size_t{64} << 10;
constexpr size_t max_nesting = 64;

/// A matcher of one syntax, with how many values it takes there.
struct MatcherForm {
  std::string_view name;
  Matcher matcher;
  Layer layer;
  Syntax syntax;
  size_t fewest, most;
};
constexpr size_t any_number = 1000000;
constexpr std::array<MatcherForm, 29> forms = {{
    {"Host", Matcher::host, Layer::http, Syntax::v3, 1, 1},
    {"HostRegexp", Matcher::host_regexp, Layer::http, Syntax::v3, 1, 1},
    {"Path", Matcher::path, Layer::http, Syntax::v3, 1, 1},
    {"PathRegexp", Matcher::path_regexp, Layer::http, Syntax::v3, 1, 1},
    {"PathPrefix", Matcher::path_prefix, Layer::http, Syntax::v3, 1, 1},
    {"Method", Matcher::method, Layer::http, Syntax::v3, 1, 1},
    {"Header", Matcher::header, Layer::http, Syntax::v3, 2, 2},
    {"HeaderRegexp", Matcher::header_regexp, Layer::http, Syntax::v3, 2, 2},
    {"Query", Matcher::query, Layer::http, Syntax::v3, 1, 2},
    {"QueryRegexp", Matcher::query_regexp, Layer::http, Syntax::v3, 1, 2},
    {"ClientIP", Matcher::client_ip, Layer::http, Syntax::v3, 1, 1},
    {"Host", Matcher::host, Layer::http, Syntax::v2, 1, any_number},
    {"HostHeader", Matcher::host, Layer::http, Syntax::v2, 1, any_number},
    {"HostRegexp", Matcher::host_regexp, Layer::http, Syntax::v2, 1, any_number},
    {"Path", Matcher::path, Layer::http, Syntax::v2, 1, any_number},
    {"PathPrefix", Matcher::path_prefix, Layer::http, Syntax::v2, 1, any_number},
    {"Method", Matcher::method, Layer::http, Syntax::v2, 1, any_number},
    {"Headers", Matcher::header, Layer::http, Syntax::v2, 2, any_number},
    {"HeadersRegexp", Matcher::header_regexp, Layer::http, Syntax::v2, 2, any_number},
    {"Query", Matcher::query, Layer::http, Syntax::v2, 1, any_number},
    {"ClientIP", Matcher::client_ip, Layer::http, Syntax::v2, 1, any_number},
    {"HostSNI", Matcher::host_sni, Layer::tcp, Syntax::v3, 1, 1},
    {"HostSNIRegexp", Matcher::host_sni_regexp, Layer::tcp, Syntax::v3, 1, 1},
    {"ALPN", Matcher::alpn, Layer::tcp, Syntax::v3, 1, 1},
    {"ClientIP", Matcher::client_ip, Layer::tcp, Syntax::v3, 1, 1},
    {"HostSNI", Matcher::host_sni, Layer::tcp, Syntax::v2, 1, any_number},
    {"HostSNIRegexp", Matcher::host_sni_regexp, Layer::tcp, Syntax::v2, 1, any_number},
    {"ALPN", Matcher::alpn, Layer::tcp, Syntax::v2, 1, any_number},
    {"ClientIP", Matcher::client_ip, Layer::tcp, Syntax::v2, 1, any_number},
}};

/// A matcher may be spelled as here, all lower, all upper, or with its first letter alone upper.
bool is_spelling_of(std::string_view written, std::string_view name) {
  if (written == name) return true;
  if (!ascii_iequals(written, name)) return false;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto uppers = std::ranges::count_if(written, is_upper);
  return uppers == 0 || static_cast<size_t>(uppers) == written.size() || (uppers == 1 && is_upper(written.front()));
}

class Parser {
 public:
  Parser(std::string_view text, Layer layer) : text_(text), layer_(layer) {}

  Result<Rule, std::string> parse() {
    if (text_.size() > max_rule_bytes)
      return tl::unexpected(fmt::format("the rule has {} bytes; rules are read up to {}", text_.size(), max_rule_bytes));
    Rule rule = either(0);
    skip_blanks();
    if (error_.empty() && at_ != text_.size()) fail("&&, || or the end");
    if (!error_.empty()) return tl::unexpected(std::move(error_));
    return rule;
  }

 private:
  void fail(std::string_view expected) {
    if (!error_.empty()) return;
    const bool at_end = at_ >= text_.size();
    error_ = fmt::format("expected {} at byte {} of the rule, found {}", expected, at_ + 1,
                         at_end ? std::string("its end") : fmt::format("\"{}\"", text_.substr(at_, 20)));
  }
  /// A line that ends behind a ")" ends the expression, as in Go.
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      if (text_[at_] == '\n' && behind_operand_ && text_.find_first_not_of(" \t\r\n", at_) != std::string_view::npos)
        return fail("an operator before the end of the line");
      ++at_;
    }
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!error_.empty() || !text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    behind_operand_ = token == ")";
    return true;
  }

  static Rule join(Rule::Kind kind, std::vector<Rule> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    Rule rule;
    rule.kind = kind;
    rule.parts = std::move(parts);
    return rule;
  }
  Rule either(size_t depth) {
    std::vector<Rule> parts;
    do parts.push_back(both(depth));
    while (error_.empty() && take("||"));
    return join(Rule::Kind::any, std::move(parts));
  }
  Rule both(size_t depth) {
    std::vector<Rule> parts;
    do parts.push_back(operand(depth));
    while (error_.empty() && take("&&"));
    return join(Rule::Kind::all, std::move(parts));
  }
  Rule operand(size_t depth) {
    if (depth >= max_nesting) {
      if (error_.empty()) error_ = fmt::format("the rule is nested deeper than {} levels", max_nesting);
      return {};
    }
    if (take("!")) {
      Rule rule = operand(depth + 1);
      rule.negated = !rule.negated;
      return rule;
    }
    if (take("(")) {
      Rule rule = either(depth + 1);
      if (!take(")")) fail("\")\"");
      return rule;
    }
    return call();
  }
  Rule call() {
    skip_blanks();
    const size_t start = at_;
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_ascii_digit(text_[at_]))) ++at_;
    const std::string_view written = text_.substr(start, at_ - start);
    const auto form = std::ranges::find_if(
        forms, [&](const MatcherForm& each) { return each.layer == layer_ && is_spelling_of(written, each.name); });
    if (form == forms.end()) {
      at_ = start;
      fail(layer_ == Layer::http ? "a matcher such as Host(`…`) or PathPrefix(`…`)" : "a matcher such as HostSNI(`…`)");
      return {};
    }
    Rule rule;
    rule.matcher = form->matcher;
    rule.name = form->name;
    if (!take("(")) {
      fail("\"(\"");
      return rule;
    }
    if (take(")")) return rule;
    do rule.values.push_back(string());
    while (error_.empty() && take(","));
    if (!take(")")) fail("\",\" or \")\"");
    return rule;
  }
  std::string string() {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '`' && quote != '"') {
      fail("a text in backquotes or double quotes");
      return {};
    }
    ++at_;
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        constexpr std::string_view plain = "\\\"";
        if (plain.find(text_[at_]) == std::string_view::npos) {
          fail("\\\\ or \\\" behind a backslash in double quotes (or backquotes around the text)");
          return {};
        }
      }
      value += text_[at_++];
    }
    if (at_ == text_.size()) {
      fail("the closing quote");
      return {};
    }
    ++at_;
    behind_operand_ = true;
    return value;
  }

  std::string_view text_;
  Layer layer_;
  size_t at_ = 0;
  bool behind_operand_ = false;
  std::string error_{};
};

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// `^(\*\.)?[[:word:]\.\-\:]+$`, where only v3 from 3.7.0 has the wildcard.
bool is_host_or_address(std::string_view text, bool wildcard) {
  if (wildcard && text.starts_with("*.")) text.remove_prefix(2);
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) || c == '_' || c == '.' || c == '-' || c == ':';
  });
}

std::string value_refusal(const Rule& rule, Syntax syntax, const Version& version) {
  for (const std::string& value : rule.values) {
    if (value.empty()) return fmt::format("{} has an empty value", rule.name);
    const bool by_name = rule.matcher == Matcher::host || rule.matcher == Matcher::host_regexp;
    if (by_name && !is_ascii(value))
      return fmt::format("{}(`{}`) is not ASCII; expected the name in its \"xn--\" form", rule.name, value);
    const bool is_path = rule.matcher == Matcher::path || rule.matcher == Matcher::path_prefix;
    if (is_path && !value.starts_with('/') && !value.starts_with("${") && !value.starts_with("{{"))
      return fmt::format("{}(`{}`) does not begin with \"/\"", rule.name, value);
    const bool wildcard = syntax == Syntax::v3 && version >= hosts_have_wildcards;
    if (rule.matcher == Matcher::host_sni && value != "*" && value.find("${") == std::string::npos &&
        value.find("{{") == std::string::npos && !is_host_or_address(value, wildcard))
      return fmt::format("HostSNI(`{}`) is no host name{}", value,
                         value.starts_with("*.") ? "; wildcards are for Traefik 3.7.0 and later, HostSNIRegexp for all" : "");
    if (rule.matcher == Matcher::alpn && value == "acme-tls/1") return "ALPN(`acme-tls/1`) is not allowed";
    const bool is_expression = rule.matcher == Matcher::host_regexp || rule.matcher == Matcher::host_sni_regexp ||
                               rule.matcher == Matcher::path_regexp || rule.matcher == Matcher::header_regexp;
    if (!is_expression) continue;
    for (const std::string_view group : {"(?=", "(?!", "(?<=", "(?<!", "(?>"})
      if (value.find(group) != std::string::npos)
        return fmt::format("{} has \"{}\", which Go's regular expressions do not have", rule.name, group);
  }
  return "";
}

}  // namespace

Result<Rule, std::string> parse_rule(std::string_view text, Layer layer) {
  return Parser(text, layer).parse();
}

std::string refusal(const Rule& rule, Layer layer, Syntax syntax, const Version& version) {
  for (const Rule& part : rule.parts)
    if (std::string why = refusal(part, layer, syntax, version); !why.empty()) return why;
  if (rule.kind != Rule::Kind::matcher) return "";
  const auto form = std::ranges::find_if(forms, [&](const MatcherForm& each) {
    return each.layer == layer && each.syntax == syntax && each.name == rule.name;
  });
  if (form == forms.end())
    return fmt::format("{} is a matcher of the {} syntax of rules", rule.name, syntax == Syntax::v2 ? "v3" : "v2");
  if (rule.values.empty()) return fmt::format("{} has no value", rule.name);
  if (rule.values.size() < form->fewest || rule.values.size() > form->most)
    return fmt::format("{} has {} values; expected {}{}", rule.name, rule.values.size(), form->fewest,
                       rule.name == "Host" ? ", and Host(`a`) || Host(`b`) for two names" : "");
  return value_refusal(rule, syntax, version);
}

std::vector<std::string> domains_of(const Rule& rule, Layer layer) {
  std::vector<std::string> all;
  // HostHeader is not among them: only what is spelled Host (HostSNI) is looked for.
  if (rule.kind == Rule::Kind::matcher && rule.name == (layer == Layer::http ? "Host" : "HostSNI"))
    for (const std::string& value : rule.values) all.push_back(ascii_lower(value));
  for (const Rule& part : rule.parts)
    for (std::string& domain : domains_of(part, layer)) all.push_back(std::move(domain));
  return all;
}

bool has_matcher(const Rule& rule, Matcher matcher) {
  if (rule.kind == Rule::Kind::matcher) return rule.matcher == matcher;
  return std::ranges::any_of(rule.parts, [&](const Rule& part) { return has_matcher(part, matcher); });
}

}  // namespace astray::traefik
