#pragma once
// Which paths one of our own ports has, who may ask for them, and what they answer; without a socket.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/task.h"
#include "names/endpoint.h"
#include "names/hostname.h"
#include "web/answer.h"
#include "web/request.h"

namespace astray::web {

/// Whom a port answers beyond what anybody may ask (RFC 6750 §2.1).
class BearerToken {
 public:
  /// `secret`: not empty.
  explicit BearerToken(std::string secret) : secret_(std::move(secret)) {}
  /// `authorization`: value of the field. Takes as long for a wrong token as for the right one of its length.
  bool admits(std::string_view authorization) const;

 private:
  std::string secret_;
};

enum class Use : uint8_t {
  read,    ///< GET, HEAD
  change,  ///< POST, not from a page of another site
  follow,  ///< GET of an EventStream, not from a page of another site
};

enum class Access : uint8_t {
  anybody,
  token_if_set,  ///< whoever has the token of the site; anybody where it has none
  token,         ///< whoever has the token of the site; nobody where it has none
};

struct Route {
  std::string path{};
  Use use = Use::read;
  Access access = Access::anybody;
  /// The request lives until the task has ended.
  std::function<Task<Reply>(const Request&)> answer{};
};
/// For routes that need not wait: `[this](const Request&) { return at_once(answer_state()); }`.
Task<Reply> at_once(Reply reply);

struct Site {
  Endpoint configured;            ///< the address that the configuration gives to this port
  std::vector<Hostname> names{};  ///< that lead here beside loopback's, such as a proxy's in front
  std::optional<BearerToken> token{};
  std::vector<Route> routes{};
};

/// Pages of other origins get nothing: Host must be a loopback name or address, one of the site's names, or
/// the address that the configuration gives to this port (any address where that is unspecified), so that no
/// name of a stranger can lead here (DNS rebinding). Site and request outlive the task.
Task<Reply> answer(const Site& site, const Request& request);

}  // namespace astray::web
