#include "gateway/refusal.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/json_writer.h"
#include "base/utf8.h"

namespace astray::gateway {
namespace {

constexpr size_t longest_shown = 300;  // a name has up to 253 bytes, a port and brackets more

/// What a refusal says, in the order in which it is said.
struct Words {
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

Words words_of(const Verdict& verdict) {
  const Evidence& evidence = verdict.evidence;
  Words words{.status = status(verdict.answer),
              .phrase = status_phrase(status(verdict.answer)),
              .reason = to_string(verdict.reason),
              .sentence = std::string(info(verdict.reason).sentence),
              .authority = shown(evidence.authority),
              .sni = std::nullopt,
              .remedy = to_string(remedy(verdict)),
              .advice = {}};
  if (evidence.sni) words.sni = shown(*evidence.sni);
  words.advice = advice(verdict, words.authority);
  return words;
}

std::string as_text(const Words& words) {
  std::string out =
      fmt::format("{} {}\n\n{} ({}).\n", words.status, words.phrase, words.sentence, words.reason);
  auto end = std::back_inserter(out);
  if (!words.authority.empty()) fmt::format_to(end, "The request asks for: {}\n", words.authority);
  if (words.sni) fmt::format_to(end, "The connection was made for: {}\n", *words.sni);
  fmt::format_to(end, "\n{}\n", words.advice);
  return out;
}

std::string as_html(const Words& words) {
  std::string names;
  auto end = std::back_inserter(names);
  if (!words.authority.empty())
    fmt::format_to(end, "<dt>The request asks for</dt><dd>{}</dd>\n", html(words.authority));
  if (words.sni) fmt::format_to(end, "<dt>The connection was made for</dt><dd>{}</dd>\n", html(*words.sni));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{0} {1}</title>\n<h1>{0} "
      "{1}</h1>\n"
      "<p>{2} (<code>{3}</code>).</p>\n<dl>\n{4}</dl>\n<p>{5}</p>\n</html>\n",
      words.status, words.phrase, html(words.sentence), words.reason, names, html(words.advice));
}

void write_common(JsonWriter& json, const Words& words) {
  json.member("reason", words.reason).member_if_any("authority", words.authority);
  if (words.sni) json.member("sni", *words.sni);
  json.member("remedy", words.remedy).member("advice", words.advice).end_object();
}

std::string as_problem(const Words& words) {
  std::string out;
  JsonWriter json(out);
  // RFC 9457 §4.2.1: "about:blank" says no more than the status; `reason` does.
  json.begin_object().member("type", "about:blank").member("title", words.phrase);
  json.key("status").number(words.status).member("detail", words.sentence);
  write_common(json, words);
  return out + '\n';
}

std::string as_json(const Words& words) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().member("error", words.phrase).member("code", std::to_string(words.status));
  json.member("message", words.sentence);
  write_common(json, words);
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
  const Words words = words_of(verdict);
  switch (format) {
    case RefusalFormat::text:
      return as_text(words);
    case RefusalFormat::html:
      return as_html(words);
    case RefusalFormat::problem_json:
      return as_problem(words);
    case RefusalFormat::json:
      return as_json(words);
  }
  CHECK(false);
}

}  // namespace astray::gateway
