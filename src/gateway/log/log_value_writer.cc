#include "gateway/log/log_value_writer.h"

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

#if defined(__SSE2__)
/// A bit for each byte that may stay.
unsigned staying_in(__m128i block, LogEscape escape) {
  const __m128i before_first = _mm_set1_epi8(escape == LogEscape::text ? ' ' : ' ' - 1);
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), del = _mm_set1_epi8(0x7f);
  // Signed: bytes from 0x80 on are below everything else.
  const __m128i in_range = _mm_cmpgt_epi8(block, before_first);
  const __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)),
                                       _mm_cmpeq_epi8(block, del));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_andnot_si128(special, in_range)));
}
__m128i sixteen_bytes(const char* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
#endif

/// How many bytes at the beginning of `text` may stay.
size_t staying(std::string_view text, LogEscape escape) {
  size_t at = 0;
#if defined(__SSE2__)
  for (; text.size() - at >= 16; at += 16) {
    const unsigned stays = staying_in(sixteen_bytes(text.data() + at), escape);
    if (stays != 0xffff) return at + static_cast<size_t>(std::countr_one(stays));
  }
  // The rest of a longer text is looked at together with what is before it.
  if (at != 0 && at != text.size()) {
    const unsigned stays = staying_in(sixteen_bytes(text.data() + text.size() - 16), escape);
    return text.size() - 16 + static_cast<size_t>(std::countr_one(stays));
  }
  if (text.size() - at >= 8) {
    const __m128i both_ends =
        _mm_unpacklo_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(text.data())),
                           _mm_loadl_epi64(reinterpret_cast<const __m128i*>(text.data() + text.size() - 8)));
    if (staying_in(both_ends, escape) == 0xffff) return text.size();
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

/// The lowest digits, so many of them; one behind the last.
char* write_digits(char* at, uint64_t number, size_t width) {
  for (size_t i = width; i > 0; --i, number /= 10) at[i - 1] = static_cast<char>('0' + number % 10);
  return at + width;
}
char* write_character(char* at, char c) {
  *at = c;
  return at + 1;
}

constexpr size_t most_number_bytes = 20;
constexpr size_t most_duration_bytes = most_number_bytes + 7;
constexpr size_t time_bytes = 27;
constexpr size_t most_endpoint_bytes = INET6_ADDRSTRLEN + 8;

char* write_number(char* at, uint64_t number) {
  return std::to_chars(at, at + most_number_bytes, number).ptr;
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

char* write_time(char* at, WallTime time) {
  static thread_local SecondText last;
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (last.second != second) last.set(second);
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(time - second).count();
  at = write_character(put_bytes(at, {last.text, sizeof last.text}), '.');
  return write_character(write_digits(at, static_cast<uint64_t>(microseconds), 6), 'Z');
}

char* write_endpoint(char* const begin, const Endpoint& endpoint) {
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
  return std::to_chars(write_character(at, ':'), begin + most_endpoint_bytes, endpoint.port.number()).ptr;
}

}  // namespace

char* LogValueWriter::begin(size_t bytes) {
  if (before_.size() > LogLine::most_together - bytes) {
    line_.put(before_);
    return line_.begin(bytes);
  }
  return put_bytes(line_.begin(before_.size() + bytes), before_);
}

char* LogValueWriter::begin_string(size_t bytes) {
  char* const at = begin(bytes + 2);
  return is_json() ? write_character(at, '"') : at;
}

void LogValueWriter::end_string(char* at) {
  end(is_json() ? write_character(at, '"') : at);
}

void LogValueWriter::none() {
  if (is_json()) return;
  end(write_character(begin(1), '-'));
}

void LogValueWriter::text(std::string_view value) {
  constexpr size_t most_at_once = 256;
  const bool is_long = most_bytes_ != 0 && value.size() > most_bytes_;
  if (!is_long && value.size() <= most_at_once && staying(value, escape_) == value.size())
    return word(value);
  end(begin_string(0));
  put_escaped_text(line_, is_long ? cut_value(value, most_bytes_) : value, escape_);
  if (is_long) line_.put("...");
  if (is_json()) line_.put('"');
}

void LogValueWriter::word(std::string_view value) {
  end_string(put_bytes(begin_string(value.size()), value));
}

void LogValueWriter::number(uint64_t value) {
  end(write_number(begin(most_number_bytes), value));
}

void LogValueWriter::flag(bool value) {
  end(put_bytes(begin(5), value ? std::string_view("true") : std::string_view("false")));
}

void LogValueWriter::duration(Duration value) {
  const auto microseconds = static_cast<uint64_t>(std::max<int64_t>(value.count() / 1000, 0));
  char* const at = write_character(write_number(begin(most_duration_bytes), microseconds / 1'000'000), '.');
  end(write_digits(at, microseconds % 1'000'000, 6));
}

void LogValueWriter::time(WallTime value) {
  end_string(write_time(begin_string(time_bytes), value));
}

void LogValueWriter::endpoint(const Endpoint& value) {
  end_string(write_endpoint(begin_string(most_endpoint_bytes), value));
}

}  // namespace astray::gateway
