#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/ownership/authority_table.h"

namespace astray::gateway {

/// Which virtual host takes a handshake of one listener with TLS, before anybody asks for certificates and
/// keys. It asks the table that requests are judged by, so that both mean the same by a name (case, a
/// trailing dot, wildcards). Immutable; borrows the table.
///
/// An SNI is one of
///  * claimed: a virtual host claims the name at the listener's scheme and port, and belongs to the listener
///  * unknown: nobody does, or by the table's default alone. ListenerSettings::unknown_sni says what then
///  * missing: the extension was not sent. ListenerSettings::missing_sni says what then
///  * malformed: no host name in ASCII (RFC 6066 §3): refused, whatever the settings say
class HandshakeChoice {
 public:
  enum class Sni : uint8_t { claimed, unknown, missing, malformed };
  struct Chosen {
    Sni sni = Sni::malformed;
    /// The place in Configuration::virtual_hosts; absent: refused with unrecognized_name (RFC 6066 §3).
    std::optional<uint32_t> virtual_host{};
  };

  /// `listener` is one of the configuration's, with TLS; the table's first virtual hosts are the
  /// configuration's, in order.
  HandshakeChoice(const AuthorityTable& table, const Configuration& configuration,
                  const ListenerSettings& listener);

  Chosen choose(std::optional<std::string_view> server_name) const;

 private:
  const AuthorityTable& table_;
  SchemePort at_;
  std::vector<bool> belongs_;  ///< by place: to this listener
  std::optional<uint32_t> if_unknown_{};
  std::optional<uint32_t> if_missing_{};
};

}  // namespace astray::gateway
