#pragma once
#include "gateway/configuration/settings_values.h"

namespace astray::gateway {

enum class BackProtocol : uint8_t {
  http1,  ///< HTTP/1.1 in clear
  h2c,    ///< HTTP/2 in clear, with prior knowledge
  h2,     ///< HTTP/2 over TLS
  https,  ///< HTTP/1.1 over TLS
};
constexpr bool uses_tls(BackProtocol protocol) {
  return protocol == BackProtocol::h2 || protocol == BackProtocol::https;
}

struct VerifySettings {
  std::optional<Placed<FilePath>> authorities;  ///< absent: the system's
  std::optional<Host> name;                     ///< absent: the name of the SNI that is sent
};

struct ClientCertificateFiles {
  Placed<FilePath> certificate;
  Placed<FilePath> key;
};

enum class BalancingMethod : uint8_t { round_robin, least_requests, two_choices, consistent_hash };
enum class HashedPart : uint8_t { client_address, authority, path, header };

struct BalancingSettings {
  BalancingMethod method = BalancingMethod::two_choices;
  HashedPart key = HashedPart::client_address;  ///< read by consistent_hash alone
  std::optional<FieldName> header;              ///< of HashedPart::header
};

/// A request of the gateway's own to each address.
struct ActiveHealthSettings {
  UrlPathText path{"/"};
  std::optional<Host> host;  ///< the authority it asks for; absent: the address
  Milliseconds interval{5000};
  Milliseconds timeout{2000};
  uint32_t healthy_after = 2;
  uint32_t unhealthy_after = 3;
};

/// What ordinary requests show: an address rests after failures in a row.
struct PassiveHealthSettings {
  uint32_t failures = 5;
  Milliseconds rest{10000};
};

struct HealthSettings {
  std::optional<ActiveHealthSettings> active;
  OrWord<PassiveHealthSettings> passive{PassiveHealthSettings{}};
};

struct BackTimeouts {
  Milliseconds connect{5000};    ///< TCP and TLS
  Milliseconds response{60000};  ///< from the end of the request to the head of the response
  Milliseconds idle{60000};      ///< of a kept connection
};

struct BackLimits {
  uint32_t connections = 1024;               ///< to each address, of each thread
  uint32_t waiting = 1024;                   ///< requests that wait for a connection
  uint32_t requests_per_connection = 10000;  ///< then it is closed
};

struct BackSettings {
  Placed<Label> name;
  std::vector<Placed<BackAddress>> addresses;
  BackProtocol protocol = BackProtocol::http1;
  OrWord<VerifySettings> verify{VerifySettings{}};
  std::optional<ClientCertificateFiles> client_certificate;
  BalancingSettings balancing;
  HealthSettings health;
  uint32_t connect_retries = 1;  ///< at other addresses, before a byte of the request was sent
  BackTimeouts timeouts;
  BackLimits limits;
};

}  // namespace astray::gateway
