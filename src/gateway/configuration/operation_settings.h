#pragma once
#include "gateway/configuration/settings_values.h"
#include "names/endpoint.h"

namespace astray::gateway {

struct AccessLogSettings {
  FilePath path;
  Placed<PlainText> format{{"json"}, {}};  ///< as LogFormat::parse() wants it
};

/// Metrics and state, for the operator alone.
struct AdminSettings {
  Placed<Endpoint> address{{IpAddress::v4({127, 0, 0, 1}), Port(9421)}, {}};
};

struct PeerTimeouts {
  Milliseconds handshake{10000};
  Milliseconds header{10000};  ///< for a whole request head
  Milliseconds body{60000};    ///< between two pieces of a body
  Milliseconds idle{75000};    ///< of a connection without a request
  Milliseconds write{60000};   ///< in which a peer takes nothing
};

/// What a client may use up.
struct PeerLimits {
  ByteCount header_bytes{64 * 1024};
  uint32_t header_fields = 100;
  uint32_t streams = 100;  ///< at a time on an HTTP/2 connection
  uint32_t connections = 100000;
  PeerTimeouts timeouts;
};

struct OperationSettings {
  uint32_t threads = 0;  ///< 0: one for each core
  std::optional<PlainText> user;
  std::optional<PlainText> group;
  std::optional<AccessLogSettings> access_log;
  OrWord<AdminSettings> admin{AdminSettings{}};
  std::optional<Placed<FilePath>> ticket_keys;  ///< absent: random ones, of this process alone
  PeerLimits peers;
  Milliseconds drain{30000};  ///< for requests that are under way when the gateway ends
};

}  // namespace astray::gateway
