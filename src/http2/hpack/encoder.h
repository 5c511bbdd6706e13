#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/byte_block.h"
#include "http2/field.h"
#include "http2/hpack/dynamic_table.h"

namespace astray::http2 {

/// One direction of a connection, RFC 7541 section 3. Without heap memory before the first line that is
/// remembered.
class HpackEncoder {
 public:
  /// The peer's SETTINGS_HEADER_TABLE_SIZE. The next block says so where RFC 7541 section 4.2 asks for it; of
  /// a larger one 4096 are used.
  void limit_table(size_t bytes);
  /// Appends a field block. Names and values go out byte by byte as they are (also odd ones: upper case,
  /// empty, any bytes).
  void encode(const Fields& fields, ByteBlock& block);
  /// The same line by line: after begin(), put() for the n-th line, from 0.
  void begin(ByteBlock& block) {
    if (told_limit_ != table_.limit() || smallest_limit_ != told_limit_) put_size_updates(block);
  }
  void put(size_t n, const Field& line, ByteBlock& block);

 private:
  using Number = hpack::DynamicTable::Number;
  /// A line's index in the static table; or, behind those, its place in the dynamic one.
  using Guess = uint8_t;

  void put_size_updates(ByteBlock& block);
  /// In both tables. 0: the line at `guess` is another, or has left.
  size_t index_at(Guess guess, const Field& line) const;
  /// What `guess` does not fit. It is made better.
  void encode_other(const Field& line, Guess& guess, ByteBlock& block);
  Guess guess_of(Number number) const;
  /// Of this line, whose hash leads to `newest`; or the dynamic table's size.
  size_t age_of(const Field& line, Number newest);
  /// Of the newest line with this name in the dynamic table, or 0.
  size_t index_of_name(std::string_view name) const;

  hpack::DynamicTable table_{hpack::usual_table_bytes};
  uint16_t smallest_limit_ = hpack::usual_table_bytes;  ///< since the last block
  uint16_t told_limit_ = hpack::usual_table_bytes;      ///< what the peer knows
  /// What the n-th line of the last block was. Those of the next one are the same, mostly.
  std::array<Guess, 32> guesses_{};
  /// By hash, the newest line that has it; each leads to the one before.
  std::array<Number, 32> newest_{};
};

}  // namespace astray::http2
