#include "http1/start_line.h"

#include <optional>

#include "base/ascii.h"
#include "http1/characters.h"

namespace astray::http1 {
namespace {

constexpr std::string_view protocol_name = "HTTP/";

// "HTTP/" 1*DIGIT [ "." 1*DIGIT ]: more than the grammar allows, so that "HTTP/2 200" is told from noise.
Result<Version, FailureReason> parse_version(std::string_view text, FailureReason malformed) {
  if (!text.starts_with(protocol_name)) return Failure<FailureReason>(malformed);
  text.remove_prefix(protocol_name.size());
  const size_t dot = text.find('.');
  const std::string_view major = text.substr(0, dot);
  const std::string_view minor = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  for (std::string_view digits : {major, minor})
    for (char c : digits)
      if (!is_ascii_digit(c)) return Failure<FailureReason>(malformed);
  if (major.empty()) return Failure<FailureReason>(malformed);
  if (major != "1") return Failure<FailureReason>(FailureReason::unsupported_version);
  if (minor.size() != 1) return Failure<FailureReason>(malformed);
  return minor == "0" ? Version::http_1_0 : Version::http_1_1;
}

/// What nearly every server writes: "HTTP/1.1 200 OK", a blank behind the status at least. Absent: anything else.
std::optional<StatusLine> plain_status_line(std::string_view line) {
  constexpr std::string_view beginning = "HTTP/1.1 ";
  constexpr size_t before_phrase = beginning.size() + 4;
  if (line.size() < before_phrase || !line.starts_with(beginning) || line[before_phrase - 1] != ' ')
    return std::nullopt;
  if (line.size() > before_phrase && is_blank(line[before_phrase])) return std::nullopt;
  StatusLine parsed{.version = Version::http_1_1};
  for (const char c : line.substr(beginning.size(), 3)) {
    if (!is_ascii_digit(c)) return std::nullopt;
    parsed.status = parsed.status * 10 + (c - '0');
  }
  if (parsed.status < 100) return std::nullopt;
  parsed.reason_phrase = line.substr(before_phrase);
  return parsed;
}

// Takes the text up to the next blank, and the blanks behind it.
std::string_view take_word(std::string_view& line, std::string_view& blanks) {
  size_t end = 0;
  while (end < line.size() && !is_blank(line[end])) ++end;
  size_t next = end;
  while (next < line.size() && is_blank(line[next])) ++next;
  const std::string_view word = line.substr(0, end);
  blanks = line.substr(end, next - end);
  line.remove_prefix(next);
  return word;
}

}  // namespace

Result<StatusLine, FailureReason> parse_status_line(std::string_view line) {
  if (const auto plain = plain_status_line(line)) return *plain;
  StatusLine parsed;
  std::string_view after_version, after_status;
  const auto version = parse_version(take_word(line, after_version), FailureReason::bad_status_line);
  if (!version) return Failure<FailureReason>(version.error());
  parsed.version = *version;
  const std::string_view status = take_word(line, after_status);
  if (status.size() != 3 || status[0] == '0') return Failure<FailureReason>(FailureReason::bad_status_line);
  for (char c : status) {
    if (!is_ascii_digit(c)) return Failure<FailureReason>(FailureReason::bad_status_line);
    parsed.status = parsed.status * 10 + (c - '0');
  }
  parsed.reason_phrase = line;
  if (after_version != " " || after_status != " ") parsed.irregularities.add(Irregularity::odd_status_line);
  return parsed;
}

Result<RequestLine, FailureReason> parse_request_line(std::string_view line) {
  RequestLine parsed;
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return Failure<FailureReason>(FailureReason::bad_request_line);
  parsed.method = line.substr(0, first);
  parsed.target = line.substr(first + 1, last - first - 1);
  if (parsed.method.empty() || parsed.target.empty() || parsed.target.find(' ') != std::string_view::npos)
    return Failure<FailureReason>(FailureReason::bad_request_line);
  if (!is_token(parsed.method)) return Failure<FailureReason>(FailureReason::bad_method);
  const auto version = parse_version(line.substr(last + 1), FailureReason::bad_request_line);
  if (!version) {
    const bool preface = line == "PRI * HTTP/2.0";
    return Failure<FailureReason>(preface ? FailureReason::http2_preface : version.error());
  }
  parsed.version = *version;
  return parsed;
}

}  // namespace astray::http1
