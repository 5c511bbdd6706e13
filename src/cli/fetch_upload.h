#pragma once
// -T: bodies that are read while they are sent.
#include <memory>
#include <string>

#include "base/result.h"
#include "client/request.h"
#include "io/epoll_loop.h"

namespace astray {

/// Opens the file now, so that a missing one fails before anything is sent. "-" is standard input, which is
/// read as it comes and cannot be sent twice. The loop outlives it.
Result<std::shared_ptr<client::BodySource>> open_upload(const std::string& path, EpollLoop& loop);

}  // namespace astray
