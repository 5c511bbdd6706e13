#pragma once
// A request and a response on their way through the gateway, whatever protocol either side speaks.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "http2/field.h"
#include "names/port.h"

namespace astray::gateway {

/// Field lines that travel end to end: names in lower case, in the order they came. Without pseudo-header
/// fields, Host, Content-Length, and whatever belongs to one connection alone (RFC 9110 §7.6.1: Connection
/// and what it names, Transfer-Encoding, Keep-Alive, Upgrade, Proxy-Connection; TE but for "trailers").
using Fields = http2::Fields;

enum class Body : uint8_t { none, follows };

struct RequestHead {
  std::string method{};
  Scheme scheme = Scheme::https;
  std::string authority{};  ///< Host or :authority, as it is to be sent
  std::string target{};     ///< path and query; "*" of OPTIONS; "" of a plain CONNECT
  /// The protocol that the client would like to speak from here on: the token of Upgrade in HTTP/1.1
  /// (RFC 9110 §7.8), or :protocol of an extended CONNECT in HTTP/2 (RFC 8441), whose method is then "GET"
  /// here: "websocket". Empty: none.
  std::string upgrade{};
  Fields fields{};
  Body body = Body::none;
  std::optional<uint64_t> content_length{};  ///< bytes; with Body::follows alone
  bool expects_continue = false;             ///< "Expect: 100-continue" (RFC 9110 §10.1.1)
};

/// WebSocket's handshake has a key and an answer to it in HTTP/1.1 alone (RFC 6455 §4; RFC 8441 §5): each side of the gateway
/// makes or checks what its own protocol has.
inline constexpr std::string_view websocket_key_name = "sec-websocket-key";
inline constexpr std::string_view websocket_accept_name = "sec-websocket-accept";
inline bool is_websocket(const RequestHead& head) { return ascii_iequals(head.upgrade, "websocket"); }

struct ResponseHead {
  int status = 200;  ///< 101: both sides go over to the upgrade's protocol, and body means its bytes
  Fields fields{};
  Body body = Body::none;
  std::optional<uint64_t> content_length{};  ///< bytes; also without a body, where HEAD or 304 tell it
};

}  // namespace astray::gateway
