#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http2/field.h"
#include "http2/hpack/dynamic_table.h"

namespace astray::http2 {

/// One direction of a connection, RFC 7541 section 3. Without heap memory before the first line that is to be
/// remembered.
class HpackDecoder {
 public:
  /// `table_bytes`: SETTINGS_HEADER_TABLE_SIZE as we announced it (RFC 7541 section 4.2), at most 65536. More
  /// than 4096 are used when the peer says so (RFC 9113 section 6.5.2: that is what it begins with).
  explicit HpackDecoder(size_t table_bytes = hpack::usual_table_bytes);

  struct Limits {
    size_t bytes;     ///< of names + values + 32 for each line (RFC 9113 section 10.5.1)
    size_t fields;    ///< lines
    size_t patience;  ///< beyond so many times either, decoding stops; at least 1
  };
  enum class Outcome : uint8_t {
    complete,
    cut,        ///< beyond `bytes` or `fields`: the lines up to there are given, the rest was decoded for the
                ///< table's sake
    too_large,  ///< beyond `patience` times that: the rest was not read, and the connection cannot go on
    malformed,  ///< COMPRESSION_ERROR; what was read before is given, and the connection cannot go on
  };
  /// A whole field block (HEADERS and all CONTINUATION payloads). Lines are added to `fields`, for which the
  /// caller may have reserved memory; null: only the table is kept up, and limits hold as well. Numbers above
  /// 2^32-1, or of more bytes than those need, and a third size update are malformed too.
  Outcome decode(std::string_view block, Fields* fields, const Limits& limits);

 private:
  struct Reading;
  bool update_table(Reading& reading);
  /// One after the other, for as many as follow: most blocks have nothing else.
  bool read_indexed(Reading& reading);
  bool read_literal(Reading& reading, uint8_t first);
  bool find(uint32_t index, hpack::Line& line) const;

  hpack::DynamicTable table_;
  uint32_t announced_;  ///< what a size update must not exceed
};

}  // namespace astray::http2
