#pragma once
// A JSON document of any size, taken apart without being held: captures are one document of gigabytes.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "explain/source.h"

namespace astray::explain {

/// Finds the values at given paths, in the order in which they stand. A document that is cut off tells all
/// that came before. It is taken apart by brackets and quotes alone: whoever parses a piece says whether it
/// is JSON.
class JsonPieces {
 public:
  /// Bytes that may be read behind a piece, as simdjson wants.
  static constexpr size_t padding = 64;

  /// `wanted` (borrowed): "constants" for a member, "log.entries[]" for each element of an array. Of a larger
  /// piece than `most_bytes` only the beginning is kept.
  JsonPieces(ByteSource& bytes, std::span<const std::string_view> wanted, size_t most_bytes);

  struct Piece {
    size_t which = 0;       ///< of `wanted`
    std::string_view text;  ///< until the next call
    uint64_t line = 0;      ///< where it begins, from 1
    bool too_large = false;
  };
  /// Nothing when the bytes are at their end.
  std::optional<Piece> next();

  /// Whether the document's last bracket came.
  bool complete() const { return complete_; }
  /// Why the bytes stopped, if they did not just end.
  const std::optional<Error>& error() const { return error_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t lines() const { return newlines_ + (ends_with_newline_ ? 0 : 1); }

 private:
  enum class State : uint8_t { between, key, value, scalar, behind };
  struct Level {
    bool array;
    size_t path_size;  ///< of what leads here
  };
  bool fill();
  /// Reads on within the value at hand; whether it ended.
  bool read_value();
  void begin_value(char first);
  void read_between(char c);

  ByteSource& source_;
  std::span<const std::string_view> wanted_;
  size_t most_bytes_;
  std::vector<char> chunk_;
  size_t at_ = 0;
  size_t end_ = 0;

  State state_ = State::between;
  std::vector<Level> levels_;
  std::string path_;
  std::string key_;
  bool value_next_ = true;
  bool in_string_ = false;
  bool escaped_ = false;
  size_t nested_ = 0;
  std::optional<size_t> capturing_;
  std::string piece_;
  uint64_t piece_line_ = 0;
  bool too_large_ = false;

  uint64_t bytes_ = 0;
  uint64_t newlines_ = 0;
  bool ends_with_newline_ = true;
  bool complete_ = false;
  std::optional<Error> error_;
};

}  // namespace astray::explain
