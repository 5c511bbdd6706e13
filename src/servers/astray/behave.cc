#include "servers/astray/behave.h"

#include <string>
#include <unordered_map>

#include "gateway/ownership/handshake_choice.h"
#include "gateway/ownership/request_decision.h"
#include "servers/astray/parts.h"
#include "servers/model/presented_certificate.h"

namespace astray::own_gateway {
namespace {

using gateway::HandshakeChoice;
using gateway::ListenerSettings;
using gateway::UnownedSetting;
using gateway::VirtualHostSettings;

ExpectedHandshake refuse(ExpectedHandshake handshake, Reason reason, std::string_view alert) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.alert = alert;
  handshake.certificate = nullptr;
  return handshake;
}

Reason reason_without_host(HandshakeChoice::Sni sni) {
  return sni == HandshakeChoice::Sni::malformed ? Reason::handshake_rejected : Reason::sni_required;
}

NameMatch match_of(gateway::AuthorityTable::Match match) {
  switch (match) {
    case gateway::AuthorityTable::Match::exact:
      return NameMatch::exact;
    case gateway::AuthorityTable::Match::wildcard:
      return NameMatch::wildcard;
    case gateway::AuthorityTable::Match::by_default:
      break;
  }
  return NameMatch::default_host;
}

class GatewayBehaviour final : public Behaviour {
 public:
  explicit GatewayBehaviour(const Deployment& deployment);

  ExpectedHandshake handshake(ListenerId listener_id, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener_id, const ConnectionFacts& connection,
                        const ExpectedHandshake& handshake, const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener_id, std::string_view name) const override;

 private:
  const ListenerSettings& settings(ListenerId id) const {
    return parts_->configuration.listeners[static_cast<size_t>(id)];
  }
  const VirtualHostSettings& settings(VirtualHostId id) const {
    return parts_->configuration.virtual_hosts[static_cast<size_t>(id)];
  }
  VirtualHostId id_of(gateway::VirtualHostIndex owner) const {
    return static_cast<VirtualHostId>(parts_->owners->configured[owner]);
  }
  static ExpectedHandshake in_clear(ExpectedHandshake handshake, const Listener& listener,
                                    const ConnectionFacts& connection);
  void judge_client(const ConnectionFacts& connection, ExpectedHandshake& handshake) const;
  void choose_protocol(AlpnOffer offer, ExpectedHandshake& handshake) const;
  ConnectionFacts facts_of(ListenerId listener_id, const ConnectionFacts& connection,
                           const ExpectedHandshake& handshake) const;
  UnownedSetting unowned_of(ListenerId listener_id, const ExpectedHandshake& handshake) const;
  void serve(const gateway::Decision& decision, ListenerId listener_id, ExpectedAnswer& answer) const;
  SourceSpan place_of_name(VirtualHostId id, const Host& host) const;

  const Deployment& deployment_;
  const Parts* parts_;
  std::vector<std::optional<HandshakeChoice>> choices_{};  ///< by ListenerId; absent: in clear
  /// By VirtualHostId: where a name is claimed, by its text in the configuration's canonical spelling.
  std::vector<std::unordered_map<std::string, SourceSpan>> claimed_at_{};
};

GatewayBehaviour::GatewayBehaviour(const Deployment& deployment)
    : deployment_(deployment), parts_(deployment.gateway.get()) {
  if (parts_ == nullptr || parts_->owners == nullptr) return;
  for (const ListenerSettings& each : parts_->configuration.listeners) {
    std::optional<HandshakeChoice>& choice = choices_.emplace_back();
    if (each.tls) choice.emplace(*parts_->owners->table, parts_->configuration, each);
  }
  for (const VirtualHost& host : deployment.virtual_hosts) {
    auto& places = claimed_at_.emplace_back();
    for (const NamedPattern& name : host.names) places.emplace(name.pattern.spelled(), name.span);
  }
}

ExpectedHandshake GatewayBehaviour::in_clear(ExpectedHandshake handshake, const Listener& listener,
                                             const ConnectionFacts& connection) {
  handshake.virtual_host = listener.default_virtual_host;
  if (connection.scheme == Scheme::https) return refuse(handshake, Reason::scheme_mismatch, "");
  // In clear the gateway speaks HTTP/1.1 alone.
  if (connection.alpn == AlpnOffer::h2_only) return refuse(handshake, Reason::no_common_protocol, "");
  handshake.outcome = HandshakeOutcome::cleartext;
  handshake.reason = Reason::own_name;
  return handshake;
}

ExpectedHandshake GatewayBehaviour::handshake(ListenerId listener_id,
                                              const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  if (parts_ == nullptr || parts_->owners == nullptr) return handshake;
  const auto& choice = choices_[static_cast<size_t>(listener_id)];
  if (!choice) return in_clear(handshake, listener, connection);
  if (connection.scheme == Scheme::http) return refuse(handshake, Reason::scheme_mismatch, "");

  std::optional<std::string_view> sni;
  if (connection.sni) sni = connection.sni->bytes();
  const HandshakeChoice::Chosen chosen = choice->choose(sni);
  if (!chosen.virtual_host) return refuse(handshake, reason_without_host(chosen.sni), "unrecognized_name");
  handshake.virtual_host = static_cast<VirtualHostId>(*chosen.virtual_host);
  handshake.sni_matched = chosen.sni == HandshakeChoice::Sni::claimed;
  const VirtualHost& host = deployment_.virtual_host(handshake.virtual_host);
  handshake.source = host.span;
  handshake.certificate = presented_certificate(host.tls);
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  choose_protocol(connection.alpn, handshake);
  if (handshake.outcome == HandshakeOutcome::ok) judge_client(connection, handshake);
  return handshake;
}

/// Client certificates are judged in the handshake, and a bad one ends it also where none is required.
void GatewayBehaviour::judge_client(const ConnectionFacts& connection, ExpectedHandshake& handshake) const {
  const TlsSettings& tls = deployment_.virtual_host(handshake.virtual_host).tls;
  const ClientAuthentication mode = tls.client_authentication.value;
  if (mode == ClientAuthentication::off) return;
  handshake.source = tls.client_authentication.span;
  if (!connection.client_certificate) {
    if (mode != ClientAuthentication::required) return;
    const bool is_tls1_3 = (tls.versions.value & tls_version::tls1_3) != 0;
    handshake = refuse(handshake, Reason::client_certificate_required,
                       is_tls1_3 ? "certificate_required" : "handshake_failure");
  } else if (!tls.client_authorities.trusts(connection.client_certificate->authority_digest)) {
    handshake = refuse(handshake, Reason::client_certificate_untrusted, "unknown_ca");
  }
}

void GatewayBehaviour::choose_protocol(AlpnOffer offer, ExpectedHandshake& handshake) const {
  bool has_h1 = false;
  bool has_h2 = false;
  for (const gateway::HttpVersion version : settings(handshake.virtual_host).protocols)
    (version == gateway::HttpVersion::h2 ? has_h2 : has_h1) = true;
  const bool wants_h2 = offer == AlpnOffer::h2 || offer == AlpnOffer::h2_only;
  const bool wants_h1 = offer == AlpnOffer::h2 || offer == AlpnOffer::h1;
  if (offer == AlpnOffer::none) return;  // HTTP/1.1 then, be it on or off
  if (wants_h2 && has_h2)
    handshake.protocol = Protocol::h2;
  else if (!(wants_h1 && has_h1))
    handshake = refuse(handshake, Reason::no_common_protocol, "no_application_protocol");
}

/// What the front knows of such a connection (proxy/front/front_connection.cc).
ConnectionFacts GatewayBehaviour::facts_of(ListenerId listener_id, const ConnectionFacts& connection,
                                           const ExpectedHandshake& handshake) const {
  const gateway::SchemePort at = gateway::scheme_and_port(settings(listener_id));
  ConnectionFacts facts;
  facts.scheme = at.scheme;
  facts.local_address = connection.local_address;
  facts.local_port = at.port;
  facts.protocol = handshake.protocol;
  facts.peer = connection.peer;
  if (at.scheme == Scheme::http) return facts;
  facts.sni = connection.sni;
  const SettledFacts& settled = parts_->settled[static_cast<size_t>(handshake.virtual_host)];
  facts.policy = settled.policy;
  facts.listener = settled.listener;
  facts.certificate_names = settled.certificate_names;
  return facts;
}

UnownedSetting GatewayBehaviour::unowned_of(ListenerId listener_id,
                                            const ExpectedHandshake& handshake) const {
  const VirtualHostId taker = handshake.outcome == HandshakeOutcome::cleartext
                                  ? deployment_.listener(listener_id).default_virtual_host
                                  : handshake.virtual_host;
  return taker == VirtualHostId::none ? UnownedSetting::misdirected : settings(taker).unowned;
}

ExpectedAnswer GatewayBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                        const ExpectedHandshake& handshake,
                                        const RequestFacts& request) const {
  ExpectedAnswer answer;
  answer.virtual_host = handshake.virtual_host;
  answer.source = handshake.source;
  const bool is_readable =
      handshake.outcome == HandshakeOutcome::ok || handshake.outcome == HandshakeOutcome::cleartext;
  if (!is_readable || parts_ == nullptr || parts_->owners == nullptr) return answer;

  const ConnectionFacts facts = facts_of(listener_id, connection, handshake);
  const Result<Asked, Verdict> asked = read_asked(facts, request);
  answer.outcome = AnswerOutcome::reject;
  if (!asked) {
    answer.reason = asked.error().reason;
    answer.status = status(asked.error().answer);
    return answer;
  }
  const UnownedSetting unowned = unowned_of(listener_id, handshake);
  const gateway::Decision decision =
      gateway::decide_request(*parts_->owners, &settings(listener_id), unowned, facts, *asked);
  answer.reason = decision.verdict.reason;
  if (decision.owner) {
    answer.virtual_host = id_of(decision.owner->virtual_host);
    answer.match = match_of(decision.owner->match);
    answer.source = place_of_name(answer.virtual_host, asked->origin.host);
  }
  if (decision.verdict.answer == Answer::serve) {
    serve(decision, listener_id, answer);
    return answer;
  }
  if (decision.verdict.answer == Answer::could_not_tell) {
    answer.outcome = AnswerOutcome::unknowable;
    return answer;
  }
  const bool closes = answer.reason == Reason::unowned && unowned == UnownedSetting::close;
  answer.status = closes ? 0 : status(decision.verdict.answer);
  return answer;
}

void GatewayBehaviour::serve(const gateway::Decision& decision, ListenerId listener_id,
                             ExpectedAnswer& answer) const {
  constexpr int permanent_redirect = 308;
  constexpr int first_error = 400;
  answer.outcome = AnswerOutcome::serve;
  if (decision.redirect_to) {
    answer.status = permanent_redirect;
    answer.source = deployment_.listener(listener_id).span;
    return;
  }
  const RootAnswer& root = parts_->root_answers[static_cast<size_t>(answer.virtual_host)];
  if (root.status == 0) return;
  answer.status = root.status;
  answer.source = root.source;
  if (root.status >= first_error) answer.outcome = AnswerOutcome::reject;
}

SourceSpan GatewayBehaviour::place_of_name(VirtualHostId id, const Host& host) const {
  const auto& places = claimed_at_[static_cast<size_t>(id)];
  if (const auto exact = places.find(host.text()); exact != places.end()) return exact->second;
  const std::string text = host.text();
  for (size_t dot = text.find('.'); dot != std::string::npos; dot = text.find('.', dot + 1))
    if (const auto below = places.find("*" + text.substr(dot)); below != places.end()) return below->second;
  return deployment_.virtual_host(id).span;
}

Behaviour::Lookup GatewayBehaviour::find_virtual_host(ListenerId listener_id, std::string_view name) const {
  constexpr Lookup nobody{VirtualHostId::none, NameMatch::default_host};
  const Result<Host, HostnameError> host = Host::parse(name);
  if (!host || parts_ == nullptr || parts_->owners == nullptr) return nobody;
  const auto found = parts_->owners->table->find(gateway::scheme_and_port(settings(listener_id)), *host);
  if (!found) return nobody;
  return {id_of(found->virtual_host), match_of(found->match)};
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<GatewayBehaviour>(deployment);
}

}  // namespace astray::own_gateway
