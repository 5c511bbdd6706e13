#pragma once
#include <optional>
#include <string>

#include "tls/engine/session.h"

namespace astray::tls {

/// What the engines do with a session.
class SessionAccess {
 public:
  /// A copy of OpenSSL's session as it is now; nothing when memory is short.
  static std::optional<Session> make(ssl_session_st* session, std::optional<std::string> server_name);
  /// A copy to offer: OpenSSL writes into the one that it is given, and marks it unfit when a connection
  /// fails. The caller owns it; nullptr when memory is short.
  static ssl_session_st* copy(const Session& session);
};

}  // namespace astray::tls
