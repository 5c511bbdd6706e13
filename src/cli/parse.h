#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/nearest.h"
#include "base/result.h"
#include "cli/arguments.h"

namespace astray {

/// What a command line asks for.
struct Invocation {
  enum class Kind : uint8_t {
    run,   ///< `command` with `arguments`
    help,  ///< of `command`, or of the whole when it is null
    version,
    nothing,  ///< an empty command line
  };
  Kind kind = Kind::nothing;
  const Command* command = nullptr;
  std::optional<Arguments> arguments;  ///< of a command that is run
  std::string color = "auto";          ///< "auto", "always", "never"
};

/// A command line that means nothing: what is wrong, what was probably meant.
struct UsageError {
  const Command* command;  ///< the one it was about; null when none was recognised
  std::string message;
};

/// `words` is the command line without the program's name.
Result<Invocation, UsageError> parse_command_line(const std::vector<std::string>& words);

}  // namespace astray
