#include "http2/hpack/encoder.h"

#include <algorithm>
#include <cstring>

#include "http2/hpack/huffman.h"
#include "http2/hpack/integer.h"
#include "http2/hpack/representation.h"
#include "http2/hpack/static_table.h"

namespace astray::http2 {
namespace {

using hpack::indexed_line;
using hpack::literal_never_indexed;
using hpack::literal_not_indexed;
using hpack::literal_to_index;
using hpack::put_integer;
using hpack::Representation;
using hpack::same_text;
using hpack::static_lines;
using hpack::static_table;
using hpack::table_update;

constexpr size_t first_dynamic = static_lines + 1;

/// RFC 7541 section 7.1.3: who has a say in other lines could guess a shorter one.
constexpr size_t shortest_indexed_cookie = 20;

constexpr uint64_t bit_of(std::string_view name) {
  size_t index = 1;
  while (hpack::static_pairs[index].name != name) ++index;
  return uint64_t{1} << index;
}
constexpr uint64_t set_of(std::initializer_list<std::string_view> names) {
  uint64_t set = 0;
  for (const std::string_view name : names) set |= bit_of(name);
  return set;
}
/// Another with nearly every message: in the table they would only push out what comes again.
constexpr uint64_t changing = set_of({":path", "content-length", "age", "etag", "if-none-match",
                                      "if-modified-since", "location", "set-cookie"});
constexpr uint64_t secret = set_of({"authorization", "proxy-authorization"});
constexpr uint64_t cookie = bit_of("cookie");

const Representation& literal_of(size_t static_name, size_t value_size) {
  const uint64_t name = uint64_t{1} << static_name;
  if ((name & changing) != 0) return literal_not_indexed;
  if ((name & secret) != 0 || (name == cookie && value_size < shortest_indexed_cookie))
    return literal_never_indexed;
  return literal_to_index;
}

[[gnu::always_inline]] inline bool same_line(const hpack::Line& line, const Field& field) {
  if (line.name_size != field.name.size() || line.value_size != field.value.size()) return false;
  // Fields have them in one piece, mostly.
  if (field.name.data() + line.name_size == field.value.data())
    return hpack::same_bytes(line.bytes, field.name.data(), line.size());
  return hpack::same_bytes(line.bytes, field.name.data(), line.name_size) &&
         hpack::same_bytes(line.bytes + line.name_size, field.value.data(), line.value_size);
}

/// The first line with this name in the static table, or 0. `guess` is looked at before, if it is one of
/// that.
size_t find_static_name(std::string_view name, size_t guess) {
  if (guess == 0 || guess > static_lines || !same_text(static_table[guess].name(), name))
    return hpack::find_static_name(name);
  while (same_text(static_table[guess - 1].name(), name)) --guess;
  return guess;
}

/// Among the lines of the static table with its name, whose first this is; or 0.
size_t find_static_line(const Field& line, size_t first_of_name) {
  size_t index = first_of_name;
  do {
    if (same_text(static_table[index].value(), line.value)) return index;
    ++index;
  } while (index <= static_lines && same_text(static_table[index].name(), line.name));
  return 0;
}

uint64_t both_ends(std::string_view text) {
  const char* const end = text.data() + text.size();
  if (text.size() >= 8) return word_at<uint64_t>(text.data()) * 3 + word_at<uint64_t>(end - 8);
  if (text.size() >= 4)
    return uint64_t{word_at<uint32_t>(text.data())} << 32 | word_at<uint32_t>(end - 4);
  uint64_t word = 0;
  for (const char c : text) word = word << 8 | static_cast<uint8_t>(c);
  return word;
}
/// 5 bits. Lines of one name differ in the ends of their values, mostly.
size_t hash_of(const Field& line) {
  const uint64_t words = both_ends(line.name) * 31 + both_ends(line.value) + line.value.size();
  return static_cast<size_t>(words * 0x9e3779b97f4a7c15 >> 59);
}

void put_number(ByteBlock& block, const Representation& as, size_t number) {
  char* const begin = block.room(hpack::longest_integer);
  block.extend(static_cast<size_t>(put_integer(begin, as.first, as.number_bits, number) - begin));
}

char* put_size(char* to, const Representation& string, size_t size) {
  return put_integer(to, string.first, string.number_bits, size);
}
char* put_string(char* to, std::string_view text) {
  // Behind the size of the text as it is: when it is coded, its size has as many bytes, mostly.
  char* const begin = put_size(to, hpack::plain_string, text.size());
  char* const end = hpack::put_huffman(begin, text);
  if (end == nullptr) return put_bytes(begin, text);
  const auto coded_size = static_cast<size_t>(end - begin);
  char* const coded_begin = put_size(to, hpack::huffman_string, coded_size);
  if (coded_begin != begin) std::memmove(coded_begin, begin, coded_size);
  return coded_begin + coded_size;
}

void put_literal(ByteBlock& block, const Representation& as, size_t name_index, const Field& line) {
  char* const begin = block.room(3 * hpack::longest_integer + line.name.size() + line.value.size());
  char* to = put_integer(begin, as.first, as.number_bits, name_index);
  if (name_index == 0) to = put_string(to, line.name);
  block.extend(static_cast<size_t>(put_string(to, line.value) - begin));
}

}  // namespace

void HpackEncoder::limit_table(size_t bytes) {
  const size_t limit = std::min(bytes, hpack::usual_table_bytes);
  smallest_limit_ = std::min(smallest_limit_, static_cast<uint16_t>(limit));
  table_.set_limit(limit);
}

void HpackEncoder::put_size_updates(ByteBlock& block) {
  const auto limit = static_cast<uint16_t>(table_.limit());
  // Section 4.2: what is smaller than before is told even if it did not last.
  if (smallest_limit_ < std::min(told_limit_, limit)) {
    put_number(block, table_update, smallest_limit_);
    told_limit_ = smallest_limit_;
  }
  if (limit != told_limit_) put_number(block, table_update, limit);
  smallest_limit_ = told_limit_ = limit;
}

HpackEncoder::Guess HpackEncoder::guess_of(Number number) const {
  return static_cast<Guess>(first_dynamic + table_.place_of(number));
}

[[gnu::always_inline]] inline size_t HpackEncoder::index_at(Guess guess, const Field& field) const {
  hpack::Line line;
  size_t index = guess;
  if (guess <= static_lines) {
    line = static_table[guess];
  } else {
    const size_t place = guess - first_dynamic;
    const size_t age = table_.age_at(place);
    if (age >= table_.size()) return 0;
    line = table_.line_at(place);
    index = first_dynamic + age;
  }
  return same_line(line, field) ? index : 0;
}

void HpackEncoder::put(size_t n, const Field& line, ByteBlock& block) {
  Guess none = 0;
  Guess& guess = n < guesses_.size() ? guesses_[n] : none;
  const size_t index = index_at(guess, line);
  if (index == 0) {
    encode_other(line, guess, block);
  } else if (index < (1U << indexed_line.number_bits) - 1) {
    *block.extend(1) = static_cast<char>(indexed_line.first | index);
  } else {
    put_number(block, indexed_line, index);
  }
}

void HpackEncoder::encode(const Fields& fields, ByteBlock& block) {
  begin(block);
  const size_t lines = fields.size();
  for (size_t i = 0; i < lines; ++i) put(i, fields[i], block);
}

void HpackEncoder::encode_other(const Field& line, Guess& guess, ByteBlock& block) {
  const size_t static_name = find_static_name(line.name, guess);
  if (static_name != 0) {
    if (const size_t index = find_static_line(line, static_name); index != 0) {
      guess = static_cast<Guess>(index);
      return put_number(block, indexed_line, index);
    }
    const Representation& literal = literal_of(static_name, line.value.size());
    if (literal.first != literal_to_index.first) {
      guess = static_cast<Guess>(static_name);
      return put_literal(block, literal, static_name, line);
    }
  }

  Number& newest = newest_[hash_of(line)];
  if (const size_t age = age_of(line, newest); age < table_.size()) {
    guess = guess_of(table_.number_of(age));
    return put_number(block, indexed_line, first_dynamic + age);
  }
  const size_t name_index = static_name != 0 ? static_name : index_of_name(line.name);
  const size_t bytes = line.name.size() + line.value.size() + hpack::line_overhead;
  if (bytes > table_.limit() - table_.limit() / 4)
    return put_literal(block, literal_not_indexed, name_index, line);
  put_literal(block, literal_to_index, name_index, line);
  table_.add(line.name, line.value);
  table_.link(table_.newest()) = newest;
  newest = table_.newest();
  guess = guess_of(newest);
}

size_t HpackEncoder::age_of(const Field& line, Number newest) {
  // Each is older than the one before. Where it is not, that has left, and its number means another.
  size_t least = 0;
  for (size_t age = table_.age_of(newest); age >= least && age < table_.size();
       least = age + 1, age = table_.age_of(newest)) {
    if (same_line(table_[age], line)) return age;
    newest = table_.link(newest);
  }
  return table_.size();
}

size_t HpackEncoder::index_of_name(std::string_view name) const {
  for (size_t age = 0; age < table_.size(); ++age) {
    if (same_text(table_[age].name(), name)) return first_dynamic + age;
  }
  return 0;
}

}  // namespace astray::http2
