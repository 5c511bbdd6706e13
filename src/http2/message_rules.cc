#include "http2/message_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/words.h"

namespace astray::http2 {
namespace {

/// RFC 9110 section 5.6.2, without upper case (RFC 9113 section 8.2.1).
constexpr std::array<bool, 256> name_characters = [] {
  std::array<bool, 256> table{};
  for (unsigned char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")) table[c] = true;
  return table;
}();

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return name_characters[static_cast<unsigned char>(c)];
  });
}

constexpr bool has_zero_byte(uint64_t bytes) {
  return ((bytes - eight_times(1)) & ~bytes & eight_times(0x80)) != 0;
}

/// NUL, CR and LF (RFC 9113 section 8.2.1).
bool has_forbidden_byte(std::string_view value) {
  const auto is_forbidden = [](char c) { return c == '\0' || c == '\r' || c == '\n'; };
  constexpr size_t together = sizeof(uint64_t);
  if (value.size() < together) return std::any_of(value.begin(), value.end(), is_forbidden);
  for (size_t at = 0; at < value.size(); at += together) {
    // The last eight may overlap those before them.
    const auto eight = word_at<uint64_t>(value.data() + std::min(at, value.size() - together));
    if (has_zero_byte(eight) || has_zero_byte(eight ^ eight_times('\r')) || has_zero_byte(eight ^ eight_times('\n')))
      return true;
  }
  return false;
}

bool has_blank_end(std::string_view value) {
  auto blank = [](char c) { return c == ' ' || c == '\t'; };
  return !value.empty() && (blank(value.front()) || blank(value.back()));
}

// RFC 9113 section 8.2.2.
bool is_connection_field(const Field& field) {
  static constexpr std::string_view names[] = {"connection", "keep-alive", "proxy-connection",
                                               "transfer-encoding", "upgrade"};
  if (field.name == "te") return !ascii_iequals(field.value, "trailers");
  return std::find(std::begin(names), std::end(names), field.name) != std::end(names);
}

std::optional<uint64_t> parse_length(std::string_view text) {
  uint64_t length = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

enum class Blanks : uint8_t { refused, accepted };

HeadDefect regular_field_defect(const Field& field, Blanks blanks) {
  if (!is_field_name(field.name)) return HeadDefect::bad_name;
  if (has_forbidden_byte(field.value)) return HeadDefect::bad_value;
  if (blanks == Blanks::refused && has_blank_end(field.value)) return HeadDefect::bad_value;
  if (is_connection_field(field)) return HeadDefect::connection_field;
  return HeadDefect::none;
}

bool is_pseudo(const Field& field) {
  return field.name.starts_with(':');
}

HeadDefect content_length_defect(const Fields& fields, Blanks blanks) {
  std::optional<uint64_t> first;
  for (const Field field : fields) {
    if (field.name != "content-length") continue;
    auto length = parse_length(blanks == Blanks::accepted ? ascii_trim(field.value) : field.value);
    if (!length || (first && *first != *length)) return HeadDefect::bad_content_length;
    first = length;
  }
  return HeadDefect::none;
}

struct RequestPseudo {
  std::optional<std::string_view> method;
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> path;
  std::optional<std::string_view> protocol;
};

HeadDefect take_pseudo(RequestPseudo& seen, const Field& field) {
  if (has_forbidden_byte(field.value)) return HeadDefect::bad_value;
  if (field.name == ":authority") return HeadDefect::none;
  std::optional<std::string_view>* place = field.name == ":method"     ? &seen.method
                              : field.name == ":scheme"   ? &seen.scheme
                              : field.name == ":path"     ? &seen.path
                              : field.name == ":protocol" ? &seen.protocol
                                                          : nullptr;
  if (place == nullptr) return HeadDefect::unknown_pseudo;
  if (*place) return HeadDefect::repeated_pseudo;
  *place = field.value;
  return HeadDefect::none;
}

HeadDefect whole_request_defect(const RequestPseudo& seen, ExtendedConnect extended) {
  if (!seen.method || seen.method->empty()) return HeadDefect::missing_pseudo;
  const bool connects = *seen.method == "CONNECT";
  if (seen.protocol && (!connects || extended == ExtendedConnect::off))
    return HeadDefect::unknown_pseudo;
  // RFC 9113 section 8.5: CONNECT has neither scheme nor path; with :protocol it has both (RFC 8441 section
  // 4).
  if (connects && !seen.protocol)
    return !seen.scheme && !seen.path ? HeadDefect::none : HeadDefect::unknown_pseudo;
  if (!seen.scheme || seen.scheme->empty() || !seen.path)
    return HeadDefect::missing_pseudo;
  if (seen.path->starts_with('/') || (*seen.path == "*" && *seen.method == "OPTIONS"))
    return HeadDefect::none;
  return HeadDefect::bad_path;
}

}  // namespace

HeadDefect request_defect(const Fields& fields, ExtendedConnect extended) {
  RequestPseudo seen;
  bool regular_seen = false;
  for (const Field field : fields) {
    HeadDefect defect = HeadDefect::none;
    if (!is_pseudo(field)) {
      regular_seen = true;
      defect = regular_field_defect(field, Blanks::refused);
    } else {
      defect = regular_seen ? HeadDefect::pseudo_after_regular : take_pseudo(seen, field);
    }
    if (defect != HeadDefect::none) return defect;
  }
  HeadDefect defect = content_length_defect(fields, Blanks::refused);
  return defect != HeadDefect::none ? defect : whole_request_defect(seen, extended);
}

HeadDefect response_defect(const Fields& fields) {
  bool regular_seen = false;
  bool status_seen = false;
  for (const Field field : fields) {
    if (!is_pseudo(field)) {
      regular_seen = true;
      HeadDefect defect = regular_field_defect(field, Blanks::accepted);
      if (defect != HeadDefect::none) return defect;
      continue;
    }
    if (regular_seen) return HeadDefect::pseudo_after_regular;
    if (field.name != ":status") return HeadDefect::unknown_pseudo;
    if (status_seen) return HeadDefect::repeated_pseudo;
    status_seen = true;
    bool three_digits =
        field.value.size() == 3 && std::all_of(field.value.begin(), field.value.end(), is_ascii_digit);
    if (!three_digits || field.value[0] < '1' || field.value[0] > '5') return HeadDefect::bad_value;
  }
  if (!status_seen) return HeadDefect::missing_pseudo;
  return content_length_defect(fields, Blanks::accepted);
}

HeadDefect trailers_defect(const Fields& fields) {
  for (const Field field : fields) {
    if (is_pseudo(field)) return HeadDefect::unknown_pseudo;
    HeadDefect defect = regular_field_defect(field, Blanks::accepted);
    if (defect != HeadDefect::none) return defect;
  }
  return HeadDefect::none;
}

std::optional<uint64_t> content_length(const Fields& fields) {
  const auto value = first_value(fields, "content-length");
  return !value ? std::nullopt : parse_length(ascii_trim(*value));
}

int status_of(const Fields& fields) {
  int status = 0;
  if (const auto value = first_value(fields, ":status"))
    std::from_chars(value->data(), value->data() + value->size(), status);
  return status;
}

bool has_no_body(std::string_view request_method, int status) {
  return request_method == "HEAD" || status < 200 || status == 204 || status == 304 ||
         (request_method == "CONNECT" && status < 300);
}

}  // namespace astray::http2
