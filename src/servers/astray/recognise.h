#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "servers/model/file_source.h"

namespace astray::own_gateway {

/// A file that reads as YAML with the keys `listeners` and `virtual_hosts`, or a folder that has just one.
bool recognise(FileSource& files, std::string_view path);

/// The configuration that `path` stands for: itself, or the only one of its folder; absent: there is none, or
/// there are several.
std::optional<std::string> main_file(FileSource& files, std::string_view path);

}  // namespace astray::own_gateway
