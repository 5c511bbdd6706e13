#pragma once
// The configuration file, read. All problems of the text are found in one go; what names what, and whether
// the certificates fit, is check_configuration.h's question.
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "gateway/configuration/reading_problems.h"

namespace astray::gateway {

struct ReadConfiguration {
  Configuration configuration;  ///< complete only without errors
  std::vector<ConfigurationProblem> problems;
};

/// `folder` is what relative paths of files begin with: the absolute folder of the file; "": they stay
/// relative.
ReadConfiguration read_configuration(std::string_view yaml, std::string_view folder);

}  // namespace astray::gateway
