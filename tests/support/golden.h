#pragma once
#include <string>
#include <string_view>

namespace astray::test {

/// The whole file; fails the running test and returns "" when it cannot be read.
std::string read_file(const std::string& path);

/// Compares with the golden file; with ASTRAY_UPDATE=1 in the environment, rewrites it instead (review the diff).
void expect_golden(const std::string& path, std::string_view actual);

}  // namespace astray::test
