#include "tls/engine/session.h"

#include <openssl/ssl.h>

#include <utility>

#include "tls/engine/release.h"
#include "tls/engine/session_access.h"

namespace astray::tls {

struct Session::State {
  std::unique_ptr<SSL_SESSION, Release<SSL_SESSION_free>> session;
  std::optional<std::string> server_name;
};

std::optional<std::string_view> Session::server_name() const {
  if (!state_->server_name) return std::nullopt;
  return std::string_view(*state_->server_name);
}

Version Session::version() const {
  return version_of(SSL_SESSION_get_protocol_version(state_->session.get())).value_or(Version::tls1_2);
}

Session::Resumable Session::resumable() const {
  return SSL_SESSION_is_resumable(state_->session.get()) == 1 ? Resumable::yes : Resumable::no;
}

std::optional<Session> SessionAccess::make(ssl_session_st* session, std::optional<std::string> server_name) {
  auto state = std::make_shared<Session::State>();
  state->session.reset(SSL_SESSION_dup(session));
  if (!state->session) return std::nullopt;
  state->server_name = std::move(server_name);
  return Session(std::move(state));
}

ssl_session_st* SessionAccess::copy(const Session& session) {
  return SSL_SESSION_dup(session.state_->session.get());
}

}  // namespace astray::tls
