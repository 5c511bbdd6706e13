#include "gateway/log/log_value_text.h"

#include <arpa/inet.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
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

/// How many bytes at the beginning of `text` may stay.
size_t staying(std::string_view text, LogEscape escape) {
  size_t at = 0;
#if defined(__SSE2__)
  const __m128i before_first = _mm_set1_epi8(escape == LogEscape::text ? ' ' : ' ' - 1);
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), del = _mm_set1_epi8(0x7f);
  for (; text.size() - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    // Signed: bytes from 0x80 on are below everything else.
    const __m128i in_range = _mm_cmpgt_epi8(block, before_first);
    const __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
                                         _mm_cmpeq_epi8(block, del));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_andnot_si128(special, in_range)));
    if (mask != 0xffff) return at + static_cast<size_t>(std::countr_one(mask));
  }
#endif
  const StayingBytes& stays = escape == LogEscape::text ? stays_in_open_text : stays_in_string;
  while (at < text.size() && stays[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

void put_unit(LogLine& line, uint32_t unit) {
  const char text[] = {'\\',
                       'u',
                       escape_digits[unit >> 12 & 15],
                       escape_digits[unit >> 8 & 15],
                       escape_digits[unit >> 4 & 15],
                       escape_digits[unit & 15]};
  line.put({text, sizeof text});
}

/// Takes the first character of `rest`, which may not stay as it is. JSON's escapes are UTF-16 (RFC 8259 §7).
void put_escape(LogLine& line, std::string_view& rest, LogEscape escape) {
  const auto byte = static_cast<unsigned char>(rest.front());
  if (escape != LogEscape::json) {
    const char text[] = {'\\', 'x', escape_digits[byte >> 4], escape_digits[byte & 15]};
    line.put({text, sizeof text});
    rest.remove_prefix(1);
    return;
  }
  if (byte == '"' || byte == '\\') {
    line.put('\\');
    line.put(static_cast<char>(byte));
    rest.remove_prefix(1);
    return;
  }
  const Utf8Character character = utf8_at(rest, 0);
  rest.remove_prefix(character.size);
  if (character.code_point < 0x10000) return put_unit(line, character.code_point);
  const uint32_t above = character.code_point - 0x10000;
  put_unit(line, 0xd800 + (above >> 10));
  put_unit(line, 0xdc00 + (above & 0x3ff));
}

void put_escaped_text(LogLine& line, std::string_view text, LogEscape escape) {
  while (!text.empty()) {
    const size_t good = staying(text, escape);
    line.put(text.substr(0, good));
    text.remove_prefix(good);
    if (!text.empty()) put_escape(line, text, escape);
  }
}

/// Not within a character: its first half would become a character of its own.
std::string_view cut_value(std::string_view text, size_t most) {
  size_t end = most;
  while (end > 0 && most - end < 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

void put_text(LogLine& line, std::string_view text, size_t most_bytes, LogEscape escape) {
  const bool long_one = most_bytes != 0 && text.size() > most_bytes;
  put_escaped_text(line, long_one ? cut_value(text, most_bytes) : text, escape);
  if (long_one) line.put("...");
}

void put_number(LogLine& line, uint64_t number) {
  char* const at = line.begin_numeral();
  line.put_to(std::to_chars(at, at + LogLine::most_numeral, number).ptr);
}

/// The lowest digits, so many of them; one behind the last.
char* write_digits(char* at, uint64_t number, size_t width) {
  for (size_t i = width; i > 0; --i, number /= 10) at[i - 1] = static_cast<char>('0' + number % 10);
  return at + width;
}
char* write_character(char* at, char c) {
  *at = c;
  return at + 1;
}

void put_duration(LogLine& line, Duration duration) {
  const auto microseconds = static_cast<uint64_t>(std::max<int64_t>(duration.count() / 1000, 0));
  char* at = line.begin_numeral();
  at = std::to_chars(at, at + 20, microseconds / 1'000'000).ptr;
  line.put_to(write_digits(write_character(at, '.'), microseconds % 1'000'000, 6));
}

/// "2026-02-28T23:59:58": the same for thousands of lines in a row.
struct SecondText {
  std::chrono::sys_seconds second = std::chrono::sys_seconds::min();
  char text[19];

  void set(std::chrono::sys_seconds to) {
    second = to;
    const auto day = std::chrono::floor<std::chrono::days>(to);
    const std::chrono::year_month_day date(day);
    const auto of_day = static_cast<uint64_t>((to - day).count());
    char* at = write_digits(text, static_cast<uint64_t>(std::max(static_cast<int>(date.year()), 0)), 4);
    at = write_digits(write_character(at, '-'), static_cast<unsigned>(date.month()), 2);
    at = write_digits(write_character(at, '-'), static_cast<unsigned>(date.day()), 2);
    at = write_digits(write_character(at, 'T'), of_day / 3600, 2);
    at = write_digits(write_character(at, ':'), of_day / 60 % 60, 2);
    write_digits(write_character(at, ':'), of_day % 60, 2);
  }
};

void put_time(LogLine& line, WallTime time) {
  static thread_local SecondText last;
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (last.second != second) last.set(second);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(time - second).count();
  char* const at = put_bytes(line.begin_numeral(), {last.text, sizeof last.text});
  line.put_to(write_character(write_digits(write_character(at, '.'), static_cast<uint64_t>(microseconds), 6), 'Z'));
}

void put_endpoint(LogLine& line, const Endpoint& endpoint) {
  static_assert(INET6_ADDRSTRLEN + 8 <= LogLine::most_numeral);
  char* const begin = line.begin_numeral();
  char* at = begin;
  const std::string_view bytes = endpoint.address.bytes();
  if (endpoint.address.family() == IpFamily::v4) {
    for (const char byte : bytes) {
      if (at != begin) at = write_character(at, '.');
      at = std::to_chars(at, at + 3, static_cast<unsigned char>(byte)).ptr;
    }
  } else {
    inet_ntop(AF_INET6, bytes.data(), write_character(at, '['), INET6_ADDRSTRLEN);
    at = write_character(begin + std::strlen(begin), ']');
  }
  at = write_character(at, ':');
  line.put_to(std::to_chars(at, at + 5, endpoint.port.number()).ptr);
}

/// What JSON has as a string.
template <typename Put>
void put_string(LogLine& line, LogEscape escape, Put put) {
  if (escape != LogEscape::json) return put();
  line.put('"');
  put();
  line.put('"');
}

}  // namespace

void put_log_value(LogLine& line, const LogField& field, const LogValue& value, LogEscape escape) {
  if (const auto* text = std::get_if<std::string_view>(&value))
    return put_string(line, escape, [&] { put_text(line, *text, field.most_bytes, escape); });
  if (const auto* number = std::get_if<uint64_t>(&value)) return put_number(line, *number);
  if (const auto* flag = std::get_if<bool>(&value)) return line.put(*flag ? "true" : "false");
  if (const auto* duration = std::get_if<Duration>(&value)) return put_duration(line, *duration);
  if (const auto* time = std::get_if<WallTime>(&value))
    return put_string(line, escape, [&] { put_time(line, *time); });
  if (const auto* endpoint = std::get_if<Endpoint>(&value))
    put_string(line, escape, [&] { put_endpoint(line, *endpoint); });
}

}  // namespace astray::gateway
