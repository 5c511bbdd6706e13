#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "servers/model/file_source.h"

namespace astray::envoy {

/// A bootstrap, the answer of the admin's /config_dump, or a file of listeners (LDS); or a folder with one of these.
bool recognise(FileSource& files, std::string_view path);

/// Whether a text is one of them.
bool is_configuration(std::string_view text);

/// The configuration that `path` stands for; absent: there is none in the folder, or several.
std::optional<std::string> main_file(FileSource& files, std::string_view path);

}  // namespace astray::envoy
