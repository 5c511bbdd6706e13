// What Caddy answers: caddytls.ConnectionPolicies.TLSConfig, certmagic's choice of a certificate, crypto/tls, net/http
// and caddyhttp's enforcementHandler and routes.
#include "servers/caddy/behave.h"

#include <algorithm>

#include "base/ascii.h"
#include "servers/caddy/parts.h"
#include "servers/caddy/route_walk.h"

namespace astray::caddy {
namespace {

/// The Go of later releases has other words for refused client certificates: no alert is predicted then.
constexpr Version newer_alerts{2, 7, 0};

/// crypto/tls before Go 1.21 looks for a certificate first in TLS 1.3 (pickCertificate, then sendServerParameters), and for a
/// protocol first in TLS 1.2; later releases for a protocol in both.
bool seeks_certificate_first(const ConnectionPolicy& policy, Version version) {
  return version < newer_alerts && !(policy.maximum && policy.maximum->text == "tls1.2");
}

/// golang.org/x/net/http/httpguts.ValidHostHeader.
bool is_valid_host_field(std::string_view text) {
  constexpr std::string_view others = "!$%&'()*+,-.:;=[]_~";
  return std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
  });
}

ExpectedHandshake refuse(ExpectedHandshake handshake, Reason reason, std::string_view alert, SourceSpan source) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.alert = alert;
  handshake.certificate = nullptr;
  handshake.source = source;
  return handshake;
}

class CaddyBehaviour final : public Behaviour {
 public:
  explicit CaddyBehaviour(const Deployment& deployment) : deployment_(deployment), parts_(deployment.caddy.get()) {
    if (parts_ == nullptr) return;
    for (const HttpServer& each : parts_->configuration.servers)
      servers_.push_back({&each, RouteIndex(each.routes), RouteIndex(each.error_routes), PolicyIndex(each), strict_sni_host(each)});
  }

  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override;

 private:
  struct Prepared {
    const HttpServer* server;
    RouteIndex routes, error_routes;
    PolicyIndex policies;
    StrictSniHost strict;
  };
  const Prepared& prepared(ListenerId id) const { return servers_[parts_->server_of[static_cast<size_t>(id)]]; }
  VirtualHostId virtual_host(ListenerId listener, std::optional<size_t> route) const {
    if (!route) return VirtualHostId::none;
    return parts_->virtual_host_of[parts_->server_of[static_cast<size_t>(listener)]][*route];
  }
  bool is_on_demand(std::string_view sni) const;
  ExpectedHandshake without_certificate(const ExpectedHandshake& handshake, std::string_view sni, bool is_known) const;
  void choose_protocol(const Prepared& prepared, const ConnectionPolicy& policy, AlpnOffer offer,
                       ExpectedHandshake& handshake) const;
  void judge_client(const ConnectionPolicy& policy, const ConnectionFacts& connection, ExpectedHandshake& handshake) const;
  ExpectedAnswer fail(const Prepared& prepared, ExpectedAnswer answer, std::string_view host, int status, bool is_tls) const;

  const Deployment& deployment_;
  const Parts* parts_;
  std::vector<Prepared> servers_;
};

bool CaddyBehaviour::is_on_demand(std::string_view sni) const {
  const std::vector<std::string> wildcards = wildcards_above(sni);
  return std::ranges::any_of(parts_->configuration.on_demand, [&](const Word& each) {
    return each.text.empty() || each.text == sni || std::ranges::find(wildcards, each.text) != wildcards.end();
  });
}

ExpectedHandshake CaddyBehaviour::without_certificate(const ExpectedHandshake& handshake, std::string_view sni,
                                                      bool is_known) const {
  // On demand, who may get a certificate is asked while the client waits.
  if (!is_known || (!sni.empty() && is_on_demand(sni))) {
    ExpectedHandshake unknown = handshake;
    unknown.outcome = HandshakeOutcome::unknowable;
    return unknown;
  }
  return refuse(handshake, Reason::sni_required, "internal_error", handshake.source);
}

ExpectedHandshake CaddyBehaviour::handshake(ListenerId listener_id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  if (parts_ == nullptr) return handshake;
  const Prepared& at = prepared(listener_id);
  if (connection.scheme == Scheme::http || !listener.tls.value) {
    if (connection.scheme == Scheme::https) return refuse(handshake, Reason::scheme_mismatch, "", listener.span);
    const bool offers_h2c = connection.alpn == AlpnOffer::h2_only;
    const bool has_h2c = !listener.tls.value && std::ranges::any_of(at.server->protocols, [](const Word& each) { return each.text == "h2c"; });
    if (offers_h2c && !has_h2c) return refuse(handshake, Reason::no_common_protocol, "", listener.span);
    handshake.outcome = HandshakeOutcome::cleartext;
    handshake.reason = Reason::own_name;
    if (offers_h2c) handshake.protocol = Protocol::h2;
    return handshake;
  }
  const std::string sni = connection.sni ? ascii_lower(connection.sni->bytes()) : "";
  // crypto/tls takes these for malformed (RFC 6066 §3 has no trailing dot).
  if (connection.sni && (sni.empty() || sni.ends_with('.')))
    return refuse(handshake, Reason::handshake_rejected, "unexpected_message", listener.span);
  const RouteIndex::Found site = at.routes.find(sni);
  if (!sni.empty() && site.route) handshake.virtual_host = virtual_host(listener_id, site.route);
  handshake.sni_matched = !sni.empty() && site.route && site.how != RouteIndex::Found::How::every_host;

  const FoundPolicy found = at.policies.find(sni);
  if (!found.is_known) {
    if (found.policy != nullptr) handshake.source = found.policy->span;
    return handshake;
  }
  if (found.policy == nullptr) return refuse(handshake, Reason::sni_required, "internal_error", at.server->span);
  const ConnectionPolicy& policy = *found.policy;
  handshake.source = policy.span;
  const CertificatePool::Choice choice = parts_->certificates->choose(policy, sni, connection.local_address);
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  handshake.certificate = choice.use;
  if (choice.use != nullptr || !seeks_certificate_first(policy, deployment_.version)) {
    choose_protocol(at, policy, connection.alpn, handshake);
    if (handshake.outcome != HandshakeOutcome::ok) return handshake;
  }
  if (choice.use == nullptr) return without_certificate(handshake, sni, choice.is_known);
  judge_client(policy, connection, handshake);
  return handshake;
}

/// crypto/tls negotiateALPN: the server's order counts.
void CaddyBehaviour::choose_protocol(const Prepared& at, const ConnectionPolicy& policy, AlpnOffer offer,
                                     ExpectedHandshake& handshake) const {
  std::vector<std::string_view> served;
  for (const Word& each : policy.alpn) served.push_back(each.text);
  if (served.empty()) served = {"h2", "http/1.1"};
  const bool has_h2 = at.server->protocols.empty() ||
                      std::ranges::any_of(at.server->protocols, [](const Word& each) { return each.text == "h2"; });
  if (!has_h2) std::erase(served, "h2");
  if (offer == AlpnOffer::none) return;
  const bool offers_h2 = offer == AlpnOffer::h2 || offer == AlpnOffer::h2_only;
  const bool offers_h1 = offer == AlpnOffer::h2 || offer == AlpnOffer::h1;
  for (const std::string_view each : served) {
    if (each == "h2" && offers_h2) {
      handshake.protocol = Protocol::h2;
      return;
    }
    if (each == "http/1.1" && offers_h1) return;
  }
  // A client of http/1.1 alone is let in where only h2 is served, as if it had offered nothing.
  if (offers_h1 && std::ranges::find(served, "h2") != served.end()) return;
  handshake = refuse(handshake, Reason::no_common_protocol, "no_application_protocol", handshake.source);
}

void CaddyBehaviour::judge_client(const ConnectionPolicy& policy, const ConnectionFacts& connection,
                                  ExpectedHandshake& handshake) const {
  if (!asks_for_client_certificates(policy)) return;
  const ClientAuthenticationSettings& clients = *policy.clients;
  const auto give_up = [&] {
    handshake.outcome = HandshakeOutcome::unknowable;
    handshake.source = clients.span;
  };
  if (has_placeholder(clients.mode)) return give_up();
  const bool verifies = clients.mode.empty() ? !clients.authority_files.empty() || clients.has_other_trust
                                             : clients.mode == "require_and_verify" || clients.mode == "verify_if_given";
  const bool requires_one = clients.mode != "request" && clients.mode != "verify_if_given";
  const std::string_view alert = deployment_.version < newer_alerts ? "bad_certificate" : "";
  if (!connection.client_certificate) {
    if (requires_one) handshake = refuse(handshake, Reason::client_certificate_required, alert, clients.span);
    return;
  }
  if (clients.has_other_trust) return give_up();
  if (!verifies) return;
  const auto trusted = parts_->authorities.find(&policy);
  if (trusted == parts_->authorities.end() || !trusted->second.digest) return give_up();
  if (!trusted->second.trusts(connection.client_certificate->authority_digest))
    handshake = refuse(handshake, Reason::client_certificate_untrusted, alert, clients.span);
}

ExpectedAnswer CaddyBehaviour::fail(const Prepared& at, ExpectedAnswer answer, std::string_view host, int status,
                                    bool is_tls) const {
  answer.outcome = AnswerOutcome::reject;
  answer.status = status;
  const RouteOutcome outcome = at.error_routes.answer(host, is_tls);
  switch (outcome.kind) {
    case RouteOutcome::Kind::nobody:
      break;
    case RouteOutcome::Kind::status:
      if (outcome.status != unstated_status) answer.status = outcome.status;
      break;
    case RouteOutcome::Kind::error:
      answer.status = outcome.status;
      break;
    case RouteOutcome::Kind::aborted:
      answer.status = 0;
      break;
    case RouteOutcome::Kind::served:
    case RouteOutcome::Kind::unknowable:
      answer.outcome = AnswerOutcome::unknowable;
      answer.reason = Reason::configuration_unknowable;
      answer.source = outcome.span;
  }
  return answer;
}

ExpectedAnswer CaddyBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                      const ExpectedHandshake& handshake, const RequestFacts& request) const {
  ExpectedAnswer answer;
  answer.source = handshake.source;
  answer.virtual_host = handshake.virtual_host;
  const bool is_tls = handshake.outcome == HandshakeOutcome::ok;
  if (parts_ == nullptr || (!is_tls && handshake.outcome != HandshakeOutcome::cleartext)) return answer;
  const Prepared& at = prepared(listener_id);
  const auto refuse_request = [&](Reason reason) {
    answer.outcome = AnswerOutcome::reject;
    answer.reason = reason;
    answer.status = 400;
    return answer;
  };
  if (!is_tls && deployment_.listener(listener_id).tls.value) return refuse_request(Reason::scheme_mismatch);

  std::string_view authority;
  if (handshake.protocol == Protocol::h1) {
    if (request.host_fields.empty()) return refuse_request(Reason::authority_missing);
    if (request.host_fields.size() > 1) return refuse_request(Reason::authority_duplicated);
    if (!is_valid_host_field(request.host_fields.front().bytes())) return refuse_request(Reason::authority_malformed);
    authority = request.host_fields.front().bytes();
    if (request.target_authority) authority = request.target_authority->bytes();
  } else {
    if (request.pseudo_authority) authority = request.pseudo_authority->bytes();
    if (authority.empty() && !request.host_fields.empty()) authority = request.host_fields.front().bytes();
  }
  const std::string host = host_for_matching(authority);
  const std::string_view sni = connection.sni ? connection.sni->bytes() : std::string_view();
  if (is_tls && at.strict.is_on && !ascii_iequals(sni, host_without_port(authority))) {
    const RouteIndex::Found owner = at.routes.find(host);
    answer.virtual_host = virtual_host(listener_id, owner.route);
    answer.reason = connection.sni ? Reason::name_differs_from_sni : Reason::sni_missing;
    answer.source = at.strict.span;
    return fail(at, answer, host, 421, is_tls);
  }

  const RouteOutcome outcome = at.routes.answer(host, is_tls);
  answer.virtual_host = virtual_host(listener_id, outcome.route);
  const RouteIndex::Found named = at.routes.find(host);
  const bool is_named = named.route && named.how != RouteIndex::Found::How::every_host && named.route == outcome.route;
  if (is_named) answer.match = named.how == RouteIndex::Found::How::exact ? NameMatch::exact : NameMatch::wildcard;
  answer.source = outcome.span.known() || answer.virtual_host == VirtualHostId::none
                      ? outcome.span
                      : deployment_.virtual_host(answer.virtual_host).span;
  if (!answer.source.known()) answer.source = at.server->span;
  if (answer.virtual_host == VirtualHostId::none) answer.reason = Reason::unowned;
  else if (!is_named) answer.reason = Reason::default_virtual_host;
  else answer.reason = !is_tls || sni.empty() || ascii_iequals(sni, host) ? Reason::own_name : Reason::coalesced;
  answer.outcome = AnswerOutcome::serve;
  switch (outcome.kind) {
    case RouteOutcome::Kind::nobody:
      // Where no handler answers, there is an empty 200.
      answer.status = 200;
      break;
    case RouteOutcome::Kind::status:
      answer.status = outcome.status == unstated_status ? 200 : outcome.status;
      if (answer.status == 200 && answer.virtual_host != VirtualHostId::none) answer.status = 0;
      if (outcome.status >= 400) {
        answer.outcome = AnswerOutcome::reject;
        if (!is_named || outcome.status == 421) answer.reason = Reason::unowned;
      }
      break;
    case RouteOutcome::Kind::error:
      if (!is_named || outcome.status == 421) answer.reason = Reason::unowned;
      return fail(at, answer, host, outcome.status, is_tls);
    case RouteOutcome::Kind::aborted:
      answer.outcome = AnswerOutcome::reject;
      if (!is_named) answer.reason = Reason::unowned;
      break;
    case RouteOutcome::Kind::served:
      break;
    case RouteOutcome::Kind::unknowable:
      answer.outcome = AnswerOutcome::unknowable;
      answer.reason = Reason::configuration_unknowable;
  }
  return answer;
}

Behaviour::Lookup CaddyBehaviour::find_virtual_host(ListenerId listener_id, std::string_view name) const {
  if (parts_ == nullptr) return {VirtualHostId::none, NameMatch::default_host};
  const RouteIndex::Found found = prepared(listener_id).routes.find(host_for_matching(name));
  NameMatch match = NameMatch::default_host;
  if (found.route && found.how == RouteIndex::Found::How::exact) match = NameMatch::exact;
  if (found.route && found.how == RouteIndex::Found::How::wildcard) match = NameMatch::wildcard;
  return {virtual_host(listener_id, found.route), match};
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<CaddyBehaviour>(deployment);
}

}  // namespace astray::caddy
