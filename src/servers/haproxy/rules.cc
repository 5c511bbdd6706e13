#include "servers/haproxy/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

using Action = Rule::Action;

int number_or(std::string_view text, int by_default) {
  int number = by_default;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The word behind `keyword` before the condition; "" without.
std::string_view option(const Line& line, std::string_view keyword, size_t end) {
  for (size_t i = 2; i + 1 < end; ++i)
    if (line.words[i].text == keyword) return line.words[i + 1].text;
  return "";
}

/// Actions of http-request that leave the request, its Host and who answers as they are.
bool is_neutral(std::string_view action) {
  constexpr std::string_view names[] = {
      "add-acl",        "add-header",     "cache-use",        "capture",          "del-acl",
      "del-header",     "del-headers-bin", "del-map",         "disable-l7-retry", "early-hint",
      "normalize-uri",  "pause",          "replace-path",     "replace-pathq",    "set-bc-mark",
      "set-bc-tos",     "set-dst",        "set-dst-port",     "set-fc-mark",      "set-fc-tos",
      "set-header",     "set-log-level",  "set-map",          "set-mark",         "set-method",
      "set-nice",       "set-path",       "set-pathq",        "set-priority-class", "set-priority-offset",
      "set-query",      "set-retries",    "set-src",          "set-src-port",     "set-timeout",
      "set-tos",        "strict-mode",    "replace-header",   "replace-value",    "wait-for-body",
      "wait-for-handshake", "do-log",     "add-headers-bin",  "set-headers-bin",  "send-spoe-group"};
  if (action.starts_with("track-sc") || action.starts_with("sc-")) return true;
  return std::find(std::begin(names), std::end(names), action) != std::end(names);
}

/// "set-var(txn.host)" → "txn.host"; of "set-var(txn.host,ifnotexists)" too.
std::string variable_of(std::string_view action) {
  const size_t open = action.find('(');
  if (open == std::string_view::npos) return "";
  return std::string(action.substr(open + 1, action.find_first_of(",)", open) - open - 1));
}

bool sets_variable(const Line& line, size_t at, size_t end, Rule& rule, Reading& reading) {
  const std::string_view action = line.word(at);
  rule.variable = variable_of(action);
  if (action.starts_with("unset-var(")) {
    rule.action = Action::drop_variable;
    return true;
  }
  rule.action = Action::set_variable;
  if (at + 1 >= end) return false;
  if (action.starts_with("set-var-fmt(")) {
    rule.format = read_format(line.words[at + 1], line.span(at + 1), reading);
    return true;
  }
  std::string text = line.words[at + 1].text;
  rule.expression = read_expression(text, line.span(at + 1), reading);
  // Conditional sets ("ifnotexists") and unknown words leave a value that nobody can tell.
  if (action.find(',') != std::string_view::npos || !line.words[at + 1].known()) rule.expression.emplace();
  return true;
}

bool read_redirect(const Line& line, size_t end, Rule& rule) {
  rule.action = Action::redirect;
  rule.status = number_or(option(line, "code", end), 302);
  return true;
}

/// Whether the action matters; it is `unknown` where nobody can tell what it does.
bool read_http_action(const Line& line, size_t end, Rule& rule, Reading& reading) {
  const std::string_view action = line.word(1);
  if (action == "allow") {
    rule.action = Action::allow;
  } else if (action == "deny" || action == "tarpit") {
    rule.action = Action::refuse;
    const std::string_view status = option(line, "deny_status", end);
    rule.status = number_or(status.empty() ? option(line, "status", end) : status, action == "deny" ? 403 : 500);
  } else if (action == "auth") {
    rule.action = Action::refuse;
    rule.status = 401;
  } else if (action == "reject" || action == "silent-drop") {
    rule.action = Action::close;
  } else if (action == "return") {
    rule.action = Action::answer;
    rule.status = number_or(option(line, "status", end), 200);
  } else if (action == "redirect") {
    return read_redirect(line, end, rule);
  } else if ((action == "set-header" || action == "add-header" || action == "del-header" ||
              action == "replace-header" || action == "replace-value") && ascii_iequals(line.word(2), "host")) {
    rule.action = action == "set-header" ? Action::set_host : Action::obscure_host;
    if (action == "set-header" && end > 3) rule.format = read_format(line.words[3], line.span(3), reading);
  } else if (action == "set-uri" || action == "replace-uri") {
    rule.action = Action::obscure_host;  // an absolute URI would change the Host, too
  } else if (action.starts_with("set-var") || action.starts_with("unset-var")) {
    return sets_variable(line, 1, end, rule, reading);
  } else if (is_neutral(action)) {
    return false;
  } else {
    rule.action = Action::unknown;
  }
  return true;
}

bool read_tcp_action(const Line& line, size_t end, Rule& rule, Reading& reading) {
  const std::string_view stage = line.word(1);
  if (stage == "inspect-delay") return false;
  const std::string_view action = line.word(2);
  if (action == "accept") {
    rule.action = Action::allow;
  } else if (action == "reject" || action == "silent-drop") {
    rule.action = Action::close;
  } else if (action.starts_with("set-var") || action.starts_with("unset-var")) {
    return sets_variable(line, 2, end, rule, reading);
  } else if (action == "use-service" || action.starts_with("lua.") || action == "switch-mode") {
    rule.action = Action::unknown;
  } else {
    return false;  // capture, track-sc0, set-src, expect-proxy, …
  }
  return true;
}

}  // namespace

bool Format::is_literal() const {
  return std::all_of(pieces.begin(), pieces.end(),
                     [](const Piece& piece) { return piece.known && !piece.expression; });
}

Format read_format(const Word& word, SourceSpan span, Reading& reading) {
  Format format;
  format.text = word.text;
  const std::string_view text = word.text;
  const auto literal = [&](std::string_view part) {
    if (part.empty()) return;
    if (format.pieces.empty() || format.pieces.back().expression || !format.pieces.back().known)
      format.pieces.emplace_back();
    format.pieces.back().text += part;
  };
  size_t at = 0;
  while (at < text.size()) {
    const size_t percent = text.find('%', at);
    literal(text.substr(at, percent == std::string_view::npos ? percent : percent - at));
    if (percent == std::string_view::npos) break;
    if (text.substr(percent, 2) == "%%") {
      literal("%");
      at = percent + 2;
      continue;
    }
    size_t open = percent + 1;
    if (open < text.size() && text[open] == '{') open = std::min(text.find('}', open), text.size() - 1) + 1;
    Format::Piece& piece = format.pieces.emplace_back();
    if (open < text.size() && text[open] == '[') {
      size_t close = open + 1;
      for (int depth = 0; close < text.size() && (text[close] != ']' || depth > 0); ++close) {
        if (text[close] == '(') ++depth;
        if (text[close] == ')') --depth;
      }
      piece.expression = read_expression(ascii_trim(text.substr(open + 1, close - open - 1)), span, reading);
      at = std::min(close + 1, text.size());
    } else {
      piece.known = false;
      at = std::min(open + 1, text.size());
    }
  }
  if (!word.known()) {
    format.pieces.assign(1, {});
    format.pieces.front().known = false;
  }
  return format;
}

std::optional<std::string> evaluate(const Format& format, const RequestView& request) {
  std::string text;
  for (const Format::Piece& piece : format.pieces) {
    if (!piece.known) return std::nullopt;
    if (!piece.expression) {
      text += piece.text;
      continue;
    }
    const Value value = evaluate(*piece.expression, request);
    if (value.kind == Value::Kind::unknown) return std::nullopt;
    text += value.text;
  }
  return text;
}

size_t condition_start(const Line& line, size_t first) {
  for (size_t i = first; i < line.words.size(); ++i)
    if (line.words[i].text == "if" || line.words[i].text == "unless") return i;
  return line.words.size();
}

std::optional<Rule> read_rule(const Line& line, const NamedAcls& acls, Reading& reading) {
  Rule rule;
  rule.span = line.span();
  const std::string_view keyword = line.keyword();
  const size_t end = condition_start(line, 1);
  bool matters = false;
  if (keyword == "redirect")
    matters = read_redirect(line, end, rule);
  else if (keyword == "http-request")
    matters = read_http_action(line, end, rule, reading);
  else
    matters = read_tcp_action(line, end, rule, reading);
  // The condition is read all the same: it may name an ACL that does not exist.
  rule.condition = read_condition(line, end, acls, reading);
  for (const Word& word : line.words)
    if (!word.known() && rule.action != Action::set_host && rule.action != Action::set_variable)
      rule.condition.readable = false;
  if (!matters) return std::nullopt;
  return rule;
}

}  // namespace astray::haproxy
