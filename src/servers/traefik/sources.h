#pragma once
// Which files are Traefik's, and what each of them is.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/traefik/definitions.h"

namespace astray::traefik {

enum class FileRole : uint8_t { none, statics, dynamic, both, compose, objects };

/// What one document is; `both`: the file provider may be given the static file itself.
FileRole role_of(const Node* document);

/// A static or dynamic file, a Compose file with labels for Traefik, Traefik's Kubernetes objects; or a folder with
/// any of them.
bool recognise(FileSource& files, std::string_view path);

/// Files of a folder that can be read: *.yaml, *.yml, *.toml, and of Kubernetes *.json; a file stands for itself.
std::vector<std::string> candidates(FileSource& files, std::string_view path);

/// Whether words of Traefik are in the text at all: most files are none of its.
bool has_words(std::string_view text);

}  // namespace astray::traefik
