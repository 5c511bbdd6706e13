#include "gateway/refusal/statement.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/json_writer.h"
#include "base/markup.h"
#include "base/utf8.h"
#include "http1/status_phrase.h"

namespace astray::gateway {
namespace {

constexpr size_t longest_shown = 300;  // a name has up to 253 bytes, a port and brackets more

std::string as_text(const Statement& statement) {
  std::string out = fmt::format("{} {}\n\n{} ({}).\n", statement.status,
                                http1::status_phrase(statement.status), statement.sentence, statement.reason);
  auto end = std::back_inserter(out);
  if (!statement.authority.empty()) fmt::format_to(end, "The request asks for: {}\n", statement.authority);
  if (statement.sni) fmt::format_to(end, "The connection was made for: {}\n", *statement.sni);
  if (!statement.advice.empty()) fmt::format_to(end, "\n{}\n", statement.advice);
  return out;
}

std::string as_html(const Statement& statement) {
  std::string names;
  auto end = std::back_inserter(names);
  if (!statement.authority.empty())
    fmt::format_to(end, "<dt>The request asks for</dt><dd>{}</dd>\n", escape_markup(statement.authority));
  if (statement.sni)
    fmt::format_to(end, "<dt>The connection was made for</dt><dd>{}</dd>\n", escape_markup(*statement.sni));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{0} {1}</title>\n<h1>{0} "
      "{1}</h1>\n"
      "<p>{2} (<code>{3}</code>).</p>\n<dl>\n{4}</dl>\n{5}</html>\n",
      statement.status, http1::status_phrase(statement.status), escape_markup(statement.sentence), statement.reason,
      names, statement.advice.empty() ? std::string() : fmt::format("<p>{}</p>\n", escape_markup(statement.advice)));
}

void write_common(JsonWriter& json, const Statement& statement) {
  json.member("reason", statement.reason).member_if_any("authority", statement.authority);
  if (statement.sni) json.member("sni", *statement.sni);
  json.member_if_any("remedy", statement.remedy).member_if_any("advice", statement.advice).end_object();
}

std::string as_problem(const Statement& statement) {
  std::string out;
  JsonWriter json(out);
  // RFC 9457 §4.2.1: "about:blank" says no more than the status; `reason` does.
  json.begin_object().member("type", "about:blank").member("title", http1::status_phrase(statement.status));
  json.key("status").number(statement.status).member("detail", statement.sentence);
  write_common(json, statement);
  return out + '\n';
}

std::string as_json(const Statement& statement) {
  std::string out;
  JsonWriter json(out);
  json.begin_object()
      .member("error", http1::status_phrase(statement.status))
      .member("code", std::to_string(statement.status));
  json.member("message", statement.sentence);
  write_common(json, statement);
  return out + '\n';
}

}  // namespace

/// Ready for any format but for its own escapes: UTF-8, without control characters, not too long.
std::string shown(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (out.size() >= longest_shown) return out + "…";
    const Utf8Character character = utf8_at(text, i);
    const bool is_control =
        character.code_point < 0x20 || (character.code_point >= 0x7f && character.code_point < 0xa0);
    if (character.well_formed && !is_control) {
      out += text.substr(i, character.size);
    } else {
      out += utf8_replacement;
    }
    i += character.size;
  }
  return out;
}

std::string body_of(const Statement& statement, RefusalFormat format) {
  switch (format) {
    case RefusalFormat::text:
      return as_text(statement);
    case RefusalFormat::html:
      return as_html(statement);
    case RefusalFormat::problem_json:
      return as_problem(statement);
    case RefusalFormat::json:
      return as_json(statement);
  }
  CHECK(false);
}

}  // namespace astray::gateway
