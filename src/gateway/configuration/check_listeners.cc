#include <algorithm>

#include <fmt/format.h>

#include "gateway/configuration/check_parts.h"

namespace astray::gateway {
namespace {

/// Whether the system refuses the second of the two: the same address, or one that holds all of its family.
bool collide(const Endpoint& one, const Endpoint& other) {
  if (one.port != other.port || one.address.family() != other.address.family()) return false;
  return one.address == other.address || one.address.is_unspecified() || other.address.is_unspecified();
}

void check_addresses(Checking& checking) {
  struct Used {
    const Placed<Endpoint>* address;
    std::string who;
  };
  std::vector<Used> used;
  const auto claim = [&](const Placed<Endpoint>& address, std::string who) {
    const auto earlier = std::ranges::find_if(
        used, [&](const Used& each) { return collide(each.address->value, address.value); });
    if (earlier != used.end()) {
      const bool known = earlier->address->place.line != 0;
      checking.error(
          address.place,
          fmt::format("{} is in use by {} already{}; give {} a port of its own", address.value.text(),
                      earlier->who, known ? ", " + other_place(earlier->address->place) : "", who));
    }
    used.push_back({&address, std::move(who)});
  };
  for (const ListenerSettings& listener : checking.configuration.listeners)
    claim(listener.address, "listener " + listener.name.value.text);
  const auto& admin = checking.configuration.operation.admin.settings;
  if (admin) claim(admin->address, "operation.admin");
}

void check_default(Checking& checking, const ListenerSettings& listener) {
  const Configuration& configuration = checking.configuration;
  const auto& label = listener.default_virtual_host;
  const std::string& name = listener.name.value.text;
  if (!label) {
    if (listener.tls && (listener.unknown_sni == SniFallback::default_host ||
                         listener.missing_sni == SniFallback::default_host))
      checking.error(
          listener.name.place,
          fmt::format("listener {} turns to its default virtual host and has none; add default: LABEL, "
                      "or say reject",
                      name));
    return;
  }
  const VirtualHostSettings* virtual_host = find_named(configuration.virtual_hosts, label->value);
  if (virtual_host == nullptr) {
    checking.error(label->place,
                   unknown_label("virtual host", label->value.text, labels_of(configuration.virtual_hosts)));
    return;
  }
  const auto own = listeners_of(configuration, *virtual_host);
  if (std::ranges::find(own, &listener) == own.end())
    checking.error(label->place,
                   fmt::format("virtual host {} is the default of listener {} and does not belong to "
                               "it; add the listener to its listeners",
                               label->value.text, name));
}

void check_trust(Checking& checking, const ListenerSettings& listener) {
  if (listener.trusted_gateways.empty()) {
    if (listener.scheme_from)
      checking.warning(listener.scheme_from->place,
                       "scheme_from means nothing without trusted_gateways; nobody else is believed");
    return;
  }
  const SourceSpan place = listener.trusted_gateways.front().place;
  if (!listener.scheme_from)
    checking.error(
        place,
        "trusted_gateways without scheme_from: the scheme that their clients used would be unknown; say "
        "proxy_protocol or forwarded");
  else if (listener.scheme_from->value == SchemeSource::proxy_protocol && !listener.proxy_protocol)
    checking.error(listener.scheme_from->place,
                   "scheme_from: proxy_protocol, and nobody speaks it here; add proxy_protocol: {from: […]}");
  for (const Placed<AddressBlock>& block : listener.trusted_gateways)
    if (block.value.prefix_bits == 0)
      checking.error(block.place,
                     "every peer would be a trusted gateway, and no request be judged by its "
                     "connection; name the gateways' own addresses");
}

}  // namespace

void check_listeners(Checking& checking) {
  check_addresses(checking);
  for (const ListenerSettings& listener : checking.configuration.listeners) {
    check_default(checking, listener);
    check_trust(checking, listener);
    const bool used =
        std::ranges::any_of(checking.configuration.virtual_hosts, [&](const auto& virtual_host) {
          const auto own = listeners_of(checking.configuration, virtual_host);
          return std::ranges::find(own, &listener) != own.end();
        });
    if (!used && (listener.tls || listener.cleartext == CleartextAnswer::serve))
      checking.warning(listener.name.place,
                       fmt::format("no virtual host belongs to listener {}: whatever it is "
                                   "asked, nobody owns it",
                                   listener.name.value.text));
  }
}

}  // namespace astray::gateway
