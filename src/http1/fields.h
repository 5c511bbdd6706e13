#pragma once
// A field line is one "name: value" of a message head or its trailers (RFC 9110 §5.2). The order and the
// spelling of the wire are kept: who asks whether two Host lines were sent must be able to see both.
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace astray::http1 {

struct Field {
  std::string_view name;   ///< as it was spelled
  std::string_view value;  ///< without the blanks around it
  bool operator==(const Field&) const = default;
};

/// The field lines of one head, in the order of the wire. Borrowed: valid as long as the event it came in.
class Fields {
 public:
  Fields() = default;
  explicit Fields(std::span<const Field> lines) : lines_(lines) {}

  auto begin() const { return lines_.begin(); }
  auto end() const { return lines_.end(); }
  size_t size() const { return lines_.size(); }
  const Field& operator[](size_t index) const { return lines_[index]; }

  /// The value of the first line of this name, whatever its letter case.
  std::optional<std::string_view> find(std::string_view name) const;
  /// How many lines have this name.
  size_t count(std::string_view name) const;
  /// Whether a line of this name lists `token` (RFC 9110 §5.6.1), whatever its letter case: "close" in
  /// "Connection: TE, close".
  bool lists(std::string_view name, std::string_view token) const;

 private:
  std::span<const Field> lines_;
};

/// Takes the next non-empty element off a comma-separated list (RFC 9110 §5.6.1), without blanks around it;
/// nothing when none is left. Commas in quoted strings are not known here: for lists of tokens.
std::optional<std::string_view> take_list_element(std::string_view& list);

}  // namespace astray::http1
