#pragma once
// The keys of the configuration, each stated once: reader, printer, JSON schema and reference all go through
// these tables, so that none can know a key that another does not.
//
//   KeysOf<T>::each(visit, settings)   calls visit(Key, member) for every key of T, in the order of the
//   reference KeysOf<T>::shorthand(settings)     the member that a single value stands for, where T has one
//   KeysOf<T>::word                    the word that stands for the absence of T (OrWord)
//   KeysOf<T>::choice                  keys of which at most, or exactly, one may be said
#include <cstdint>
#include <span>
#include <string_view>

namespace astray::gateway {

/// A list that is required, or that replaces a default (`filled`), is not empty.
enum class Need : uint8_t { optional, filled, required };

struct Key {
  std::string_view name;
  std::string_view text;  ///< for the reference and the schema: what it does, not its type
  Need need = Need::optional;
  /// Of a number, of a duration in milliseconds, of a size in bytes.
  uint64_t least = 0;
  uint64_t most = 999'999'999;
};

struct Choice {
  std::span<const std::string_view> keys{};
  Need need = Need::optional;
};

template <typename T>
struct KeysOf;

template <typename T>
constexpr Choice choice_of() {
  if constexpr (requires { KeysOf<T>::choice; })
    return {KeysOf<T>::choice, KeysOf<T>::choice_need};
  else
    return {};
}

constexpr uint64_t hour = 3'600'000;
constexpr uint64_t day = 24 * hour;

}  // namespace astray::gateway
