#pragma once
#include <memory>
#include <string_view>

#include "servers/model/server.h"

namespace astray::nginx {

bool recognise(FileSource& files, std::string_view path);
Result<Deployment> read(std::string_view path, const ReadOptions& options);
std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment);

}  // namespace astray::nginx
