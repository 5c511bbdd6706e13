#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tls/engine/words.h"

struct ssl_session_st;

namespace astray::tls {

/// What a client keeps of a connection so that another one may resume it (a ticket or a session id). A
/// handle: copies share it, from any thread, and no connection that it is offered on changes it.
class Session {
 public:
  /// The SNI of the connection that made it; nothing when that sent none.
  std::optional<std::string_view> server_name() const;
  Version version() const;
  /// Would a client offer it at all? Not without ticket and session id.
  enum class Resumable : uint8_t { no, yes };
  Resumable resumable() const;

 private:
  friend class SessionAccess;
  struct State;
  explicit Session(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace astray::tls
