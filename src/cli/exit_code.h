#pragma once

namespace astray {

/// What every command's exit status means.
enum class ExitCode : int {
  success = 0,   ///< done; an audit: nothing found at or above --fail-on
  findings = 1,  ///< an audit: something found
  failure = 2,   ///< could not do it, or not all of it: never a pass
};

}  // namespace astray
