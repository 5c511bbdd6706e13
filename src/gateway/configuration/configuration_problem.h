#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"

namespace astray::gateway {

enum class Severity : uint8_t { error, warning };

/// Something about a configuration that a person must know. With errors there is nothing to run.
struct ConfigurationProblem {
  Severity severity = Severity::error;
  SourceSpan place;
  std::string message;  ///< what is wrong, what was expected, what to do
};

/// "gateway.yaml:3:5: …", "gateway.yaml:3:5: warning: …".
std::string describe(const ConfigurationProblem& problem, std::string_view file_name);
bool has_errors(const std::vector<ConfigurationProblem>& problems);

}  // namespace astray::gateway
