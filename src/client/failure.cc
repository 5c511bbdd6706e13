#include "client/failure.h"

namespace astray::client {

std::string_view to_string(Phase phase) {
  constexpr std::string_view words[] = {"prepare",       "wait",      "resolve", "connect",
                                        "proxy-tunnel",  "handshake", "request", "response-head",
                                        "response-body", "done"};
  return words[static_cast<size_t>(phase)];
}

std::string_view to_string(FailureKind kind) {
  constexpr std::string_view words[] = {
      "none",
      "invalid-request",
      "identity-split",
      "resolve-failed",
      "connect-failed",
      "proxy-failed",
      "proxy-refused",
      "handshake-failed",
      "certificate-refused",
      "protocol-refused",
      "timed-out",
      "closed-early",
      "reset",
      "malformed-response",
      "body-source-failed",
      "redirect-refused",
      "decoding-failed",
      "too-large",
      "local-limit",
      "client-closed",
  };
  static_assert(std::size(words) == failure_kind_count);
  return words[static_cast<size_t>(kind)];
}

}  // namespace astray::client
