#include "proxy/back/back_request.h"

namespace astray::proxy {

std::string_view to_string(BackFailure::Kind kind) {
  switch (kind) {
    case BackFailure::Kind::unavailable:
      return "unavailable";
    case BackFailure::Kind::overloaded:
      return "overloaded";
    case BackFailure::Kind::unreachable:
      return "unreachable";
    case BackFailure::Kind::handshake:
      return "handshake";
    case BackFailure::Kind::closed_early:
      return "closed-early";
    case BackFailure::Kind::malformed:
      return "malformed";
    case BackFailure::Kind::timed_out:
      return "timed-out";
  }
  return {};
}

}  // namespace astray::proxy
