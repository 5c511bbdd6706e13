#include "audit/back_edges.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "audit/pattern_example.h"
#include "names/host.h"

namespace astray {
namespace {

/// At the back, a few names of each virtual host are enough to find out where a front sends them.
constexpr size_t names_per_back_host = 3;

struct PlacedName {
  std::string name;
  Place place;
};

/// "_" and "" are names that no request carries.
bool is_sendable(const std::string& name) {
  return std::ranges::any_of(name, [](unsigned char c) { return std::isalnum(c) != 0; }) &&
         (Hostname::parse(name).has_value() || IpAddress::parse(name).has_value());
}

bool depends_on_request(const Setting<NameExpression>& expression) {
  switch (expression.value.kind) {
    case NameExpression::Kind::request_host:
    case NameExpression::Kind::request_host_raw:
    case NameExpression::Kind::front_sni:
      return true;
    case NameExpression::Kind::none:
    case NameExpression::Kind::fixed:
    case NameExpression::Kind::first_name:
    case NameExpression::Kind::back_host:
    case NameExpression::Kind::unknowable:
      return false;
  }
  return false;
}

bool speaks_tls_http(const BackEdge& edge) {
  return edge.protocol == BackProtocol::https || edge.protocol == BackProtocol::grpcs;
}

/// Which of a back listener's names a front listener leads to which of its virtual hosts.
using NamesByFront = std::unordered_map<VirtualHostId, std::vector<const PlacedName*>>;

/// Surveys one site's edges.
class SiteSurvey {
 public:
  SiteSurvey(const Topology& topology, SiteId site)
      : topology_(topology),
        site_(site),
        deployment_(topology.deployment(site)),
        behaviour_(topology.behaviour(site)) {
    listeners_of_.resize(deployment_.virtual_hosts.size());
    for (size_t i = 0; i < deployment_.listeners.size(); ++i)
      for (const VirtualHostId id : deployment_.listeners[i].virtual_hosts)
        listeners_of_[static_cast<size_t>(id)].push_back(static_cast<ListenerId>(i));
  }

  void add_to(std::vector<SurveyedEdge>& edges) {
    for (size_t i = 0; i < deployment_.virtual_hosts.size(); ++i) {
      const auto front = static_cast<VirtualHostId>(i);
      for (const BackEdge& edge : deployment_.virtual_hosts[i].back_edges) {
        if (!speaks_tls_http(edge)) continue;
        bool stand_in = false;
        for (const BackAddress& address : edge.addresses) {
          auto destination = topology_.destination(address, site_);
          if (destination && !is_http(*destination)) destination.reset();
          if (!destination && std::exchange(stand_in, true)) continue;
          edges.push_back(survey(front, edge, address, destination));
        }
      }
    }
  }

 private:
  bool is_http(const Topology::Destination& at) const {
    return topology_.deployment(at.site).listener(at.listener).kind == Listener::Kind::http;
  }

  SurveyedEdge survey(VirtualHostId front, const BackEdge& edge, const BackAddress& address,
                      const std::optional<Topology::Destination>& destination) {
    SurveyedEdge surveyed{site_, front, &edge, &address, destination, {}, is_open_ended(front)};
    by_treatment_.clear();
    const VirtualHost& host = deployment_.virtual_host(front);
    const bool one_is_enough = !depends_on_request(edge.host) && !depends_on_request(edge.sni);
    for (const NamedPattern& named : host.names) {
      if (one_is_enough && !surveyed.classes.empty()) {
        ++surveyed.classes.front().names;
        continue;
      }
      for (const std::string& name : example_names(named.pattern)) {
        if (!is_sendable(name) || !leads_to(front, name)) continue;
        add(surveyed, name, named.span);
        break;
      }
    }
    if (surveyed.open_ended && destination && !(one_is_enough && !surveyed.classes.empty()))
      for (const ListenerId listener : listeners_of_[static_cast<size_t>(front)])
        for (const PlacedName* name : names_behind(listener, *destination, front))
          add(surveyed, name->name, name->place);
    if (surveyed.classes.empty()) add_any_name(surveyed);
    return surveyed;
  }

  void add(SurveyedEdge& surveyed, const std::string& name, SourceSpan span) {
    SentClass* held = class_for(surveyed, name);
    if (held->names++ == 0) held->named_at = topology_.place(site_, span, "name " + name);
  }
  void add(SurveyedEdge& surveyed, const std::string& name, const Place& place) {
    SentClass* held = class_for(surveyed, name);
    if (held->names++ == 0) held->named_at = place;
  }

  /// A front whose names nobody can spell: what it sends can still be told where no name decides it.
  void add_any_name(SurveyedEdge& surveyed) {
    const VirtualHost& host = deployment_.virtual_host(surveyed.front);
    SentClass* made = class_for(surveyed, host.names.empty() ? "any.name.invalid" : host.names.front().pattern.spelled());
    made->named_at = topology_.place(site_, host.span, "virtual host " + host.label());
  }

  SentClass* class_for(SurveyedEdge& surveyed, const std::string& name) {
    SentClass made;
    made.sent = names_sent(deployment_.virtual_host(surveyed.front), *surveyed.edge, *surveyed.address, name);
    const std::string host = made.sent.host ? lookup_name(*made.sent.host) : std::string();
    const std::string sni = made.sent.sni ? lookup_name(*made.sent.sni) : std::string();
    made.sni_is_host = made.sent.sni && made.sent.host && sni == host;
    if (surveyed.destination) {
      const Behaviour& back = topology_.behaviour(surveyed.destination->site);
      if (made.sent.sni)
        made.by_sni = back.find_virtual_host(surveyed.destination->listener, sni).virtual_host;
      if (made.sent.host)
        made.by_host = back.find_virtual_host(surveyed.destination->listener, host).virtual_host;
    }
    const Treatment key{made.by_sni, made.by_host, made.sni_is_host, made.sent.sni.has_value()};
    const auto [entry, is_new] = by_treatment_.try_emplace(key, surveyed.classes.size());
    if (is_new) {
      made.front_name = name;
      surveyed.classes.push_back(std::move(made));
    }
    return &surveyed.classes[entry->second];
  }

  bool is_open_ended(VirtualHostId front) const {
    const VirtualHost& host = deployment_.virtual_host(front);
    bool has_name = false;
    for (const NamedPattern& named : host.names) {
      if (named.pattern.kind != PatternKind::exact) return true;
      has_name = has_name || is_sendable(named.pattern.text);
    }
    if (!has_name) return true;
    return std::ranges::any_of(listeners_of_[static_cast<size_t>(front)], [&](ListenerId id) {
      const Listener& listener = deployment_.listener(id);
      return listener.default_virtual_host == front && listener.default_is_explicit;
    });
  }

  bool leads_to(VirtualHostId front, const std::string& name) const {
    return std::ranges::any_of(listeners_of_[static_cast<size_t>(front)], [&](ListenerId id) {
      return behaviour_.find_virtual_host(id, name).virtual_host == front;
    });
  }

  /// Names of the back listener that the front listener leads to this virtual host.
  const std::vector<const PlacedName*>& names_behind(ListenerId listener,
                                                     const Topology::Destination& destination,
                                                     VirtualHostId front) {
    const auto [entry, is_new] = behind_.try_emplace({listener, destination.site, destination.listener});
    NamesByFront& by_front = entry->second;
    if (is_new)
      for (const PlacedName& placed : back_names(destination))
        by_front[behaviour_.find_virtual_host(listener, placed.name).virtual_host].push_back(&placed);
    return by_front[front];
  }

  const std::vector<PlacedName>& back_names(const Topology::Destination& destination) {
    const auto [entry, is_new] = back_names_.try_emplace({destination.site, destination.listener});
    if (!is_new) return entry->second;
    const Deployment& back = topology_.deployment(destination.site);
    for (const VirtualHostId id : back.listener(destination.listener).virtual_hosts) {
      size_t taken = 0;
      for (const NamedPattern& named : back.virtual_host(id).names) {
        for (std::string& name : example_names(named.pattern)) {
          if (!is_sendable(name)) continue;
          const auto lookup =
              topology_.behaviour(destination.site).find_virtual_host(destination.listener, name);
          if (lookup.virtual_host != id) continue;
          Place place = topology_.place(destination.site, named.span, "name " + name);
          entry->second.push_back({std::move(name), std::move(place)});
          ++taken;
          break;
        }
        if (taken == names_per_back_host) break;
      }
    }
    return entry->second;
  }

  struct Treatment {
    VirtualHostId by_sni, by_host;
    bool sni_is_host, has_sni;
    bool operator==(const Treatment&) const = default;
  };
  struct TreatmentHash {
    size_t operator()(const Treatment& treatment) const {
      const auto both =
          static_cast<uint64_t>(treatment.by_sni) << 32 | static_cast<uint32_t>(treatment.by_host);
      return std::hash<uint64_t>{}(both * 4 + (treatment.sni_is_host ? 2 : 0) + (treatment.has_sni ? 1 : 0));
    }
  };

  const Topology& topology_;
  SiteId site_;
  const Deployment& deployment_;
  const Behaviour& behaviour_;
  std::vector<std::vector<ListenerId>> listeners_of_;  ///< by virtual host
  std::unordered_map<Treatment, size_t, TreatmentHash>
      by_treatment_;  ///< of the edge being surveyed: its classes
  std::map<std::tuple<ListenerId, SiteId, ListenerId>, NamesByFront> behind_;
  std::map<std::tuple<SiteId, ListenerId>, std::vector<PlacedName>> back_names_;
};

}  // namespace

std::vector<SurveyedEdge> survey_tls_back_edges(const Topology& topology) {
  std::vector<SurveyedEdge> edges;
  for (size_t site = 0; site < topology.sites().size(); ++site)
    SiteSurvey(topology, static_cast<SiteId>(site)).add_to(edges);
  return edges;
}

bool sends_a_host_name(const SentClass& names) {
  if (!names.sent.sni_known || !names.sent.host_known || !names.sent.host) return false;
  const std::string host = lookup_name(*names.sent.host);
  return !host.starts_with('[') && !IpAddress::parse(host);
}

std::string where_to(const SurveyedEdge& edge) {
  const auto site = static_cast<uint32_t>(edge.site);
  if (!edge.destination) return fmt::format("{} {}", site, edge.edge->target);
  return fmt::format("{} {}/{}", site, static_cast<uint32_t>(edge.destination->site),
                     static_cast<uint32_t>(edge.destination->listener));
}

std::string address_text(const BackAddress& address) {
  if (address.host.starts_with("unix:")) return address.host;
  const bool bracket = address.ip && address.ip->family() == IpFamily::v6 && !address.host.starts_with('[');
  return fmt::format("{}{}{}:{}", bracket ? "[" : "", address.host, bracket ? "]" : "",
                     address.port.number());
}

}  // namespace astray
