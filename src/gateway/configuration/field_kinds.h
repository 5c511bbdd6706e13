#pragma once
// What kinds of member the visitors of fields.h meet.
#include <type_traits>
#include <vector>

#include "gateway/configuration/configuration_fields.h"
#include "gateway/configuration/scalar_expectations.h"
#include "gateway/configuration/words.h"

namespace astray::gateway {

template <typename T, template <typename...> typename Template>
constexpr bool is_a = false;
template <template <typename...> typename Template, typename... T>
constexpr bool is_a<Template<T...>, Template> = true;

template <typename T>
concept Chosen = std::is_enum_v<T>;
template <typename T>
concept Single = requires {
  Scalar<T>::expected;
};
template <typename T>
concept Section = requires(T& settings) {
  sizeof(KeysOf<T>);
}
&&!Chosen<T> && !Single<T>;

/// A value that one YAML scalar holds.
template <typename T>
constexpr bool is_leaf = Chosen<T> || Single<T>;
template <typename T>
constexpr bool is_leaf<Placed<T>> = is_leaf<T>;
template <typename T>
constexpr bool is_leaf<std::optional<T>> = is_leaf<T>;

/// T without Placed.
template <typename T>
struct Bare {
  using Type = T;
};
template <typename T>
struct Bare<Placed<T>> {
  using Type = T;
};
template <typename T>
using BareType = typename Bare<T>::Type;

template <typename T>
const T& bare(const T& value) {
  return value;
}
template <typename T>
const T& bare(const Placed<T>& value) {
  return value.value;
}

/// "one of reject, default", "a duration such as 5s, …".
template <typename T>
std::string expectation_of() {
  if constexpr (Chosen<T>) {
    std::string text;
    const size_t count = std::size(Words<T>::all);
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) text += i + 1 == count ? " or " : ", ";
      text += Words<T>::all[i].first;
    }
    return text;
  } else {
    return std::string(Scalar<T>::expected);
  }
}

template <typename T>
std::string print_leaf(const T& value) {
  if constexpr (Chosen<T>)
    return std::string(word_of(value));
  else
    return print_scalar(value);
}

/// " from 1 to 100"; "" where the key sets no limit.
template <typename T>
std::string limits_text(const Key& key) {
  if constexpr (Limited<T>) {
    const auto print = [](uint64_t number) {
      if constexpr (std::is_same_v<T, Milliseconds>)
        return print_scalar(Milliseconds(static_cast<int64_t>(number)));
      else if constexpr (std::is_same_v<T, ByteCount>)
        return print_scalar(ByteCount{number});
      else
        return std::to_string(number);
    };
    return " from " + print(key.least) + " to " + print(key.most);
  } else {
    return "";
  }
}

/// The names of a section's keys.
struct KeyNames {
  std::vector<std::string_view> names;
  template <typename M>
  void operator()(const Key& key, M&) {
    names.push_back(key.name);
  }
};

template <typename S>
std::vector<std::string_view> keys_of(S& settings) {
  KeyNames keys;
  KeysOf<S>::each(keys, settings);
  return keys.names;
}

}  // namespace astray::gateway
