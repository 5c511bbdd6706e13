#pragma once
#include <tl/expected.hpp>

#include "base/error.h"

namespace astray {

/// A value, or why there is none. Domain answers (a verdict, a finding) are values, not errors.
template <typename T, typename E = Error>
using Result = tl::expected<T, E>;

template <typename E>
using Failure = tl::unexpected<E>;

/// `return failure("…")` in a function that returns Result<T>.
inline Failure<Error> failure(std::string message) {
  return Failure<Error>(Error{std::move(message)});
}

}  // namespace astray
