#include "servers/kubernetes/behave.h"

#include <algorithm>

#include "base/ascii.h"
#include "servers/astray/behave.h"
#include "servers/kubernetes/parts.h"
#include "servers/kubernetes/presented.h"
#include "verdict/asked.h"

namespace astray::kubernetes {
namespace {

ExpectedHandshake refuse(ExpectedHandshake handshake, Reason reason) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.certificate = nullptr;
  return handshake;
}

ExpectedAnswer refused(ExpectedAnswer answer, Reason reason, int status) {
  answer.outcome = AnswerOutcome::reject;
  answer.reason = reason;
  answer.status = status;
  return answer;
}

/// A name as listeners have it: lower case, without the dot at its end.
std::string plain_name(std::string_view bytes) {
  if (bytes.ends_with('.')) bytes.remove_suffix(1);
  return ascii_lower(bytes);
}

class KubernetesBehaviour final : public Behaviour {
 public:
  explicit KubernetesBehaviour(const Deployment& deployment);

  ExpectedHandshake handshake(ListenerId id, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId id, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId id, std::string_view name) const override;

 private:
  const PortPart& port(ListenerId id) const { return parts_.ports[parts_.part_of[static_cast<size_t>(id)]]; }
  static Lookup host_on(const ListenerPart& listener, std::string_view name);
  static void choose_protocol(const ListenerPart& listener, AlpnOffer offer, ExpectedHandshake& handshake);
  static void judge_client(const PortPart& port, const ListenerPart& listener, const ConnectionFacts& connection,
                           ExpectedHandshake& handshake);
  ExpectedAnswer judge(const PortPart& port, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                       const std::string& name, ExpectedAnswer answer) const;
  ExpectedAnswer from_routes(const PortPart& port, const ListenerPart& listener, const ConnectionFacts& connection,
                             const std::string& name, ExpectedAnswer answer) const;
  static bool refuses_client(const ListenerPart& listener, const ConnectionFacts& connection, ExpectedAnswer& answer);

  const Deployment& deployment_;
  const Parts& parts_;
  std::vector<const ListenerPart*> listener_of_{};  ///< by VirtualHostId
};

KubernetesBehaviour::KubernetesBehaviour(const Deployment& deployment)
    : deployment_(deployment), parts_(*deployment.kubernetes) {
  listener_of_.resize(deployment.virtual_hosts.size());
  for (const PortPart& port : parts_.ports) {
    for (const ListenerPart& listener : port.listeners) {
      if (listener.own != VirtualHostId::none) listener_of_[static_cast<size_t>(listener.own)] = &listener;
      for (const HostPart& host : listener.hosts) listener_of_[static_cast<size_t>(host.id)] = &listener;
    }
  }
}

Behaviour::Lookup KubernetesBehaviour::host_on(const ListenerPart& listener, std::string_view name) {
  if (const auto host = listener.by_name.find(name)) {
    const HostPart& part = listener.hosts[host->value];
    return {part.id, host->match};
  }
  const VirtualHostId stand_in = listener.own != VirtualHostId::none ? listener.own : listener.hosts.front().id;
  return {stand_in, NameMatch::default_host};
}

ExpectedHandshake KubernetesBehaviour::handshake(ListenerId id, const ConnectionFacts& connection) const {
  const PortPart& at = port(id);
  ExpectedHandshake handshake;
  handshake.source = at.span;
  if (deployment_.listener(id).kind != Listener::Kind::http) return handshake;
  const bool is_tls = connection.scheme == Scheme::https;
  if (at.has_tls() != is_tls) return refuse(handshake, Reason::scheme_mismatch);
  if (!is_tls) {
    handshake.outcome = HandshakeOutcome::cleartext;
    handshake.reason = Reason::own_name;
    handshake.virtual_host = deployment_.listener(id).default_virtual_host;
    if (connection.alpn == AlpnOffer::h2_only) handshake.outcome = HandshakeOutcome::unknowable;
    return handshake;
  }
  const std::string sni = connection.sni ? plain_name(connection.sni->bytes()) : std::string();
  const auto found = at.by_hostname.find(sni);
  if (!found) {
    // The API says that such a request is rejected, and leaves open how; Envoy has no filter chain for it.
    if (at.crossing == Crossing::by_connection)
      return refuse(handshake, sni.empty() ? Reason::sni_required : Reason::handshake_rejected);
    return handshake;
  }
  const ListenerPart& listener = at.listeners[found->value];
  handshake.source = listener.span;
  handshake.virtual_host = host_on(listener, sni).virtual_host;
  handshake.sni_matched = found->match != NameMatch::default_host;
  handshake.certificate = certificate_for(*listener.tls, sni);
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  choose_protocol(listener, connection.alpn, handshake);
  // nginx lets the handshake pass and judges the request.
  if (handshake.outcome == HandshakeOutcome::ok && at.crossing != Crossing::nginx)
    judge_client(at, listener, connection, handshake);
  return handshake;
}

void KubernetesBehaviour::choose_protocol(const ListenerPart& listener, AlpnOffer offer, ExpectedHandshake& handshake) {
  const bool wants_h2 = offer == AlpnOffer::h2 || offer == AlpnOffer::h2_only;
  handshake.protocol = wants_h2 && listener.http2 ? Protocol::h2 : Protocol::h1;
  if (offer == AlpnOffer::h2_only && !listener.http2) handshake = refuse(handshake, Reason::no_common_protocol);
}

void KubernetesBehaviour::judge_client(const PortPart& port, const ListenerPart& listener, const ConnectionFacts& connection,
                                       ExpectedHandshake& handshake) {
  const TlsSettings& tls = *listener.tls;
  const ClientAuthentication mode = tls.client_authentication.value;
  if (mode == ClientAuthentication::off) return;
  handshake.source = tls.client_authentication.span;
  if (port.crossing == Crossing::unknowable && !tls.client_authentication.known()) {
    handshake.outcome = HandshakeOutcome::unknowable;
    return;
  }
  if (mode == ClientAuthentication::optional_no_ca) return;
  if (!connection.client_certificate) {
    if (mode == ClientAuthentication::required) handshake = refuse(handshake, Reason::client_certificate_required);
    return;
  }
  if (tls.client_authorities.trusts(connection.client_certificate->authority_digest)) return;
  if (tls.client_authorities.file.known() && !tls.client_authorities.sets.empty()) {
    handshake = refuse(handshake, Reason::client_certificate_untrusted);
    return;
  }
  handshake.outcome = HandshakeOutcome::unknowable;
  handshake.reason = Reason::configuration_unknowable;
}

ExpectedAnswer KubernetesBehaviour::answer(ListenerId id, const ConnectionFacts& connection,
                                           const ExpectedHandshake& handshake, const RequestFacts& request) const {
  const PortPart& at = port(id);
  ExpectedAnswer answer;
  answer.virtual_host = handshake.virtual_host;
  answer.source = handshake.source;
  const bool is_readable = handshake.outcome == HandshakeOutcome::ok || handshake.outcome == HandshakeOutcome::cleartext;
  if (!is_readable) return answer;
  ConnectionFacts facts = connection;
  facts.protocol = handshake.protocol;
  const Result<Asked, Verdict> asked = read_asked(facts, request);
  if (!asked) {
    // What becomes of a malformed or ambiguous authority differs between implementations.
    if (asked.error().reason == Reason::authority_missing) return refused(answer, Reason::authority_missing, 400);
    return answer;
  }
  return judge(at, connection, handshake, asked->origin.host.text(), answer);
}

ExpectedAnswer KubernetesBehaviour::judge(const PortPart& port, const ConnectionFacts& connection,
                                          const ExpectedHandshake& handshake, const std::string& name,
                                          ExpectedAnswer answer) const {
  const auto best = port.by_hostname.find(name);
  if (!port.has_tls()) {
    if (!best) return refused(answer, Reason::unowned, 404);
    return from_routes(port, port.listeners[best->value], connection, name, answer);
  }
  const ListenerPart* of_connection = listener_of_[static_cast<size_t>(handshake.virtual_host)];
  const ListenerPart* of_name = best ? &port.listeners[best->value] : nullptr;
  switch (port.crossing) {
    case Crossing::misdirected:
      if (of_name == nullptr) return refused(answer, Reason::unowned, 404);
      if (of_name == of_connection) break;
      answer.virtual_host = host_on(*of_name, name).virtual_host;
      answer.source = of_name->span;
      return refused(answer, Reason::more_specific_listener, 421);
    case Crossing::by_connection:
      break;
    case Crossing::nginx: {
      if (of_name == nullptr) return answer;
      const std::string sni = connection.sni ? plain_name(connection.sni->bytes()) : std::string();
      const bool asks = of_name->tls->client_authentication.value != ClientAuthentication::off;
      if (handshake.sni_matched && sni != name && asks) {
        answer.virtual_host = host_on(*of_name, name).virtual_host;
        answer.source = of_name->tls->client_authentication.span;
        return refused(answer, Reason::client_authentication_differs, 421);
      }
      // Who was not asked in the handshake has shown no certificate.
      ConnectionFacts shown = connection;
      if (of_connection != of_name) shown.client_certificate.reset();
      of_connection = of_name;
      if (refuses_client(*of_name, shown, answer)) return answer;
      break;
    }
    case Crossing::unknowable:
      if (of_name != of_connection || of_name == nullptr) return answer;
      break;
  }
  return from_routes(port, *of_connection, connection, name, answer);
}

/// nginx: a server that asks for client certificates judges its requests (ssl_verify_client).
bool KubernetesBehaviour::refuses_client(const ListenerPart& listener, const ConnectionFacts& connection,
                                         ExpectedAnswer& answer) {
  const TlsSettings& tls = *listener.tls;
  const ClientAuthentication mode = tls.client_authentication.value;
  if (mode == ClientAuthentication::off || mode == ClientAuthentication::optional_no_ca) return false;
  answer.source = tls.client_authentication.span;
  if (!connection.client_certificate) {
    if (mode == ClientAuthentication::required) answer = refused(answer, Reason::client_certificate_required, 400);
    return mode == ClientAuthentication::required;
  }
  if (tls.client_authorities.trusts(connection.client_certificate->authority_digest)) return false;
  if (tls.client_authorities.digest) answer = refused(answer, Reason::client_certificate_untrusted, 400);
  return true;
}

ExpectedAnswer KubernetesBehaviour::from_routes(const PortPart& port, const ListenerPart& listener,
                                                const ConnectionFacts& connection, const std::string& name,
                                                ExpectedAnswer answer) const {
  const auto found = listener.by_name.find(name);
  const RootAnswer& root = found ? listener.hosts[found->value].root : listener.unclaimed;
  answer.source = root.span;
  if (!found) {
    answer.virtual_host = listener.own != VirtualHostId::none ? listener.own : answer.virtual_host;
    if (root.kind == RootAnswer::Kind::unknowable) return answer;
    return refused(answer, Reason::unowned, root.status);
  }
  const HostPart& host = listener.hosts[found->value];
  answer.virtual_host = host.id;
  answer.match = found->match;
  const bool is_own = !connection.sni || plain_name(connection.sni->bytes()) == name;
  answer.reason = found->match == NameMatch::default_host ? Reason::default_virtual_host
                  : is_own                                ? Reason::own_name
                                                          : Reason::coalesced;
  if (root.kind == RootAnswer::Kind::unknowable) {
    answer.reason = Reason::configuration_unknowable;
    return answer;
  }
  constexpr int first_error = 400;
  if (root.kind == RootAnswer::Kind::status && root.status >= first_error) return refused(answer, Reason::unowned, root.status);
  answer.outcome = AnswerOutcome::serve;
  if (root.kind == RootAnswer::Kind::status) answer.status = root.status;
  // The routes that would take it on a connection of its own may be these.
  const auto best = port.by_hostname.find(name);
  if (best && &port.listeners[best->value] != &listener) {
    const ListenerPart& other = port.listeners[best->value];
    const auto there = other.by_name.find(name);
    if (there && other.hosts[there->value].routes == host.routes) answer.virtual_host = other.hosts[there->value].id;
  }
  return answer;
}

Behaviour::Lookup KubernetesBehaviour::find_virtual_host(ListenerId id, std::string_view name) const {
  constexpr Lookup nobody{VirtualHostId::none, NameMatch::default_host};
  if (deployment_.listener(id).kind != Listener::Kind::http) return nobody;
  const PortPart& at = port(id);
  const auto found = at.by_hostname.find(name);
  if (!found) return nobody;
  const ListenerPart& listener = at.listeners[found->value];
  // Where other names have routes, one without is nobody's site.
  if (!listener.hosts.empty() && !listener.by_name.find(name)) return nobody;
  Lookup lookup = host_on(listener, name);
  if (lookup.match == NameMatch::default_host) lookup.match = found->match;
  return lookup;
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  if (deployment.server == ServerKind::astray) return own_gateway::make_behaviour(deployment);
  return std::make_unique<KubernetesBehaviour>(deployment);
}

}  // namespace astray::kubernetes
