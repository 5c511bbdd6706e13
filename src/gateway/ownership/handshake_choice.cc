#include "gateway/ownership/handshake_choice.h"

#include <algorithm>

#include "base/check.h"
#include "gateway/configuration/check_parts.h"
#include "gateway/ownership/owners.h"
#include "names/server_name.h"

namespace astray::gateway {

HandshakeChoice::HandshakeChoice(const AuthorityTable& table, const Configuration& configuration,
                                 const ListenerSettings& listener)
    : table_(table), at_(scheme_and_port(listener)) {
  CHECK(listener.tls);
  std::optional<uint32_t> by_default;
  for (const VirtualHostSettings& virtual_host : configuration.virtual_hosts) {
    const auto own = listeners_of(configuration, virtual_host);
    const bool belongs = std::any_of(own.begin(), own.end(), [&](const ListenerSettings* each) {
      return each->name.value == listener.name.value;
    });
    const bool is_default =
        listener.default_virtual_host && listener.default_virtual_host->value == virtual_host.name.value;
    if (belongs && is_default) by_default = static_cast<uint32_t>(belongs_.size());
    belongs_.push_back(belongs);
  }
  if (listener.unknown_sni == SniFallback::default_host) if_unknown_ = by_default;
  if (listener.missing_sni == SniFallback::default_host) if_missing_ = by_default;
}

HandshakeChoice::Chosen HandshakeChoice::choose(std::optional<std::string_view> server_name) const {
  if (!server_name) return {Sni::missing, if_missing_};
  const bool is_ascii = std::all_of(server_name->begin(), server_name->end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const auto name = ServerName::parse(*server_name);
  if (!is_ascii || !name) return {Sni::malformed, std::nullopt};
  const auto found = table_.find(at_, name->hostname());
  const bool is_claimed = found && found->match != AuthorityTable::Match::by_default;
  if (!is_claimed || !belongs_[found->virtual_host]) return {Sni::unknown, if_unknown_};
  return {Sni::claimed, found->virtual_host};
}

}  // namespace astray::gateway
