#include "gateway/log/log_value_text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/json_writer.h"
#include "base/utf8.h"

namespace astray::gateway {
namespace {

constexpr char escape_digits[] = "0123456789abcdef";

/// Which bytes may stay as they are. Most of what is sent is made of these alone.
using StayingBytes = std::array<bool, 256>;
constexpr StayingBytes staying_bytes(LogEscape escape) {
  StayingBytes stays{};
  for (size_t byte = 0x21; byte < 0x7f; ++byte) stays[byte] = byte != '"' && byte != '\\';
  stays[' '] = escape != LogEscape::text;
  return stays;
}
constexpr StayingBytes stays_in_string = staying_bytes(LogEscape::json);
constexpr StayingBytes stays_in_open_text = staying_bytes(LogEscape::text);

void append_unit(std::string& out, uint32_t unit) {
  const char text[] = {'\\',
                       'u',
                       escape_digits[unit >> 12 & 15],
                       escape_digits[unit >> 8 & 15],
                       escape_digits[unit >> 4 & 15],
                       escape_digits[unit & 15]};
  out.append(text, sizeof text);
}

/// Takes the first character of `rest`, which may not stay as it is. JSON's escapes are UTF-16 (RFC 8259 §7).
void append_escape(std::string& out, std::string_view& rest, LogEscape escape) {
  const auto byte = static_cast<unsigned char>(rest.front());
  if (escape != LogEscape::json) {
    const char text[] = {'\\', 'x', escape_digits[byte >> 4], escape_digits[byte & 15]};
    out.append(text, sizeof text);
    rest.remove_prefix(1);
    return;
  }
  if (byte == '"' || byte == '\\') {
    out += '\\';
    out += static_cast<char>(byte);
    rest.remove_prefix(1);
    return;
  }
  const Utf8Character character = utf8_at(rest, 0);
  rest.remove_prefix(character.size);
  if (character.code_point < 0x10000) return append_unit(out, character.code_point);
  const uint32_t above = character.code_point - 0x10000;
  append_unit(out, 0xd800 + (above >> 10));
  append_unit(out, 0xdc00 + (above & 0x3ff));
}

void append_escaped_text(std::string& out, std::string_view text, LogEscape escape) {
  const StayingBytes& stays = escape == LogEscape::text ? stays_in_open_text : stays_in_string;
  while (!text.empty()) {
    size_t good = 0;
    while (good < text.size() && stays[static_cast<unsigned char>(text[good])]) ++good;
    out.append(text.data(), good);
    text.remove_prefix(good);
    if (!text.empty()) append_escape(out, text, escape);
  }
}

/// Not within a character: its first half would become a character of its own.
std::string_view cut_value(std::string_view text, size_t most) {
  size_t end = most;
  while (end > 0 && most - end < 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

void append_number(std::string& out, uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

/// The lowest digits, so many of them; one behind the last.
char* put_digits(char* at, uint64_t number, size_t width) {
  for (size_t i = width; i > 0; --i, number /= 10) at[i - 1] = static_cast<char>('0' + number % 10);
  return at + width;
}
char* put_character(char* at, char c) {
  *at = c;
  return at + 1;
}

void append_duration(std::string& out, Duration duration) {
  const auto microseconds = static_cast<uint64_t>(std::max<int64_t>(duration.count() / 1000, 0));
  char text[32];
  char* at = std::to_chars(text, text + 20, microseconds / 1'000'000).ptr;
  at = put_digits(put_character(at, '.'), microseconds % 1'000'000, 6);
  out.append(text, at);
}

void append_time(std::string& out, WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto microseconds =
      static_cast<uint64_t>(duration_cast<std::chrono::microseconds>(time - day).count());
  const uint64_t seconds = microseconds / 1'000'000;
  char text[32];
  char* at = put_digits(text, static_cast<uint64_t>(std::max(static_cast<int>(date.year()), 0)), 4);
  at = put_digits(put_character(at, '-'), static_cast<unsigned>(date.month()), 2);
  at = put_digits(put_character(at, '-'), static_cast<unsigned>(date.day()), 2);
  at = put_digits(put_character(at, 'T'), seconds / 3600, 2);
  at = put_digits(put_character(at, ':'), seconds / 60 % 60, 2);
  at = put_digits(put_character(at, ':'), seconds % 60, 2);
  at = put_digits(put_character(at, '.'), microseconds % 1'000'000, 6);
  out.append(text, put_character(at, 'Z'));
}

void append_endpoint(std::string& out, const Endpoint& endpoint) {
  char text[INET6_ADDRSTRLEN + 16];
  char* at = text;
  const std::string_view bytes = endpoint.address.bytes();
  if (endpoint.address.family() == IpFamily::v4) {
    for (const char byte : bytes) {
      if (at != text) at = put_character(at, '.');
      at = std::to_chars(at, at + 3, static_cast<unsigned char>(byte)).ptr;
    }
  } else {
    inet_ntop(AF_INET6, bytes.data(), put_character(at, '['), INET6_ADDRSTRLEN);
    at = put_character(text + std::strlen(text), ']');
  }
  at = put_character(at, ':');
  out.append(text, std::to_chars(at, at + 5, endpoint.port.number()).ptr);
}

}  // namespace

void append_log_value(std::string& out, const LogField& field, const LogValue& value, LogEscape escape) {
  if (const auto* number = std::get_if<uint64_t>(&value)) return append_number(out, *number);
  if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
    return;
  }
  if (const auto* duration = std::get_if<Duration>(&value)) return append_duration(out, *duration);
  const bool quoted = escape == LogEscape::json;
  if (quoted) out += '"';
  if (const auto* time = std::get_if<WallTime>(&value)) append_time(out, *time);
  if (const auto* endpoint = std::get_if<Endpoint>(&value)) append_endpoint(out, *endpoint);
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    const bool long_one = field.most_bytes != 0 && text->size() > field.most_bytes;
    append_escaped_text(out, long_one ? cut_value(*text, field.most_bytes) : *text, escape);
    if (long_one) out += "...";
  }
  if (quoted) out += '"';
}

}  // namespace astray::gateway
