#include "gateway/refusal/refusal.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/json_writer.h"
#include "base/utf8.h"

namespace astray::gateway {
namespace {

constexpr size_t longest_shown = 300;  // a name has up to 253 bytes, a port and brackets more

/// What a refusal says, in the order in which it is said.
struct Statement {
  int status;
  std::string_view phrase;
  std::string_view reason;
  std::string sentence;
  std::string authority;
  std::optional<std::string> sni;
  std::string_view remedy;
  std::string advice;
};

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

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string advice(const Verdict& verdict, std::string_view authority) {
  const Evidence& evidence = verdict.evidence;
  switch (remedy(verdict)) {
    case Remedy::connection_of_its_own:
      return fmt::format("Send the request again on a new connection that is made for {} alone.", authority);
    case Remedy::other_scheme:
      return fmt::format("This is a connection for {}; send requests for {} on one of their own.",
                         to_string(evidence.connection_scheme), to_string(evidence.asked_scheme));
    case Remedy::other_place:
      return fmt::format(
          "Nothing here answers for {}, on no connection: look at its DNS records and at the proxies before "
          "this "
          "gateway.",
          authority);
    case Remedy::other_request:
      return "Name one host, once, in Host or :authority.";
  }
  CHECK(false);
}

Statement statement_of(const Verdict& verdict) {
  const Evidence& evidence = verdict.evidence;
  Statement statement{.status = status(verdict.answer),
                      .phrase = status_phrase(status(verdict.answer)),
                      .reason = to_string(verdict.reason),
                      .sentence = std::string(info(verdict.reason).sentence),
                      .authority = shown(evidence.authority),
                      .sni = std::nullopt,
                      .remedy = to_string(remedy(verdict)),
                      .advice = {}};
  if (evidence.sni) statement.sni = shown(*evidence.sni);
  statement.advice = advice(verdict, statement.authority);
  return statement;
}

std::string as_text(const Statement& statement) {
  std::string out = fmt::format("{} {}\n\n{} ({}).\n", statement.status, statement.phrase, statement.sentence,
                                statement.reason);
  auto end = std::back_inserter(out);
  if (!statement.authority.empty()) fmt::format_to(end, "The request asks for: {}\n", statement.authority);
  if (statement.sni) fmt::format_to(end, "The connection was made for: {}\n", *statement.sni);
  fmt::format_to(end, "\n{}\n", statement.advice);
  return out;
}

std::string as_html(const Statement& statement) {
  std::string names;
  auto end = std::back_inserter(names);
  if (!statement.authority.empty())
    fmt::format_to(end, "<dt>The request asks for</dt><dd>{}</dd>\n", html(statement.authority));
  if (statement.sni)
    fmt::format_to(end, "<dt>The connection was made for</dt><dd>{}</dd>\n", html(*statement.sni));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{0} {1}</title>\n<h1>{0} "
      "{1}</h1>\n"
      "<p>{2} (<code>{3}</code>).</p>\n<dl>\n{4}</dl>\n<p>{5}</p>\n</html>\n",
      statement.status, statement.phrase, html(statement.sentence), statement.reason, names,
      html(statement.advice));
}

void write_common(JsonWriter& json, const Statement& statement) {
  json.member("reason", statement.reason).member_if_any("authority", statement.authority);
  if (statement.sni) json.member("sni", *statement.sni);
  json.member("remedy", statement.remedy).member("advice", statement.advice).end_object();
}

std::string as_problem(const Statement& statement) {
  std::string out;
  JsonWriter json(out);
  // RFC 9457 §4.2.1: "about:blank" says no more than the status; `reason` does.
  json.begin_object().member("type", "about:blank").member("title", statement.phrase);
  json.key("status").number(statement.status).member("detail", statement.sentence);
  write_common(json, statement);
  return out + '\n';
}

std::string as_json(const Statement& statement) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("error", statement.phrase).member("code", std::to_string(statement.status));
  json.member("message", statement.sentence);
  write_common(json, statement);
  return out + '\n';
}

}  // namespace

std::string_view to_string(Remedy remedy) {
  constexpr std::string_view ids[] = {"connection-of-its-own", "other-scheme", "other-place",
                                      "other-request"};
  return ids[static_cast<size_t>(remedy)];
}

Remedy remedy(const Verdict& verdict) {
  switch (verdict.answer) {
    case Answer::bad_request:
      return Remedy::other_request;
    case Answer::not_found:
      return Remedy::other_place;
    case Answer::misdirected:
      if (verdict.reason == Reason::unowned) return Remedy::other_place;
      if (verdict.reason == Reason::scheme_mismatch) return Remedy::other_scheme;
      return Remedy::connection_of_its_own;
    case Answer::serve:
    case Answer::could_not_tell:
      break;
  }
  CHECK(false);
}

std::string_view status_phrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 421:
      return "Misdirected Request";
    default:
      CHECK(false);
  }
}

std::string refusal_body(const Verdict& verdict, RefusalFormat format) {
  const Statement statement = statement_of(verdict);
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
