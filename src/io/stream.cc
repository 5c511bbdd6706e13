#include "io/stream.h"

#include "io/error_text.h"

namespace astray {

std::string_view to_string(StreamError::Kind kind) {
  switch (kind) {
    case StreamError::Kind::reset:
      return "reset";
    case StreamError::Kind::timed_out:
      return "timed_out";
    case StreamError::Kind::unreachable:
      return "unreachable";
    case StreamError::Kind::aborted:
      return "aborted";
    case StreamError::Kind::other:
      return "other";
  }
  return {};
}

std::string describe(const StreamError& error) {
  switch (error.kind) {
    case StreamError::Kind::reset:
      return with_system_error("the peer reset the connection", error.system_error);
    case StreamError::Kind::timed_out:
      return with_system_error("the peer does not acknowledge what was sent", error.system_error);
    case StreamError::Kind::unreachable:
      return with_system_error("the peer became unreachable", error.system_error);
    case StreamError::Kind::aborted:
      return with_system_error("the connection was already ended on this side", error.system_error);
    case StreamError::Kind::other:
      break;
  }
  return with_system_error("the connection failed", error.system_error);
}

Task<Result<void, StreamError>> Stream::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    WriteResult written = co_await write_some(bytes);
    if (!written) co_return Failure<StreamError>(written.error());
    bytes.remove_prefix(*written);
  }
  co_return Result<void, StreamError>();
}

}  // namespace astray
