#include "explain/logs/format_syntax.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/nearest.h"
#include "explain/logs/format_fields.h"

namespace astray::explain {
namespace {

bool is_name_character(char c) {
  return is_ascii_digit(c) || c == '_' || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

Failure<Error> bad(std::string_view text, size_t at, std::string_view what) {
  return failure(fmt::format("the log format cannot be understood at byte {}, '{}': {}", at + 1, text.substr(at, 40), what));
}

/// The closing bracket of what opens at `at`, brackets within it counted.
size_t closing(std::string_view text, size_t at, char open, char close) {
  int depth = 0;
  for (size_t i = at; i < text.size(); ++i) {
    depth += text[i] == open ? 1 : text[i] == close ? -1 : 0;
    if (depth == 0) return i;
  }
  return std::string_view::npos;
}

/// "\"" and "\\" of formats that were copied with their quoting.
bool takes_next(std::string_view text, size_t at) {
  return text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
}

/// What stands between braces where a field of astray's begins at `at`; "" where none does.
std::string_view name_in_braces(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (is_name_character(text[end]) || text[end] == '.')) ++end;
  return text[at] == '{' && end < text.size() && text[end] == '}' ? text.substr(at + 1, end - at - 1) : std::string_view();
}

const NamedField* find_astray_field(std::string_view name) {
  constexpr std::string_view prefix = "astray.";
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  for (const NamedField& field : astray_fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

/// A byte that stands for itself, or "%%" (`at` is then its last byte); false at a '%' that begins a field.
bool takes_literal(PieceBuilder& pieces, std::string_view text, size_t& at) {
  if (text[at] == '%' && (at + 1 == text.size() || text[at + 1] != '%')) return false;
  if (text[at] == '%') ++at;
  pieces.literal(text[at]);
  return true;
}

}  // namespace

Result<FormatPieces> compile_nginx_format(std::string_view text) {
  PieceBuilder pieces;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$') {
      pieces.literal(text[at]);
      continue;
    }
    const size_t start = at;
    const bool braces = at + 1 < text.size() && text[at + 1] == '{';
    size_t begin = at + 1 + (braces ? 1 : 0);
    size_t end = begin;
    while (end < text.size() && is_name_character(text[end])) ++end;
    if (end == begin) return bad(text, start, "a variable's name is expected behind '$'");
    if (braces && (end == text.size() || text[end] != '}')) return bad(text, start, "'}' is expected behind the name");
    pieces.field(find_field(nginx_fields(), text.substr(begin, end - begin)));
    at = braces ? end : end - 1;
  }
  return pieces.finish(LogServer::nginx);
}

Result<FormatPieces> compile_httpd_format(std::string_view text) {
  PieceBuilder pieces;
  for (size_t at = 0; at < text.size(); ++at) {
    if (takes_next(text, at)) {
      pieces.literal(text[++at]);
      continue;
    }
    if (takes_literal(pieces, text, at)) continue;
    const size_t start = at++;
    // Conditions on the status, "<" and ">" change when something is logged, not what.
    while (at < text.size() && (is_ascii_digit(text[at]) || std::string_view("!,<>").find(text[at]) != std::string_view::npos))
      ++at;
    const size_t begin = at;
    if (at < text.size() && text[at] == '{') {
      at = text.find('}', at);
      if (at == std::string_view::npos) return bad(text, start, "'}' is missing");
      ++at;
    }
    if (at < text.size() && text[at] == '^') at += 2;  // ^ti, ^to, ^FB
    if (at >= text.size()) return bad(text, start, "a letter is expected behind '%'");
    const std::string_view name = text.substr(begin, at + 1 - begin);
    if (name == "t") {  // stands in brackets
      pieces.literal('[');
      pieces.field(LogField::time);
      pieces.literal(']');
    } else if (name == "p" || name == "{local}p" || name == "{canonical}p") {
      pieces.field(LogField::ignored);
    } else {
      pieces.field(find_field(httpd_fields(), name));
    }
  }
  return pieces.finish(LogServer::httpd);
}

Result<FormatPieces> compile_haproxy_format(std::string_view text) {
  PieceBuilder pieces;
  bool all_quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      pieces.literal(text[++at]);
      continue;
    }
    if (takes_literal(pieces, text, at)) continue;
    const size_t start = at++;
    bool quoted = all_quoted;
    if (at < text.size() && text[at] == '{') {
      const size_t end = text.find('}', at);
      if (end == std::string_view::npos) return bad(text, start, "'}' is missing");
      const std::string_view flags = text.substr(at, end - at);
      if (flags.find("+Q") != std::string_view::npos) quoted = true;
      if (flags.find("-Q") != std::string_view::npos) quoted = false;
      at = end + 1;
    }
    if (at >= text.size()) return bad(text, start, "a name is expected behind '%'");
    size_t end = at;
    if (text[at] == '[') {
      end = closing(text, at, '[', ']');
      if (end == std::string_view::npos) return bad(text, start, "']' is missing");
      ++end;
    } else {
      while (end < text.size() && is_name_character(text[end])) ++end;
      if (end == at) return bad(text, start, "a name is expected behind '%'");
    }
    const std::string_view name = text.substr(at, end - at);
    at = end - 1;
    if (name == "o") {  // sets the flags for all that follows, and prints nothing
      all_quoted = quoted;
      continue;
    }
    const LogField field = find_field(haproxy_fields(), name);
    if (quoted) pieces.literal('"');
    pieces.field(field);
    if (quoted) pieces.literal('"');
  }
  return pieces.finish(LogServer::haproxy);
}

Result<FormatPieces> compile_envoy_format(std::string_view text) {
  PieceBuilder pieces;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      if (text[at] != '\n') pieces.literal(text[at]);
      continue;
    }
    const size_t start = at++;
    if (at < text.size() && text[at] == '%') {
      pieces.literal('%');
      continue;
    }
    size_t end = at;
    while (end < text.size() && text[end] != '%' && text[end] != '(') ++end;
    if (end < text.size() && text[end] == '(') {
      end = closing(text, end, '(', ')');
      if (end == std::string_view::npos) return bad(text, start, "')' is missing");
      end = text.find('%', end);
    }
    if (end >= text.size()) return bad(text, start, "the closing '%' is missing");
    std::string_view name = text.substr(at, end - at);
    if (const size_t length = name.rfind("):"); length != std::string_view::npos) name = name.substr(0, length + 1);
    if (name.starts_with("START_TIME(")) name = "START_TIME";
    pieces.field(find_field(envoy_fields(), name));
    at = end;
  }
  return pieces.finish(LogServer::envoy);
}

Result<FormatPieces> compile_trafficserver_format(std::string_view text) {
  PieceBuilder pieces;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) != "%<") {
      pieces.literal(text[at]);
      continue;
    }
    const size_t end = text.find('>', at);
    if (end == std::string_view::npos) return bad(text, at, "'>' is missing");
    const std::string_view name = text.substr(at + 2, end - at - 2);
    // What the brackets of a time stamp hold.
    pieces.field(find_field(trafficserver_fields(), name));
    at = end;
  }
  return pieces.finish(LogServer::trafficserver);
}

Result<FormatPieces> compile_astray_format(std::string_view text) {
  PieceBuilder pieces;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      pieces.literal(c);
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == c) {
      pieces.literal(c);
      ++at;
      continue;
    }
    const std::string_view name = name_in_braces(text, at);
    if (name.empty()) return bad(text, at, "a field such as {http.status} is expected; a brace is written twice");
    const NamedField* const field = find_astray_field(name);
    if (field == nullptr) {
      std::vector<std::string_view> names;
      for (const NamedField& each : astray_fields()) names.push_back(each.name);
      return bad(text, at, fmt::format("astray's log has no field {}{}", name, did_you_mean(name, names)));
    }
    pieces.field(field->field);
    at += name.size() + 1;
  }
  return pieces.finish(LogServer::astray);
}

LogServer syntax_of(std::string_view text) {
  bool has_braces = false;  // around what may be a field of astray's, or text of another server's format
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] == '{' && text[at + 1] == '{') {
      ++at;
      continue;
    }
    if (const std::string_view name = name_in_braces(text, at); !name.empty()) {
      if (find_astray_field(name) != nullptr) return LogServer::astray;
      has_braces = true;
    }
    if (text[at] == '$' && (is_name_character(text[at + 1]) || text[at + 1] == '{')) return LogServer::nginx;
    if (text[at] != '%') continue;
    if (text[at + 1] == '<') return LogServer::trafficserver;
    if (text[at + 1] == '[' || text.substr(at + 1, 2) == "{+" || text.substr(at + 1, 2) == "{-")
      return LogServer::haproxy;
    const size_t end = text.find('%', at + 1);
    const std::string_view name = text.substr(at + 1, end == std::string_view::npos ? 0 : end - at - 1);
    if (name.size() > 3 && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") >= 3) return LogServer::envoy;
    // HAProxy's names have two letters or more, httpd's one.
    size_t letters = at + 1;
    while (letters < text.size() && is_name_character(text[letters])) ++letters;
    if (letters - at - 1 >= 2 && find_field(haproxy_fields(), text.substr(at + 1, letters - at - 1)) != LogField::ignored)
      return LogServer::haproxy;
    if (text[at + 1] != '%') return LogServer::httpd;
  }
  return has_braces ? LogServer::astray : LogServer::unknown;
}

Result<FormatPieces> compile_format(std::string_view text, LogServer server) {
  if (server == LogServer::unknown) server = syntax_of(text);
  switch (server) {
    case LogServer::nginx:
      return compile_nginx_format(text);
    case LogServer::httpd:
      return compile_httpd_format(text);
    case LogServer::haproxy:
      return compile_haproxy_format(text);
    case LogServer::envoy:
      return compile_envoy_format(text);
    case LogServer::trafficserver:
      return compile_trafficserver_format(text);
    case LogServer::astray:
      return compile_astray_format(text);
    case LogServer::unknown:
      return failure(
          "the log format has no field that nginx ($status), httpd (%>s), HAProxy (%ST), Envoy (%RESPONSE_CODE%), "
          "Traffic Server (%<pssc>) or astray ({http.status}) would know");
    default:
      return failure(fmt::format("{} has no syntax for formats of one's own; its logs are recognised by their content",
                                 name_of(server)));
  }
}

}  // namespace astray::explain
