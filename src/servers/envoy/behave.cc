#include "servers/envoy/behave.h"

#include <algorithm>
#include <unordered_map>

#include "base/ascii.h"
#include "servers/envoy/front_certificate.h"
#include "servers/envoy/listener_tables.h"
#include "servers/envoy/route_choice.h"

namespace astray::envoy {
namespace {

constexpr std::string_view alpn_h2 = "h2";
constexpr std::string_view alpn_h1 = "http/1.1";

std::vector<std::string_view> offered(AlpnOffer offer) {
  switch (offer) {
    case AlpnOffer::none: return {};
    case AlpnOffer::h1: return {alpn_h1};
    case AlpnOffer::h2: return {alpn_h2, alpn_h1};
    case AlpnOffer::h2_only: return {alpn_h2};
  }
  return {};
}

ExpectedHandshake refuse(ExpectedHandshake handshake, Reason reason, std::string_view alert) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.alert = alert;
  handshake.certificate = nullptr;
  return handshake;
}

ExpectedAnswer refused(ExpectedAnswer answer, Reason reason, int status) {
  answer.outcome = AnswerOutcome::reject;
  answer.reason = reason;
  answer.status = status;
  return answer;
}

/// The authority that Envoy goes by; absent: two of them differ, and nobody can tell.
struct AskedAuthority {
  bool known = true;
  std::string text;
};
AskedAuthority asked_authority(const RequestFacts& request) {
  std::vector<std::string> said;
  if (request.target_authority) return {true, std::string(request.target_authority->bytes())};
  if (request.pseudo_authority) said.emplace_back(request.pseudo_authority->bytes());
  for (const RawHost& field : request.host_fields) said.emplace_back(field.bytes());
  if (said.empty()) return {};
  const bool agree = std::ranges::all_of(said, [&](const std::string& each) { return each == said.front(); });
  return {agree && request.host_fields.size() < 2, said.front()};
}

/// Istio 1.17 came with Envoy 1.25, and both have gone on by one since.
Version envoy_version(const Deployment& deployment) {
  constexpr int ahead = 8;
  Version version = deployment.version;
  if (deployment.server == ServerKind::istio) version.minor += ahead;
  return version;
}

class EnvoyBehaviour final : public Behaviour {
 public:
  explicit EnvoyBehaviour(const Deployment& deployment);

  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override;

 private:
  /// Which chain a virtual host of the deployment stands for.
  struct Place {
    const ListenerTables* tables = nullptr;
    const Chain* chain = nullptr;
  };

  const ListenerTables& tables(ListenerId id) const {
    return *tables_[deployment_.envoy->part_of[static_cast<size_t>(id)]];
  }
  VirtualHostId host_for(const ListenerTables& tables, const Chain& chain, std::string_view name) const;
  VirtualHostId told_as(VirtualHostId landed, const Place& place, const std::string& authority) const;
  void choose_protocol(const Chain& chain, AlpnOffer offer, ExpectedHandshake& handshake) const;
  void judge_client(const Chain& chain, const ConnectionFacts& connection, ExpectedHandshake& handshake) const;
  static std::string treated(const ConnectionManager& manager, const Listener& listener, std::string authority);
  ExpectedAnswer from_routes(const Place& place, const ConnectionFacts& connection, const std::string& authority,
                             ExpectedAnswer answer) const;

  const Deployment& deployment_;
  std::vector<std::unique_ptr<ListenerTables>> tables_{};
  std::vector<Place> places_{};  ///< by VirtualHostId
  /// By VirtualHostId: equal for those whose routes do the same.
  std::vector<size_t> routes_{};
  FullMatches expressions_{};
};

EnvoyBehaviour::EnvoyBehaviour(const Deployment& deployment) : deployment_(deployment) {
  places_.resize(deployment.virtual_hosts.size());
  routes_.resize(deployment.virtual_hosts.size());
  if (deployment.envoy == nullptr) return;
  std::unordered_map<std::string, size_t> known;
  for (const ListenerPart& part : deployment.envoy->listeners) {
    tables_.push_back(std::make_unique<ListenerTables>(part, [](SourceSpan, const std::string&) {}));
    for (const Chain* chain : chains_of(part)) {
      for (size_t i = 0; i < chain->ids.size(); ++i) {
        const auto at = static_cast<size_t>(chain->ids[i]);
        places_[at] = {tables_.back().get(), chain};
        routes_[at] = known.try_emplace(routes_content(chain->http->routes.virtual_hosts[i]), known.size()).first->second;
      }
      if (chain->own != VirtualHostId::none)
        places_[static_cast<size_t>(chain->own)] = {tables_.back().get(), chain};
      if (chain->http) compile_expressions(chain->http->routes, expressions_);
    }
  }
}

/// Two chains with one route table have two virtual hosts of each. A request that lands on the other chain and is
/// answered all the same is told of the virtual host that a connection of its own leads to.
VirtualHostId EnvoyBehaviour::told_as(VirtualHostId landed, const Place& place, const std::string& authority) const {
  const std::string name = ascii_lower(without_port(authority));
  const ChainFound own = place.tables->find_chain(place.tables->tls_arrival(name, offered(AlpnOffer::h2)));
  if (own.chain == nullptr || own.chain == place.chain || own.chain->ids.empty()) return landed;
  const auto found = place.tables->domains(*own.chain)->find(authority);
  if (!found) return landed;
  const VirtualHostId meant = own.chain->ids[found->virtual_host];
  return routes_[static_cast<size_t>(meant)] == routes_[static_cast<size_t>(landed)] ? meant : landed;
}

VirtualHostId EnvoyBehaviour::host_for(const ListenerTables& tables, const Chain& chain, std::string_view name) const {
  if (const DomainTable* domains = tables.domains(chain); domains != nullptr && !chain.ids.empty())
    if (const auto found = domains->find(name)) return chain.ids[found->virtual_host];
  if (chain.own != VirtualHostId::none) return chain.own;
  return chain.ids.empty() ? VirtualHostId::none : chain.ids.front();
}

ExpectedHandshake EnvoyBehaviour::handshake(ListenerId id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  if (deployment_.envoy == nullptr || listener.kind != Listener::Kind::http) return handshake;
  const ListenerTables& at = tables(id);
  const bool is_tls = connection.scheme == Scheme::https;
  const std::string sni = connection.sni ? std::string(connection.sni->bytes()) : std::string();
  Arrival arrival = is_tls ? at.tls_arrival(sni, offered(connection.alpn)) : at.clear_arrival();
  if (connection.local_address) arrival.local_address = connection.local_address;
  const ChainFound found = at.find_chain(arrival);
  if (found.outcome == ChainFound::Outcome::unknowable) return handshake;
  // Without a chain the connection is closed, and no alert says so.
  if (found.outcome == ChainFound::Outcome::none)
    return refuse(handshake, is_tls && sni.empty() ? Reason::sni_required : Reason::handshake_rejected, "");
  const Chain& chain = *found.chain;
  handshake.source = chain.span;
  handshake.virtual_host = host_for(at, chain, sni);
  handshake.sni_matched = found.by_server_name;
  if (chain.tcp && !chain.tls) return handshake;
  if (chain.tls.has_value() != is_tls) return refuse(handshake, Reason::scheme_mismatch, "");
  if (!is_tls) {
    handshake.outcome = HandshakeOutcome::cleartext;
    handshake.reason = Reason::own_name;
    if (connection.alpn == AlpnOffer::h2_only) handshake.protocol = Protocol::h2;
    const bool h1_alone = chain.http && chain.http->codec == ConnectionManager::Codec::h1;
    if (h1_alone && handshake.protocol == Protocol::h2) return refuse(handshake, Reason::no_common_protocol, "");
    return handshake;
  }
  handshake.certificate = front_certificate(chain, envoy_version(deployment_), sni);
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  choose_protocol(chain, connection.alpn, handshake);
  if (handshake.outcome == HandshakeOutcome::ok) judge_client(chain, connection, handshake);
  return handshake;
}

/// In the order of alpn_protocols. Where nothing is common, Envoy goes on without ALPN (SSL_TLSEXT_ERR_NOACK), and
/// HTTP/1.1 is spoken.
void EnvoyBehaviour::choose_protocol(const Chain& chain, AlpnOffer offer, ExpectedHandshake& handshake) const {
  const std::vector<std::string_view> names = offered(offer);
  std::string_view chosen;
  for (const std::string& mine : chain.alpn)
    if (chosen.empty() && std::ranges::find(names, mine) != names.end()) chosen = mine;
  handshake.protocol = chosen == alpn_h2 ? Protocol::h2 : Protocol::h1;
  const bool needs_h2 = chain.http && chain.http->codec == ConnectionManager::Codec::h2;
  const bool wants_h2_alone = offer == AlpnOffer::h2_only;
  if (handshake.protocol == Protocol::h1 && (needs_h2 || wants_h2_alone))
    handshake = refuse(handshake, Reason::no_common_protocol, "");
}

void EnvoyBehaviour::judge_client(const Chain& chain, const ConnectionFacts& connection,
                                  ExpectedHandshake& handshake) const {
  const TlsSettings& tls = *chain.tls;
  const ClientAuthentication mode = tls.client_authentication.value;
  if (mode == ClientAuthentication::off) return;
  handshake.source = tls.client_authentication.span;
  if (!connection.client_certificate) {
    if (mode != ClientAuthentication::required) return;
    const bool is_tls1_3 = (tls.versions.value & tls_version::tls1_3) != 0;
    handshake = refuse(handshake, Reason::client_certificate_required,
                       is_tls1_3 ? "certificate_required" : "handshake_failure");
    return;
  }
  const ClientAuthorities& authorities = tls.client_authorities;
  const bool is_unknown = !authorities.file.known() || chain.checks_client_name;
  if (authorities.trusts(connection.client_certificate->authority_digest)) {
    if (!chain.checks_client_name) return;
  } else if (authorities.file.stated() && authorities.digest && mode != ClientAuthentication::optional_no_ca) {
    handshake = refuse(handshake, Reason::client_certificate_untrusted, "unknown_ca");
    return;
  }
  if (is_unknown || (authorities.file.stated() && !authorities.digest)) {
    handshake.outcome = HandshakeOutcome::unknowable;
    handshake.reason = Reason::configuration_unknowable;
  }
}

/// What the connection manager does to the authority before routes see it (conn_manager_utility.cc).
std::string EnvoyBehaviour::treated(const ConnectionManager& manager, const Listener& listener,
                                    std::string authority) {
  using StripPort = ConnectionManager::StripPort;
  const std::string_view bare = without_port(authority);
  const std::string own = ":" + std::to_string(listener.address.port.number());
  const bool is_own = std::string_view(authority).substr(bare.size()) == own;
  if (manager.strip_port == StripPort::any || (manager.strip_port == StripPort::matching && is_own))
    authority.resize(bare.size());
  if (manager.strips_trailing_dot) {
    const size_t end = without_port(authority).size();
    if (end > 0 && authority[end - 1] == '.') authority.erase(end - 1, 1);
  }
  return authority;
}

ExpectedAnswer EnvoyBehaviour::answer(ListenerId id, const ConnectionFacts& connection,
                                      const ExpectedHandshake& handshake, const RequestFacts& request) const {
  ExpectedAnswer answer;
  answer.virtual_host = handshake.virtual_host;
  answer.source = handshake.source;
  const bool readable =
      handshake.outcome == HandshakeOutcome::ok || handshake.outcome == HandshakeOutcome::cleartext;
  if (!readable || handshake.virtual_host == VirtualHostId::none) return answer;
  const Place& place = places_[static_cast<size_t>(handshake.virtual_host)];
  if (place.chain == nullptr || !place.chain->unknowable.empty() || !place.chain->http) return answer;
  const ConnectionManager& manager = *place.chain->http;

  const AskedAuthority asked = asked_authority(request);
  if (!asked.known) return answer;
  if (asked.text.empty()) return refused(answer, Reason::authority_missing, 400);
  if (!manager.deciding.empty()) {
    answer.source = manager.deciding.front().span;
    return answer;
  }
  const std::string authority = treated(manager, deployment_.listener(id), asked.text);
  if (manager.refuses_other_than_sni) {
    const std::string sni = connection.sni ? ascii_lower(connection.sni->bytes()) : std::string();
    if (ascii_lower(authority.substr(0, authority.find(':'))) != sni) {
      answer.source = *manager.refuses_other_than_sni;
      return refused(answer, connection.sni ? Reason::name_differs_from_sni : Reason::sni_missing, 421);
    }
  }
  if (!manager.routes.known) {
    answer.source = manager.routes.span;
    return answer;
  }
  return from_routes(place, connection, authority, answer);
}

ExpectedAnswer EnvoyBehaviour::from_routes(const Place& place, const ConnectionFacts& connection,
                                           const std::string& authority, ExpectedAnswer answer) const {
  const Chain& chain = *place.chain;
  const RouteTable& table = chain.http->routes;
  const auto found = place.tables->domains(chain)->find(authority);
  if (!found) {
    answer.source = table.span;
    return refused(answer, Reason::unowned, 404);
  }
  const RouteVirtualHost& host = table.virtual_hosts[found->virtual_host];
  answer.virtual_host = chain.ids[found->virtual_host];
  answer.match = found->match;
  answer.source = found->span;
  const bool in_clear = connection.scheme == Scheme::http;
  const bool is_own = connection.sni && ascii_lower(connection.sni->bytes()) == ascii_lower(without_port(authority));
  if (!in_clear && !is_own) answer.virtual_host = told_as(answer.virtual_host, place, authority);
  answer.reason = found->match == NameMatch::default_host ? Reason::default_virtual_host
                  : is_own || in_clear                    ? Reason::own_name
                                                          : Reason::coalesced;
  answer.outcome = AnswerOutcome::serve;
  if (in_clear && host.requires_tls) {
    answer.status = 301;
    return answer;
  }
  PlainRequest plain{authority, in_clear ? "http" : "https", std::nullopt};
  if (!in_clear) plain.client_certificate = connection.client_certificate.has_value();
  const RouteFound route = find_route(host, plain, expressions_);
  if (route.outcome == RouteFound::Outcome::none) {
    answer.source = host.span;
    return refused(answer, Reason::unowned, 404);
  }
  answer.source = route.route->span;
  const RouteTarget& target = route.route->target;
  if (route.outcome == RouteFound::Outcome::unknowable || target.kind == RouteTarget::Kind::unknowable) {
    answer.outcome = AnswerOutcome::unknowable;
    answer.reason = Reason::configuration_unknowable;
    return answer;
  }
  constexpr int first_error = 400;
  if (target.kind == RouteTarget::Kind::direct_response && target.status >= first_error)
    return refused(answer, Reason::unowned, target.status);
  answer.status = target.status;
  return answer;
}

Behaviour::Lookup EnvoyBehaviour::find_virtual_host(ListenerId id, std::string_view name) const {
  constexpr Lookup nobody{VirtualHostId::none, NameMatch::default_host};
  const Listener& listener = deployment_.listener(id);
  if (deployment_.envoy == nullptr || listener.kind != Listener::Kind::http) return nobody;
  const ListenerTables& at = tables(id);
  const ChainFound found =
      at.find_chain(listener.tls.value ? at.tls_arrival(name, offered(AlpnOffer::h2)) : at.clear_arrival());
  if (found.chain == nullptr) return nobody;
  const Chain& chain = *found.chain;
  const NameMatch by_sni = !found.by_server_name                                      ? NameMatch::default_host
                           : std::ranges::find(chain.match.server_names, name) != chain.match.server_names.end()
                               ? NameMatch::exact
                               : NameMatch::wildcard;
  const DomainTable* domains = at.domains(chain);
  if (domains != nullptr && !chain.ids.empty()) {
    auto host = domains->find(name);
    if (!host) host = domains->find(std::string(name) + ":" + std::to_string(listener.named_port().number()));
    if (host) {
      const bool is_every = host->match == NameMatch::default_host;
      return {chain.ids[host->virtual_host], is_every ? by_sni : host->match};
    }
  }
  if (chain.own == VirtualHostId::none) return nobody;
  return {chain.own, by_sni};
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<EnvoyBehaviour>(deployment);
}

}  // namespace astray::envoy
