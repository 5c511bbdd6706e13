#pragma once
#include <cstdint>
#include <string_view>

#include "base/source_span.h"

namespace astray {

/// How a value came to be. Only the reader sets it; a rule says what it does with `unknowable` and never guesses.
enum class Provenance : uint8_t {
  default_value,  ///< nothing states it: the server's default in this version
  set,            ///< stated where it applies
  inherited,      ///< stated in an outer block; the span points there
  unknowable,     ///< a variable, script, environment or unread file decides
};
std::string_view to_string(Provenance provenance);

/// A configured value with the place that states it.
template <typename T>
struct Setting {
  T value{};
  SourceSpan span{};
  Provenance provenance = Provenance::default_value;

  bool known() const { return provenance != Provenance::unknowable; }
  bool stated() const { return provenance == Provenance::set || provenance == Provenance::inherited; }
};

}  // namespace astray
