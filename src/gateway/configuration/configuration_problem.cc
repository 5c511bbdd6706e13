#include "gateway/configuration/configuration_problem.h"

#include <algorithm>

#include <fmt/format.h>

namespace astray::gateway {

std::string describe(const ConfigurationProblem& problem, std::string_view file_name) {
  std::string text(file_name);
  if (problem.place.line != 0) text += fmt::format(":{}:{}", problem.place.line, problem.place.column);
  text += problem.severity == Severity::warning ? ": warning: " : ": ";
  return text + problem.message;
}

bool has_errors(const std::vector<ConfigurationProblem>& problems) {
  return std::ranges::any_of(
      problems, [](const ConfigurationProblem& problem) { return problem.severity == Severity::error; });
}

}  // namespace astray::gateway
