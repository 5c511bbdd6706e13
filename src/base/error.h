#pragma once
#include <string>

namespace astray {

/// A failure of the world, told to a person: what happened, where, what was expected, what to do next.
struct Error {
  std::string message;
};

}  // namespace astray
