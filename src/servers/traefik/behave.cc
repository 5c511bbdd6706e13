#include "servers/traefik/behave.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/traefik/model.h"
#include "servers/traefik/tree.h"

namespace astray::traefik {
namespace {

constexpr std::string_view alpn_h2 = "h2";
constexpr std::string_view alpn_h1 = "http/1.1";
constexpr int bad_request = 400, not_found = 404, misdirected = 421;

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
ExpectedHandshake unknowable(ExpectedHandshake handshake, SourceSpan span) {
  handshake.outcome = HandshakeOutcome::unknowable;
  handshake.reason = Reason::configuration_unknowable;
  if (span.known()) handshake.source = span;
  return handshake;
}
ExpectedAnswer refused(ExpectedAnswer answer, Reason reason, int status) {
  answer.outcome = AnswerOutcome::reject;
  answer.reason = reason;
  answer.status = status;
  return answer;
}

std::string canonical(std::string_view text) { return ascii_lower(ascii_trim(text)); }

/// Go's http.Server: which Host a request has, or why it is answered 400 before Traefik sees it (net/http/server.go).
struct AskedHost {
  std::optional<Reason> refusal{};
  std::string text{};
};
bool is_host_character(char c) {
  constexpr std::string_view others = "!$%&'()*+,-.:;=[]_~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) || others.find(c) != std::string_view::npos;
}
AskedHost asked_host(const RequestFacts& request, Protocol protocol) {
  if (protocol == Protocol::h1) {
    if (request.host_fields.empty()) return {Reason::authority_missing, ""};
    if (request.host_fields.size() > 1) return {Reason::authority_duplicated, ""};
  }
  std::string text;
  if (request.target_authority)
    text = request.target_authority->bytes();
  else if (request.pseudo_authority)
    text = request.pseudo_authority->bytes();
  else if (!request.host_fields.empty())
    text = request.host_fields.front().bytes();
  if (protocol == Protocol::h1 && !std::ranges::all_of(request.host_fields.front().bytes(), is_host_character))
    return {Reason::authority_malformed, ""};
  return {std::nullopt, text};
}

/// Go's net.SplitHostPort, as far as it succeeds.
std::string without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    return std::string(close == std::string_view::npos ? text : text.substr(1, close - 1));
  }
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, colon));
}
std::string port_of(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find(']', colon) != std::string_view::npos) return "";
  return std::string(text.substr(colon + 1));
}

class TraefikBehaviour final : public Behaviour {
 public:
  explicit TraefikBehaviour(const Deployment& deployment) : deployment_(deployment) {
    if (deployment.traefik == nullptr) return;
    store_.emplace(*deployment.traefik, deployment.version);
    for (size_t i = 0; i < deployment.traefik->entry_points.size(); ++i)
      tables_.push_back(std::make_unique<EntryTables>(*deployment.traefik, i, deployment.version));
    for (const Router& router : deployment.traefik->routers)
      if (router.target.kind == Target::Kind::redirect_expression) {
        Rule rule;
        rule.matcher = Matcher::path_regexp;
        rule.values = {router.target.expression};
        redirections_.compile(rule, Syntax::v3);
      }
  }

  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override;

 private:
  size_t index(ListenerId id) const { return deployment_.traefik->entry_point_of[static_cast<size_t>(id)]; }
  const EntryTables& tables(ListenerId id) const { return *tables_[index(id)]; }
  VirtualHostId id_of(ListenerId listener, const Owner& owner, bool over_tls) const;
  VirtualHostId id_of(ListenerId listener, const Router& router, const std::string& name, bool over_tls) const;
  void choose_certificate(const TlsOptions& options, const Listener& listener, const ConnectionFacts& connection,
                          const std::string& sni, ExpectedHandshake& handshake) const;
  static void choose_protocol(const TlsOptions& options, AlpnOffer offer, ExpectedHandshake& handshake);
  static void judge_client(const TlsOptions& options, const ConnectionFacts& connection, ExpectedHandshake& handshake);
  ExpectedAnswer misdirected_answer(ListenerId listener, ExpectedAnswer answer, std::string_view used, std::string_view wanted) const;
  ExpectedAnswer from_target(const Router& router, const std::string& host, bool over_tls, ExpectedAnswer answer) const;

  const Deployment& deployment_;
  std::optional<CertificateStore> store_{};
  std::vector<std::unique_ptr<EntryTables>> tables_{};
  Expressions redirections_{};
};

VirtualHostId TraefikBehaviour::id_of(ListenerId listener, const Owner& owner, bool over_tls) const {
  const Parts& parts = *deployment_.traefik;
  const auto& nobody = parts.nobody[index(listener)];
  const VirtualHostId none = over_tls ? nobody.first : nobody.second;
  if (owner.router == nullptr) return none;
  const auto& ids = parts.ids[index(listener)];
  for (const std::string& key : {treatment(owner, over_tls), treatment(*owner.router, over_tls)})
    if (const auto known = ids.find(key); known != ids.end()) return known->second;
  return none;
}

/// A router as the name's own connection would meet it; of another router, its first.
VirtualHostId TraefikBehaviour::id_of(ListenerId listener, const Router& router, const std::string& name, bool over_tls) const {
  Owner owner = owner_of(tables(listener), *store_, name, over_tls);
  if (owner.router != &router) owner.certificate = nullptr;
  owner.router = &router;
  return id_of(listener, owner, over_tls);
}

ExpectedHandshake TraefikBehaviour::handshake(ListenerId id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  if (deployment_.traefik == nullptr || listener.kind != Listener::Kind::http) return handshake;
  const EntryTables& at = tables(id);
  if (connection.scheme == Scheme::http) {
    // Every entry point takes HTTP in clear, and answers 404 where it has no router for it.
    handshake.outcome = HandshakeOutcome::cleartext;
    handshake.reason = Reason::own_name;
    handshake.virtual_host = id_of(id, owner_of(at, *store_, "", false), false);
    if (connection.alpn == AlpnOffer::h2_only) handshake.protocol = Protocol::h2;
    return handshake;
  }
  const std::string sni = connection.sni ? canonical(connection.sni->bytes()) : std::string();
  // Go cannot read a ClientHello whose server name ends with a dot, and Traefik closes what it cannot read.
  if (sni.ends_with('.')) return refuse(handshake, Reason::handshake_rejected, "");
  const EntryTables::Arrival arrival = at.arrive(sni, offered(connection.alpn));
  if (arrival.kind == EntryTables::Arrival::Kind::unknowable) return unknowable(handshake, arrival.span);
  if (arrival.span.known()) handshake.source = arrival.span;
  handshake.sni_matched = arrival.by_name;
  handshake.virtual_host = id_of(id, owner_of(at, *store_, sni, true), true);
  if (arrival.kind == EntryTables::Arrival::Kind::closed) return refuse(handshake, Reason::handshake_rejected, "");
  if (arrival.tcp != nullptr && arrival.tcp->tls == TcpRouter::Tls::passthrough) return unknowable(handshake, arrival.span);
  const TlsOptions& options = deployment_.traefik->options.find(arrival.options)->second;
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = arrival.by_name ? Reason::own_name : Reason::default_virtual_host;
  choose_protocol(options, connection.alpn, handshake);
  if (handshake.outcome == HandshakeOutcome::ok) choose_certificate(options, listener, connection, sni, handshake);
  if (handshake.outcome == HandshakeOutcome::ok) judge_client(options, connection, handshake);
  return handshake;
}

/// Without SNI, Go's callback looks for the address that was connected to.
void TraefikBehaviour::choose_certificate(const TlsOptions& options, const Listener& listener, const ConnectionFacts& connection,
                                          const std::string& sni, ExpectedHandshake& handshake) const {
  std::string name = sni;
  if (name.empty()) {
    if (connection.local_address)
      name = connection.local_address->text();
    else if (listener.address.ip)
      name = listener.address.ip->text();
  }
  const CertificateStore::Found found = store_->find(name);
  switch (found.outcome) {
    case CertificateStore::Found::Outcome::found:
      handshake.certificate = found.use;
      return;
    case CertificateStore::Found::Outcome::unknowable:
      handshake.certificate = found.use != nullptr && found.use->certificate ? nullptr : found.use;
      if (options.sni_strict && handshake.certificate != nullptr) handshake = unknowable(handshake, options.span);
      return;
    case CertificateStore::Found::Outcome::none:
      break;
  }
  if (options.sni_strict) {
    handshake.source = options.span;
    handshake = refuse(handshake, sni.empty() ? Reason::sni_required : Reason::handshake_rejected, "unrecognized_name");
    return;
  }
  handshake.certificate = &store_->default_certificate();
}

/// In the server's order; a client of HTTP/1.1 is let in by a server of HTTP/2 alone (crypto/tls negotiateALPN).
void TraefikBehaviour::choose_protocol(const TlsOptions& options, AlpnOffer offer, ExpectedHandshake& handshake) {
  const std::vector<std::string_view> names = offered(offer);
  handshake.protocol = Protocol::h1;
  if (names.empty()) return;
  bool falls_back = false;
  for (const std::string& mine : options.alpn) {
    if (std::ranges::find(names, mine) != names.end()) {
      handshake.protocol = mine == alpn_h2 ? Protocol::h2 : Protocol::h1;
      return;
    }
    falls_back |= mine == alpn_h2 && std::ranges::find(names, alpn_h1) != names.end();
  }
  if (!falls_back) handshake = refuse(handshake, Reason::no_common_protocol, "no_application_protocol");
}

void TraefikBehaviour::judge_client(const TlsOptions& options, const ConnectionFacts& connection, ExpectedHandshake& handshake) {
  const TlsSettings& tls = options.settings;
  const ClientAuthentication mode = tls.client_authentication.value;
  if (mode == ClientAuthentication::off) return;
  if (!connection.client_certificate) {
    if (mode != ClientAuthentication::required) return;
    handshake.source = tls.client_authentication.span;
    const bool is_tls1_3 = (tls.versions.value & tls_version::tls1_3) != 0;
    handshake = refuse(handshake, Reason::client_certificate_required, is_tls1_3 ? "certificate_required" : "handshake_failure");
    return;
  }
  if (mode == ClientAuthentication::optional_no_ca || options.any_client_certificate) return;
  const ClientAuthorities& authorities = tls.client_authorities;
  if (authorities.trusts(connection.client_certificate->authority_digest)) return;
  handshake.source = tls.client_authentication.span;
  if (authorities.file.known() && authorities.digest)
    handshake = refuse(handshake, Reason::client_certificate_untrusted, "unknown_ca");
  else
    handshake = unknowable(handshake, authorities.file.span);
}

ExpectedAnswer TraefikBehaviour::misdirected_answer(ListenerId, ExpectedAnswer answer, std::string_view used,
                                                    std::string_view wanted) const {
  const auto& all = deployment_.traefik->options;
  const auto a = all.find(used), b = all.find(wanted);
  const bool by_client = a != all.end() && b != all.end() &&
                         digest(a->second.settings).client_authentication != digest(b->second.settings).client_authentication;
  return refused(answer, by_client ? Reason::client_authentication_differs : Reason::tls_policy_differs, misdirected);
}

ExpectedAnswer TraefikBehaviour::answer(ListenerId id, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                                        const RequestFacts& request) const {
  ExpectedAnswer answer;
  answer.virtual_host = handshake.virtual_host;
  answer.source = handshake.source;
  const bool in_clear = handshake.outcome == HandshakeOutcome::cleartext;
  if ((handshake.outcome != HandshakeOutcome::ok && !in_clear) || deployment_.traefik == nullptr) return answer;
  const EntryTables& at = tables(id);
  const std::string sni = connection.sni && !in_clear ? canonical(connection.sni->bytes()) : std::string();
  const EntryTables::Arrival arrival = in_clear ? EntryTables::Arrival{} : at.arrive(sni, offered(connection.alpn));
  if (arrival.tcp != nullptr) return answer;  // no HTTP is spoken by Traefik there
  const AskedHost asked = asked_host(request, handshake.protocol);
  if (asked.refusal) return refused(answer, *asked.refusal, bad_request);
  const std::string name = canonical(without_port(asked.text));
  const bool is_own = in_clear || (!sni.empty() && name == sni);
  if (!in_clear && !at.form().by_router && !is_own) {
    const std::string_view used = at.options_by_name(sni, false);
    const std::string_view wanted = at.options_by_name(name, true);
    if (used != wanted) {
      const RouteOrder::Found owner = at.over_tls().find(Asked{name, {}, "/", false}, at.expressions());
      if (owner.router != nullptr) {
        answer.virtual_host = id_of(id, *owner.router, name, true);
        answer.source = owner.router->tls->span;
      }
      return misdirected_answer(id, answer, used, wanted);
    }
  }
  const RouteOrder& order = in_clear ? at.in_clear() : at.over_tls();
  const RouteOrder::Found found = order.find(Asked{name, {}, "/", false}, at.expressions());
  if (found.outcome == RouteOrder::Found::Outcome::none) {
    const Owner owner = owner_of(at, *store_, name, !in_clear);
    answer.virtual_host = id_of(id, owner, !in_clear);
    if (owner.router != nullptr) answer.source = owner.router->rule_span;
    return refused(answer, Reason::unowned, not_found);
  }
  const Router& router = *found.router;
  answer.source = router.rule_span;
  answer.virtual_host = id_of(id, router, name, !in_clear);
  if (found.outcome == RouteOrder::Found::Outcome::unknowable) return answer;
  answer.match = find_virtual_host(id, name).match;
  if (!in_clear && at.form().by_router) {
    const std::optional<std::string_view> wanted = at.options_of(router);
    if (!wanted) return answer;
    const bool is_lost = at.form().lost_with_limits && at.point().limits_keep_alive;
    const std::string_view used = is_lost ? std::string_view() : arrival.options;
    if (used != *wanted) {
      if (router.tls) answer.source = router.tls->span;
      return misdirected_answer(id, answer, used, *wanted);
    }
  }
  const bool is_listed = answer.match != NameMatch::default_host;
  answer.reason = !is_listed ? Reason::default_virtual_host : is_own ? Reason::own_name : Reason::coalesced;
  answer.outcome = AnswerOutcome::serve;
  return from_target(router, asked.text, !in_clear, answer);
}

ExpectedAnswer TraefikBehaviour::from_target(const Router& router, const std::string& host, bool over_tls,
                                             ExpectedAnswer answer) const {
  const Target& target = router.target;
  const std::string_view scheme = over_tls ? "https" : "http";
  switch (target.kind) {
    case Target::Kind::site:
      return answer;
    case Target::Kind::status:
      answer.status = target.status;
      return answer;
    case Target::Kind::redirect_scheme: {
      const std::string usual = target.scheme == "https" ? "443" : "80";
      const std::string port = port_of(host);
      const std::string wanted = target.port.empty() || target.port == usual ? "" : target.port;
      const bool stays = target.scheme == scheme && (port == wanted || (wanted.empty() && port == usual));
      if (!stays) answer.status = target.status;
      return answer;
    }
    case Target::Kind::redirect_expression: {
      const auto told = redirections_.matches(target.expression, fmt::format("{}://{}/", scheme, host));
      if (told && !*told) return answer;
      if (told) {
        answer.status = target.status;
        return answer;
      }
      break;
    }
    case Target::Kind::unknowable:
      break;
  }
  answer.outcome = AnswerOutcome::unknowable;
  answer.reason = Reason::configuration_unknowable;
  answer.source = target.span;
  return answer;
}

Behaviour::Lookup TraefikBehaviour::find_virtual_host(ListenerId id, std::string_view name) const {
  const Listener& listener = deployment_.listener(id);
  if (deployment_.traefik == nullptr || listener.kind != Listener::Kind::http)
    return {VirtualHostId::none, NameMatch::default_host};
  const bool over_tls = listener.tls.value;
  const Owner owner = owner_of(tables(id), *store_, std::string(name), over_tls);
  if (owner.router == nullptr) return {id_of(id, owner, over_tls), NameMatch::default_host};
  NameMatch match = NameMatch::default_host;
  std::string bare(name);
  if (bare.ends_with('.')) bare.pop_back();
  for (const std::string& host : domains_of(*owner.router->rule, Layer::http)) {
    if (host == bare || (host.ends_with('.') && host.substr(0, host.size() - 1) == bare)) match = NameMatch::exact;
    if (match != NameMatch::exact && host.starts_with("*.") && is_meant_by(bare, host)) match = NameMatch::wildcard;
  }
  if (match == NameMatch::default_host && has_matcher(*owner.router->rule, Matcher::host_regexp)) match = NameMatch::regex;
  return {id_of(id, owner, over_tls), match};
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<TraefikBehaviour>(deployment);
}

}  // namespace astray::traefik
