#include "http2/hpack/decoder.h"

#include <algorithm>

#include "base/check.h"
#include "http2/hpack/huffman.h"
#include "http2/hpack/integer.h"
#include "http2/hpack/representation.h"
#include "http2/hpack/static_table.h"

namespace astray::http2 {
namespace {

/// RFC 7541 section 4.2: the smallest that there was in between, and the last.
constexpr int most_size_updates = 2;

size_t times(size_t limit, size_t patience) {
  size_t product = 0;
  return __builtin_mul_overflow(limit, patience, &product) ? SIZE_MAX : product;
}

struct String {
  std::string_view bytes;
  bool is_coded = false;

  size_t most_bytes() const { return is_coded ? hpack::most_of_huffman(bytes.size()) : bytes.size(); }
  /// One behind the last byte, or null.
  char* put(char* to) const { return is_coded ? hpack::read_huffman(to, bytes) : put_bytes(to, bytes); }
};

/// Section 5.2.
bool read_string(const uint8_t*& at, const uint8_t* end, String& string) {
  if (at == end) return false;
  string.is_coded = hpack::huffman_string.begins(*at);
  uint32_t size = 0;
  if (!hpack::read_integer(at, end, hpack::huffman_string.number_bits, size) ||
      size > static_cast<size_t>(end - at))
    return false;
  string.bytes = {reinterpret_cast<const char*>(at), size};
  at += size;
  return true;
}

}  // namespace

struct HpackDecoder::Reading {
  const uint8_t* at;
  const uint8_t* end;
  Fields* fields;  ///< null: lines are not added, or no longer
  const Limits& limits;
  size_t bytes_left = limits.bytes;
  size_t lines_left = limits.fields;
  Outcome outcome = Outcome::complete;
  ByteBlock unwanted{};  ///< room for lines that are not added

  bool has_more() const { return at != end; }
  bool fits(size_t size) const { return size <= bytes_left && lines_left != 0; }
  void take(size_t size) {
    bytes_left -= size;
    --lines_left;
  }
  /// One line more, of so many bytes with its overhead. False when it is not even to be read.
  bool count(size_t size) {
    if (!fits(size) && !go_beyond(size)) return false;
    take(size);
    return true;
  }
  /// For a line that does not fit: lines are no longer added, and patience begins, or ends.
  [[gnu::noinline]] bool go_beyond(size_t size) {
    if (outcome == Outcome::complete) {
      fields = nullptr;
      outcome = Outcome::cut;
      bytes_left = times(limits.bytes, limits.patience) - (limits.bytes - bytes_left);
      lines_left = times(limits.fields, limits.patience) - (limits.fields - lines_left);
    }
    if (fits(size)) return true;
    outcome = Outcome::too_large;
    return false;
  }
  bool is_malformed() {
    outcome = Outcome::malformed;
    return false;
  }
};

HpackDecoder::HpackDecoder(size_t table_bytes)
    : table_(std::min(table_bytes, hpack::usual_table_bytes)),
      announced_(static_cast<uint32_t>(table_bytes)) {
  CHECK(table_bytes <= hpack::largest_table_bytes);
}

inline bool HpackDecoder::find(uint32_t index, hpack::Line& line) const {
  if (index - 1 < hpack::static_lines) {
    line = hpack::static_table[index];
    return true;
  }
  const size_t age = size_t{index} - hpack::static_lines - 1;  // beyond all for 0
  if (age >= table_.size()) return false;
  line = table_[age];
  return true;
}

bool HpackDecoder::update_table(Reading& reading) {
  uint32_t size = 0;
  if (!hpack::read_integer(reading.at, reading.end, hpack::table_update.number_bits, size) ||
      size > announced_)
    return reading.is_malformed();
  table_.set_limit(size);
  return true;
}

bool HpackDecoder::read_literal(Reading& reading, uint8_t first) {
  const bool is_remembered = hpack::literal_to_index.begins(first);
  const int index_bits =
      is_remembered ? hpack::literal_to_index.number_bits : hpack::literal_not_indexed.number_bits;
  uint32_t index = 0;
  if (!hpack::read_integer(reading.at, reading.end, index_bits, index)) return reading.is_malformed();
  String name;
  if (index == 0) {
    if (!read_string(reading.at, reading.end, name)) return reading.is_malformed();
  } else {
    hpack::Line line{};
    if (!find(index, line)) return reading.is_malformed();
    name.bytes = line.name();
  }
  String value;
  if (!read_string(reading.at, reading.end, value)) return reading.is_malformed();

  // A name of the table is copied before the table changes: its line may be what leaves (section 4.4).
  // One byte more than is needed: of none, there may be no room, and null means an error.
  const size_t most_bytes = name.most_bytes() + value.most_bytes() + 1;
  char* const begin =
      reading.fields != nullptr ? reading.fields->room(most_bytes) : reading.unwanted.room(most_bytes);
  char* const middle = name.put(begin);
  if (middle == nullptr) return reading.is_malformed();
  char* const end = value.put(middle);
  if (end == nullptr) return reading.is_malformed();
  const auto name_size = static_cast<size_t>(middle - begin);
  const auto value_size = static_cast<size_t>(end - middle);
  if (!reading.count(name_size + value_size + hpack::line_overhead)) return false;
  if (is_remembered) table_.add({begin, name_size}, {middle, value_size});
  if (reading.fields != nullptr) reading.fields->add_line(name_size, value_size);
  return true;
}

bool HpackDecoder::read_indexed(Reading& reading) {
  // What the loop changes is copied: bytes that are written might be a part of `reading`, for all that the
  // compiler knows.
  const uint8_t* at = reading.at;
  const uint8_t* const end = reading.end;
  Fields* fields = reading.fields;
  size_t bytes_left = reading.bytes_left;
  size_t lines_left = reading.lines_left;
  do {
    uint32_t index = 0;
    hpack::Line line;
    if (!hpack::read_integer(at, end, hpack::indexed_line.number_bits, index) || !find(index, line))
      return reading.is_malformed();
    const size_t size = line.size() + hpack::line_overhead;
    if (size > bytes_left || lines_left == 0) {
      reading.bytes_left = bytes_left;
      reading.lines_left = lines_left;
      if (!reading.go_beyond(size)) return false;
      bytes_left = reading.bytes_left;
      lines_left = reading.lines_left;
      fields = nullptr;
    }
    bytes_left -= size;
    --lines_left;
    if (fields != nullptr)
      put_bytes(fields->add_line(line.name_size, line.value_size), {line.bytes, line.size()});
  } while (at != end && hpack::indexed_line.begins(*at));
  reading.at = at;
  reading.bytes_left = bytes_left;
  reading.lines_left = lines_left;
  return true;
}

HpackDecoder::Outcome HpackDecoder::decode(std::string_view block, Fields* fields, const Limits& limits) {
  const auto* const begin = reinterpret_cast<const uint8_t*>(block.data());
  Reading reading{.at = begin, .end = begin + block.size(), .fields = fields, .limits = limits};
  for (int updates = 0; reading.has_more() && hpack::table_update.begins(*reading.at); ++updates) {
    if (updates == most_size_updates || !update_table(reading)) return Outcome::malformed;
  }
  while (reading.has_more()) {
    const uint8_t first = *reading.at;
    if (hpack::indexed_line.begins(first)) {
      if (!read_indexed(reading)) break;
    } else if (hpack::table_update.begins(first)) {
      return Outcome::malformed;  // section 4.2: at the beginning of a block alone
    } else if (!read_literal(reading, first)) {
      break;
    }
  }
  return reading.outcome;
}

}  // namespace astray::http2
