#pragma once
#include <string>
#include <string_view>

namespace astray {

/// A value for Sec-WebSocket-Key: 16 random bytes in base64 (RFC 6455 §4.1).
std::string make_websocket_key();

/// The Sec-WebSocket-Accept with which a server answers the key (RFC 6455 §4.2.2): it shows that it has read the request as
/// one for WebSocket, and keeps nothing secret.
std::string websocket_accept(std::string_view key);

}  // namespace astray
