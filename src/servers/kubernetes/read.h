#pragma once
#include <string_view>

#include "base/result.h"
#include "servers/model/server.h"

namespace astray::kubernetes {

/// Of the Gateway API, whose text is modelled.
inline constexpr Version newest = {1, 6, 0};

/// A file or a folder that has a Gateway of the Gateway API, or an Ingress; texts that lack the words are not parsed.
bool recognise(FileSource& files, std::string_view path);

/// The objects of a file, or of all files of a folder, as one cluster: its gateways and Ingress controllers.
Result<Deployment> read(std::string_view path, const ReadOptions& options);

}  // namespace astray::kubernetes
