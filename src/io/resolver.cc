#include "io/resolver.h"

namespace astray {

std::string_view to_string(ResolveError::Kind kind) {
  switch (kind) {
    case ResolveError::Kind::not_found:
      return "not_found";
    case ResolveError::Kind::no_data:
      return "no_data";
    case ResolveError::Kind::refused:
      return "refused";
    case ResolveError::Kind::timed_out:
      return "timed_out";
    case ResolveError::Kind::server_failed:
      return "server_failed";
    case ResolveError::Kind::unreachable:
      return "unreachable";
    case ResolveError::Kind::bad_response:
      return "bad_response";
    case ResolveError::Kind::bad_setup:
      return "bad_setup";
    case ResolveError::Kind::other:
      return "other";
  }
  return {};
}

}  // namespace astray
