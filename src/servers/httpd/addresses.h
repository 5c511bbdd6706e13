#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "servers/httpd/statements.h"

namespace astray::httpd {

/// Host and port as Listen, <VirtualHost> and proxy URLs write them; without brackets.
struct HostPort {
  std::string_view host;  ///< "" when there is only a port
  std::optional<uint16_t> port;
  bool any_port = false;  ///< "host:*", and a lone "*" in <VirtualHost>
};
/// nullopt for a port of 0 or beyond 65535, an unclosed bracket, or an IPv6 address without brackets.
std::optional<HostPort> split_host_port(std::string_view text);

/// The address a host stands for, as far as that needs no DNS: `localhost` is 127.0.0.1.
std::optional<IpAddress> address_of(std::string_view host);

/// One word of <VirtualHost …>; an address without port has `default_port` (0: any), a lone `*` any port.
/// The error is a sentence about the word.
Result<AddressStatement, std::string> parse_virtual_host_address(std::string_view word,
                                                                 uint16_t default_port);

/// The first word of Listen.
Result<AddressStatement, std::string> parse_listen_address(std::string_view word);

}  // namespace astray::httpd
