#pragma once
#include <optional>
#include <string>
#include <vector>

#include "audit/waivers.h"
#include "base/result.h"

namespace astray {

inline constexpr std::string_view waivers_file_name = ".astray-ignore.yaml";

/// The nearest .astray-ignore.yaml in the folder of a configuration or above it, up to the root; for standard
/// input
/// ("-") from the folder where astray runs. Nothing when there is none. An Error when two configurations have
/// different ones.
Result<std::optional<std::string>> find_waivers_file(const std::vector<std::string>& configurations);

/// An Error names the file, and the line where it is malformed.
Result<Waivers> read_waivers(const std::string& path);

}  // namespace astray
