#include "http1/framing.h"

#include <limits>
#include <optional>

#include "base/ascii.h"

namespace astray::http1 {
namespace {

constexpr std::string_view chunked_coding = "chunked";

// 1*DIGIT, no more than 64 bits.
std::optional<uint64_t> parse_length(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (char c : text) {
    if (!is_ascii_digit(c)) return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (std::numeric_limits<uint64_t>::max() - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

// Sets decision.content_length from all Content-Length lines and list elements, which must agree.
Result<FramingDecision, FailureReason> frame_by_length(FramingDecision decision, const Fields& fields) {
  size_t seen = 0;
  for (const Field& line : fields) {
    if (line.known != KnownField::content_length) continue;
    std::string_view rest = line.value;
    if (rest.empty()) return Failure<FailureReason>(FailureReason::bad_content_length);
    while (!rest.empty()) {
      const auto element = take_list_element(rest);
      const auto length = element ? parse_length(*element) : std::nullopt;
      if (!length) return Failure<FailureReason>(FailureReason::bad_content_length);
      if (seen++ != 0 && *length != decision.content_length)
        return Failure<FailureReason>(FailureReason::conflicting_content_lengths);
      decision.content_length = *length;
    }
  }
  if (seen > 1) decision.irregularities.add(Irregularity::repeated_content_length);
  decision.framing = Framing::content_length;
  return decision;
}

struct Codings {
  size_t all = 0;
  size_t chunked = 0;
  bool chunked_last = false;
  bool with_parameters = false;
};

Codings transfer_codings(const Fields& fields) {
  Codings codings;
  for (const Field& line : fields) {
    if (line.known != KnownField::transfer_encoding) continue;
    std::string_view rest = line.value;
    while (auto element = take_list_element(rest)) {
      ++codings.all;
      codings.chunked_last = ascii_iequals(*element, chunked_coding);
      codings.chunked += codings.chunked_last ? 1 : 0;
      if (ascii_istarts_with(*element, "chunked;") || ascii_istarts_with(*element, "chunked "))
        codings.with_parameters = true;
    }
  }
  return codings;
}

}  // namespace

Result<FramingDecision, FailureReason> frame_response(std::string_view request_method, int status,
                                                      Version version, const Fields& fields) {
  FramingDecision decision;
  if (status == 101 || (request_method == "CONNECT" && status >= 200 && status < 300)) {
    decision.framing = Framing::tunnel;
    return decision;
  }
  if (request_method == "HEAD" || status < 200 || status == 204 || status == 304) {
    decision.framing = Framing::no_body;
    return decision;
  }

  const bool has_length = fields.has(KnownField::content_length);
  if (fields.has(KnownField::transfer_encoding)) {
    const Codings codings = transfer_codings(fields);
    if (codings.all == 0 || codings.with_parameters || codings.chunked > 1)
      return Failure<FailureReason>(FailureReason::bad_transfer_encoding);
    if (has_length) decision.irregularities.add(Irregularity::length_with_transfer_encoding);
    if (version == Version::http_1_0) decision.irregularities.add(Irregularity::transfer_encoding_in_1_0);
    if (codings.all != codings.chunked) decision.irregularities.add(Irregularity::transfer_coding_kept);
    decision.framing = codings.chunked_last ? Framing::chunked : Framing::until_close;
    return decision;
  }
  if (has_length) return frame_by_length(decision, fields);
  decision.framing = Framing::until_close;
  return decision;
}

Result<FramingDecision, FailureReason> frame_request(Version version, const Fields& fields) {
  FramingDecision decision;
  const size_t lengths = fields.count(KnownField::content_length);
  const size_t encodings = fields.count(KnownField::transfer_encoding);
  if (encodings != 0) {
    if (lengths != 0) return Failure<FailureReason>(FailureReason::length_with_transfer_encoding);
    if (version == Version::http_1_0) return Failure<FailureReason>(FailureReason::transfer_encoding_in_1_0);
    const Codings codings = transfer_codings(fields);
    if (codings.chunked_last && codings.chunked == 1 && codings.all > 1)
      return Failure<FailureReason>(FailureReason::unknown_transfer_coding);
    // Only the one spelling that no recipient can take for something else.
    if (encodings != 1 || !ascii_iequals(*fields.find(KnownField::transfer_encoding), chunked_coding))
      return Failure<FailureReason>(FailureReason::bad_transfer_encoding);
    decision.framing = Framing::chunked;
    return decision;
  }
  if (lengths == 0) return decision;
  if (lengths > 1) return Failure<FailureReason>(FailureReason::conflicting_content_lengths);
  const auto length = parse_length(*fields.find(KnownField::content_length));
  if (!length) {
    const bool list = fields.find(KnownField::content_length)->find(',') != std::string_view::npos;
    return Failure<FailureReason>(list ? FailureReason::conflicting_content_lengths
                                       : FailureReason::bad_content_length);
  }
  decision.framing = Framing::content_length;
  decision.content_length = *length;
  return decision;
}

KeepsAlive keeps_alive(Version version, const Fields& fields) {
  if (fields.lists(KnownField::connection, "close")) return KeepsAlive::no;
  if (version == Version::http_1_1) return KeepsAlive::yes;
  return fields.lists(KnownField::connection, "keep-alive") ? KeepsAlive::yes : KeepsAlive::no;
}

}  // namespace astray::http1
