#include "servers/traefik/definitions.h"

#include <fmt/format.h>

#include <algorithm>

namespace astray::traefik {
namespace {

class Collector {
 public:
  Collector(Definitions& into, Reading& reading) : into_(into), reading_(reading) {}

  void take(const Source& source) {
    source_ = &source;
    into_.providers.insert(source.provider);
    const Node* http = field(source.root, "http");
    add(into_.routers, field(http, "routers"), "router");
    add(into_.services, field(http, "services"), "service");
    add(into_.middlewares, field(http, "middlewares"), "middleware");
    add(into_.transports, field(http, "serversTransports"), "serversTransport");
    const Node* tcp = field(source.root, "tcp");
    add(into_.tcp_routers, field(tcp, "routers"), "TCP router");
    add(into_.tcp_services, field(tcp, "services"), "TCP service");
    add(into_.tcp_transports, field(tcp, "serversTransports"), "TCP serversTransport");
    const Node* tls = field(source.root, "tls");
    for (const Node* certificate : items(tls, "certificates"))
      into_.certificates.push_back({certificate, "", source.provider, certificate->place});
    if (const Node* store = field_at(tls, "stores.default")) {
      if (into_.default_store != nullptr)
        reading_.warning(store->place, "the default TLS store is stated twice; Traefik takes neither where two providers state it");
      else
        into_.default_store = store;
    }
    add(into_.tls_options, field(tls, "options"), "TLS options");
  }

 private:
  void add(DefinitionMap& to, const Node* map, std::string_view what) {
    if (map == nullptr) return;
    if (map->kind != Node::Kind::map)
      return reading_.error(map->place, fmt::format("expected a map of {}s by name", what));
    for (const gateway::YamlMember& member : map->members) {
      const bool is_default = &to == &into_.tls_options && member.name == "default";
      std::string name = is_default ? "default" : qualified(member.name, source_->provider);
      const auto [there, is_new] = to.try_emplace(name, Definition{&member.value, name, source_->provider, member.place});
      if (!is_new)
        reading_.warning(member.place, fmt::format("{} {} is defined before, at {}; the first is taken here, and Traefik "
                                                   "leaves it out or takes either",
                                                   what, name, reading_.deployment().files.describe(there->second.span)));
    }
  }

  Definitions& into_;
  Reading& reading_;
  const Source* source_ = nullptr;
};

}  // namespace

bool Definitions::is_readable(std::string_view qualified) const {
  const size_t at = qualified.rfind('@');
  const std::string_view provider = at == std::string_view::npos ? std::string_view() : qualified.substr(at + 1);
  return provider == "internal" || providers.contains(provider);
}

std::string qualified(std::string_view name, std::string_view provider) {
  if (name.find('@') != std::string_view::npos) return std::string(name);
  return fmt::format("{}@{}", name, provider);
}

Definitions collect(const std::vector<Source>& sources, Reading& reading) {
  Definitions definitions;
  Collector collector(definitions, reading);
  for (const Source& source : sources) collector.take(source);
  return definitions;
}

}  // namespace astray::traefik
