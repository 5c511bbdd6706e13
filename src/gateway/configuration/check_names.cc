#include <map>

#include <fmt/format.h>

#include "gateway/configuration/check_parts.h"

namespace astray::gateway {
namespace {

struct Owner {
  const VirtualHostSettings* virtual_host;
  SourceSpan place;
};

/// Clients send no SNI for an address (RFC 6066 §3).
void check_address_name(Checking& checking, const VirtualHostSettings& virtual_host,
                        const ListenerSettings& listener, const Placed<NamePattern>& name) {
  if (name.value.host.address() == nullptr || !listener.tls) return;
  const bool reached = listener.missing_sni == SniFallback::default_host && listener.default_virtual_host &&
                       listener.default_virtual_host->value == virtual_host.name.value;
  if (!reached)
    checking.error(
        name.place,
        fmt::format("{} cannot be reached on listener {}: for an address clients send no SNI; give the "
                    "listener missing_sni: default and default: {}",
                    name.value.text(), listener.name.value.text, virtual_host.name.value.text));
}

}  // namespace

void check_names(Checking& checking) {
  const Configuration& configuration = checking.configuration;
  for (const VirtualHostSettings& virtual_host : configuration.virtual_hosts)
    for (const Placed<Label>& label : virtual_host.listeners)
      if (find_named(configuration.listeners, label.value) == nullptr)
        checking.error(label.place,
                       unknown_label("listener", label.value.text, labels_of(configuration.listeners)));

  // By listener: the same name may belong to others elsewhere. A clash on several listeners is told once.
  std::map<const ListenerSettings*, std::map<NamePattern, Owner>> owners;
  for (const VirtualHostSettings& virtual_host : configuration.virtual_hosts) {
    const auto listeners = listeners_of(configuration, virtual_host);
    for (const Placed<NamePattern>& name : virtual_host.names) {
      bool told = false;
      for (const ListenerSettings* listener : listeners) {
        check_address_name(checking, virtual_host, *listener, name);
        const auto [owner, is_first] =
            owners[listener].try_emplace(name.value, Owner{&virtual_host, name.place});
        if (is_first || told) continue;
        told = true;
        checking.error(
            name.place,
            fmt::format("virtual host {} claims {} on listener {}, and {} does so in {}; leave "
                        "the name to one of them",
                        virtual_host.name.value.text, name.value.text(), listener->name.value.text,
                        owner->second.virtual_host->name.value.text, other_place(owner->second.place)));
      }
    }
  }
}

}  // namespace astray::gateway
