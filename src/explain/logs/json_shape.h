#pragma once
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace astray::explain {

/// What the lines of one log have in common: flat JSON objects with the same members in the same order and the same blanks between
/// them. Of a line that has this shape only the values have to be looked for, and nothing has to be parsed.
class JsonShape {
 public:
  /// Whether each byte means itself: ASCII, no control character, nothing escaped. Others are for a parser.
  static bool is_plain(std::string_view line);

  /// Takes on the shape of a plain line that is valid JSON. Where in the line its members' names begin, in their order; nothing, and an
  /// empty shape, when an object or array lies within, or a word that is neither text nor number.
  std::optional<std::vector<const char*>> learn(std::string_view line);
  bool empty() const { return values_.empty(); }

  /// Whether the line begins as this shape does, which mostly tells.
  bool begins(std::string_view line) const { return !empty() && line.starts_with(values_.front().before); }
  /// Hands each value of a plain line to take(index, text), in their order; texts without their quotes. False, perhaps after some of
  /// them, for a line of another shape.
  template <typename Take>
  bool read(std::string_view line, const Take& take) const {
    const char* at = line.data();
    const char* const end = at + line.size();
    for (size_t i = 0; i < values_.size(); ++i) {
      const Value& value = values_[i];
      const size_t size = value.before.size();
      if (static_cast<size_t>(end - at) < size || std::memcmp(at, value.before.data(), size) != 0) return false;
      at += size;
      const char* const value_end = value.quoted ? static_cast<const char*>(std::memchr(at, '"', static_cast<size_t>(end - at)))
                                                 : number_end(at, end);
      if (value_end == nullptr) return false;
      take(i, std::string_view(at, static_cast<size_t>(value_end - at)));
      at = value_end;
    }
    return std::string_view(at, static_cast<size_t>(end - at)) == after_;
  }

 private:
  struct Value {
    std::string before;  ///< all from the end of the value before, which a text's quotes belong to
    bool quoted = false;
  };
  /// Behind a number without an exponent; nullptr where there is none.
  static const char* number_end(const char* at, const char* end);

  std::vector<Value> values_;
  std::string after_;
};

}  // namespace astray::explain
