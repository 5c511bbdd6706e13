#include "explain/logs/log_field.h"

#include <charconv>
#include <cstring>

#include "base/ascii.h"
#include "explain/logs/error_sentence.h"

namespace astray::explain {
namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "1756000000.123" in microseconds; the numbers of JSON may have an exponent.
std::optional<int64_t> epoch(std::string_view text, int64_t unit) {
  if (const std::optional<int64_t> whole = number_of<int64_t>(text)) {
    if (*whole > INT64_MAX / 1'000'000 || *whole < 0) return std::nullopt;
    return unit > 0 ? *whole * unit : *whole / -unit;
  }
  const size_t point = text.find('.');
  if (point == std::string_view::npos || unit != 1'000'000) return std::nullopt;
  const std::optional<int64_t> whole = number_of<int64_t>(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > INT64_MAX / 1'000'000 - 1) return std::nullopt;
  int64_t fraction = 0;
  int64_t step = 100'000;
  for (const char c : text.substr(point + 1)) {
    if (!is_ascii_digit(c)) return std::nullopt;
    fraction += (c - '0') * step;
    step /= 10;
  }
  return *whole * 1'000'000 + fraction;
}

/// Seconds, milliseconds, microseconds or nanoseconds by the number of digits, which is right from 2001 to 2286.
std::optional<int64_t> epoch_of_any_unit(std::string_view text) {
  const size_t digits = std::min(text.find('.'), text.size());
  return epoch(text, digits <= 10 ? 1'000'000 : digits <= 13 ? 1'000 : digits <= 16 ? 1 : -1'000);
}

bool read_status(std::string_view text, int& status) {
  const bool is_none = text.size() == 3 ? text[0] == '0' && text == "000" : text.empty() || text == "-" || text == "0" || text == "-1";
  if (is_none) {
    status = 0;
    return true;
  }
  if (text.size() != 3) return false;
  const std::optional<int> value = number_of<int>(text);
  if (!value || *value < 100) return false;
  status = *value;
  return true;
}

void read_endpoint(std::string_view text, Sighting& sighting) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find_first_not_of("0123456789", colon + 1) != std::string_view::npos) {
    sighting.client = Fact::logged(text);
    return;
  }
  std::string_view address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  sighting.client = Fact::logged(address);
  sighting.client_port = Fact::logged(text.substr(colon + 1));
}

/// A URL tells scheme, authority and path; a path itself. Where the log states the authority too, that counts.
void read_target(std::string_view text, Sighting& sighting) {
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || scheme_end > 8) {
    sighting.path = Fact::logged(text);
    return;
  }
  const std::string_view scheme = text.substr(0, scheme_end);
  if (ascii_iequals(scheme, "https")) sighting.scheme = Scheme::https;
  if (ascii_iequals(scheme, "http")) sighting.scheme = Scheme::http;
  const std::string_view rest = text.substr(scheme_end + 3);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  if (!sighting.authority.known()) sighting.authority = Fact::logged(rest.substr(0, end));
  sighting.path = Fact::logged(end < rest.size() ? rest.substr(end) : "/");
}

/// "GET /a/b HTTP/1.1"; what a client sent in place of a request stays what it is.
void read_request_line(std::string_view text, Sighting& sighting) {
  const size_t first = text.find(' ');
  const size_t last = text.rfind(' ');
  if (first == std::string_view::npos) return;
  sighting.method = Fact::logged(text.substr(0, first));
  if (last == first) {
    read_target(text.substr(first + 1), sighting);
    return;
  }
  sighting.protocol = protocol_of(text.substr(last + 1));
  read_target(text.substr(first + 1, last - first - 1), sighting);
}

std::optional<bool> truth_of(std::string_view text) {
  if (text == "true" || text == "1" || text == "r" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "." || text == "no") return false;
  return std::nullopt;
}

/// The last of "502, 421" or "502 : 421".
std::string_view last_of_list(std::string_view text) {
  const size_t at = text.find_last_of(", ");
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

std::string_view without_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find_first_not_of("0123456789", colon + 1) != std::string_view::npos)
    return text;
  return text.substr(0, colon);
}

bool assign(std::optional<int64_t>& to, std::optional<int64_t> value) {
  to = value;
  return value.has_value();
}

}  // namespace

std::optional<Protocol> protocol_of(std::string_view text) {
  // "HTTP/", "http/", "http", "h", or nothing before the version.
  if (text.size() > 5 && (std::memcmp(text.data(), "HTTP/", 5) == 0 || std::memcmp(text.data(), "http/", 5) == 0)) {
    text.remove_prefix(5);
  } else if (text.size() > 1 && text[0] == 'h') {
    text.remove_prefix(text.starts_with("http") ? 4 : 1);
  }
  const bool is_short = text.size() == 1;
  const bool is_long = text.size() == 3 && text[1] == '.' && (text[2] == '0' || (text[0] == '1' && text[2] == '1'));
  if (!is_short && !is_long) return std::nullopt;
  switch (text[0]) {
    case '1':
      return Protocol::h1;
    case '2':
      return Protocol::h2;
    case '3':
      return Protocol::h3;
    default:
      return std::nullopt;
  }
}

bool FieldReader::read(LogField field, std::string_view value, Sighting& sighting) {
  switch (field) {
    case LogField::ignored:
    case LogField::one_word:
      return true;
    case LogField::time:
      return assign(sighting.time, value.find_first_not_of("0123456789.") == std::string_view::npos
                                       ? epoch_of_any_unit(value)
                                       : times.read(value));
    case LogField::time_seconds:
      return assign(sighting.time, epoch(value, 1'000'000));
    case LogField::time_milliseconds:
      return assign(sighting.time, epoch(value, 1'000));
    case LogField::time_microseconds:
      return assign(sighting.time, epoch(value, 1));
    case LogField::time_nanoseconds:
      return assign(sighting.time, epoch(value, -1'000));
    case LogField::client:
      sighting.client = Fact::logged(value);
      return value.find(' ') == std::string_view::npos;
    case LogField::client_port:
      sighting.client_port = Fact::logged(value);
      return true;
    case LogField::client_endpoint:
      read_endpoint(value, sighting);
      return value.find(' ') == std::string_view::npos;
    case LogField::request_line:
      read_request_line(value, sighting);
      return true;
    case LogField::rewritten_request_line:
    case LogField::rewritten_target: {
      Sighting rewritten;
      if (field == LogField::rewritten_target) {
        read_target(value, rewritten);
      } else {
        read_request_line(value, rewritten);
        sighting.method = rewritten.method;
      }
      sighting.path = rewritten.path;
      return true;
    }
    case LogField::method:
      sighting.method = Fact::logged(value);
      return true;
    case LogField::target:
      read_target(value, sighting);
      return true;
    case LogField::protocol:
      sighting.protocol = protocol_of(value);
      return true;
    case LogField::status:
      return read_status(value, sighting.status);
    case LogField::status_after_slash: {
      const size_t slash = value.rfind('/');
      return slash != std::string_view::npos && read_status(value.substr(slash + 1), sighting.status);
    }
    case LogField::back_status:
      return read_status(last_of_list(value), sighting.back_status);
    case LogField::sni:
      sighting.sni = Fact::logged(value);
      return true;
    case LogField::authority:
      sighting.authority = Fact::logged(value);
      return true;
    case LogField::virtual_host:
      sighting.virtual_host = Fact::logged(value);
      return true;
    case LogField::virtual_host_port:
      sighting.virtual_host = Fact::logged(without_port(value));
      return true;
    case LogField::handshake_virtual_host:
      sighting.handshake_virtual_host = Fact::logged(value);
      return true;
    case LogField::connection:
      sighting.connection = Fact::logged(value);
      return true;
    case LogField::request_number:
      sighting.request_number = number_of<uint32_t>(value).value_or(0);
      return true;
    case LogField::requests_before:
      if (const std::optional<uint32_t> before = number_of<uint32_t>(value); before && *before < UINT32_MAX)
        sighting.request_number = *before + 1;
      return true;
    case LogField::reused:
      if (const std::optional<bool> reused = truth_of(value); reused && sighting.request_number == 0)
        sighting.request_number = *reused ? 2 : 1;
      return true;
    case LogField::agent:
      sighting.agent = Fact::logged(value);
      return true;
    case LogField::back:
      // The first that says something: a label tells people more than the address behind it.
      if (!sighting.back.known()) sighting.back = Fact::logged(value);
      return true;
    case LogField::back_reused:
      sighting.back_reused = truth_of(value);
      return true;
    case LogField::scheme:
      if (ascii_iequals(value, "https")) sighting.scheme = Scheme::https;
      if (ascii_iequals(value, "http")) sighting.scheme = Scheme::http;
      return true;
    case LogField::tls:
      sighting.scheme = value.empty() || value == "-" ? Scheme::http : Scheme::https;
      return true;
    case LogField::reason:
      sighting.reason = Fact::logged(value);
      return true;
    case LogField::details:
      sighting.details = Fact::logged(value);
      return true;
    case LogField::frontend:
      sighting.scheme = value.ends_with('~') ? Scheme::https : Scheme::http;
      sighting.virtual_host = Fact::logged(value.ends_with('~') ? value.substr(0, value.size() - 1) : value);
      return true;
    case LogField::captures:
      return true;
    case LogField::message:
      read_error_sentence(value, sighting);
      return true;
    case LogField::logger:
      // Caddy writes a failed request into both of its logs.
      if (value.starts_with("http.log.error")) sighting.kind = Witnessed::error;
      return true;
  }
  return false;
}

}  // namespace astray::explain
