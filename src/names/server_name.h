#pragma once
#include <string_view>

#include "base/result.h"
#include "names/host.h"

namespace astray {

/// What the TLS server_name extension can carry (RFC 6066 §3): a host name without trailing dot, never an address.
class ServerName {
 public:
  enum class Error { ip_address, not_a_hostname };

  /// From a ClientHello or a command line; a trailing dot is forgiven.
  static Result<ServerName, Error> parse(std::string_view text);

  /// The SNI a client must send for an authority. Fails for IP literals: such a connection carries no SNI at all,
  /// and that is the step where systems go wrong.
  static Result<ServerName, Error> for_host(const Host& host);

  const Hostname& hostname() const { return hostname_; }
  std::string_view text() const { return hostname_.text(); }

  auto operator<=>(const ServerName&) const = default;
  bool operator==(const ServerName&) const = default;

 private:
  explicit ServerName(Hostname hostname) : hostname_(std::move(hostname)) {}
  Hostname hostname_;
};

}  // namespace astray
