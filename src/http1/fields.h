#pragma once
// A field line is one "name: value" of a message head or its trailers (RFC 9110 §5.2). The order and the
// spelling of the wire are kept: who asks whether two Host lines were sent must be able to see both.
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "http1/known_field.h"

namespace astray::http1 {

struct Field {
  Field(std::string_view its_name, std::string_view its_value)
      : Field(its_name, its_value, known_field(its_name)) {}
  /// `what` is known_field() of the name.
  Field(std::string_view its_name, std::string_view its_value, KnownField what)
      : name(its_name), value(its_value), known(what) {}

  std::string_view name;   ///< as it was spelled
  std::string_view value;  ///< without the blanks around it
  KnownField known;        ///< which one the name is
  bool operator==(const Field&) const = default;
};

/// The field lines of one head, in the order of the wire. Borrowed: valid as long as the event it came in.
class Fields {
 public:
  Fields() = default;
  explicit Fields(std::span<const Field> lines) : lines_(lines) {
    for (const Field& line : lines) known_.add(line.known);
  }
  /// `known` are those that the lines have.
  Fields(std::span<const Field> lines, KnownFields known) : lines_(lines), known_(known) {}

  auto begin() const { return lines_.begin(); }
  auto end() const { return lines_.end(); }
  size_t size() const { return lines_.size(); }
  const Field& operator[](size_t index) const { return lines_[index]; }

  /// The value of the first line of this name, whatever its letter case.
  std::optional<std::string_view> find(std::string_view name) const;
  std::optional<std::string_view> find(KnownField field) const;
  bool has(KnownField field) const { return known_.has(field); }
  /// How many lines have this name.
  size_t count(KnownField field) const;
  /// Whether a line of this name lists `token` (RFC 9110 §5.6.1), whatever its letter case: "close" in
  /// "Connection: TE, close".
  bool lists(KnownField field, std::string_view token) const;

 private:
  std::span<const Field> lines_;
  KnownFields known_;
};

/// Takes the next non-empty element off a comma-separated list (RFC 9110 §5.6.1), without blanks around it;
/// nothing when none is left. Commas in quoted strings are not known here: for lists of tokens.
std::optional<std::string_view> take_list_element(std::string_view& list);

}  // namespace astray::http1
