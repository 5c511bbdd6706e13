// How HAProxy shakes hands (ssl_sock_switchctx_cbk) and answers: its rules, evaluated.
#include "servers/haproxy/behave.h"

#include "base/ascii.h"
#include "servers/haproxy/host_field.h"
#include "servers/haproxy/parts.h"
#include "servers/haproxy/virtual_hosts.h"
#include "servers/haproxy/walk.h"

namespace astray::haproxy {
namespace {

ExpectedHandshake refuse(ExpectedHandshake handshake, Reason reason, std::string_view alert, SourceSpan source) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.alert = alert;
  handshake.source = source;
  handshake.certificate = nullptr;
  return handshake;
}

std::string sni_of(const ConnectionFacts& connection) {
  return connection.sni ? ascii_lower(connection.sni->bytes()) : std::string();
}

class HaproxyBehaviour final : public Behaviour {
 public:
  explicit HaproxyBehaviour(const Deployment& deployment) : deployment_(deployment), parts_(*deployment.haproxy) {}

  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override;

 private:
  const BindHosts* hosts(ListenerId id) const { return parts_.listeners.at(static_cast<size_t>(id)).get(); }
  ExpectedHandshake in_clear(ExpectedHandshake handshake, const BindHosts& hosts,
                             const ConnectionFacts& connection) const;
  /// `versions` of TLS that the server accepts here.
  void judge_client(const TlsContext& context, uint8_t versions, const ConnectionFacts& connection,
                    ExpectedHandshake& handshake) const;
  static void choose_protocol(const BindHosts& hosts, const TlsContext& context, bool http, AlpnOffer offer,
                              ExpectedHandshake& handshake);
  VirtualHostId host_of(const BindHosts& hosts, ProxyId answerer, std::string_view name) const;

  const Deployment& deployment_;
  const Parts& parts_;
};

ExpectedHandshake HaproxyBehaviour::in_clear(ExpectedHandshake handshake, const BindHosts& hosts,
                                             const ConnectionFacts& connection) const {
  handshake.virtual_host = hosts.by_default;
  if (connection.scheme == Scheme::https) return refuse(handshake, Reason::scheme_mismatch, "", hosts.bind->span);
  handshake.outcome = HandshakeOutcome::cleartext;
  handshake.reason = Reason::own_name;
  // The preface of HTTP/2 is understood on any frontend in mode http.
  if (connection.alpn == AlpnOffer::h2_only || hosts.bind->has_proto_h2) handshake.protocol = Protocol::h2;
  return handshake;
}

ExpectedHandshake HaproxyBehaviour::handshake(ListenerId listener_id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  const BindHosts* hosts = this->hosts(listener_id);
  if (hosts == nullptr) return handshake;  // whoever is behind shakes hands
  const Bind& bind = *hosts->bind;
  if (!listener.tls.value) return in_clear(handshake, *hosts, connection);
  handshake.virtual_host = hosts->by_default;
  if (connection.scheme == Scheme::http) return refuse(handshake, Reason::scheme_mismatch, "", listener.span);
  const std::string sni = sni_of(connection);
  constexpr size_t longest_sni = 255;  // OpenSSL's TLSEXT_MAXLEN_host_name
  if (sni.size() > longest_sni || sni.find('\0') != std::string::npos)
    return refuse(handshake, Reason::handshake_rejected, "unrecognized_name", listener.span);
  const Bind::Choice choice = bind.choose(sni);
  if (!choice.known) return handshake;
  if (choice.context == ContextId::none)
    return bind.strict_sni ? refuse(handshake, Reason::sni_required, "unrecognized_name", listener.span) : handshake;
  const TlsContext& context = bind.contexts[static_cast<size_t>(choice.context)];
  handshake.sni_matched = choice.by_name;
  handshake.source = context.span;
  const auto exact = hosts->exact.find(sni);
  const auto representative = hosts->by_context.find(choice.context);
  if (representative != hosts->by_context.end()) handshake.virtual_host = representative->second;
  if (exact != hosts->exact.end()) handshake.virtual_host = exact->second;
  const bool has_own_versions = choice.by_name || bind.default_keeps_versions;
  const uint8_t versions = has_own_versions ? context.tls.versions.value : bind.versions;
  if ((versions & (tls_version::tls1_2 | tls_version::tls1_3)) == 0)
    return refuse(handshake, Reason::no_common_protocol, "protocol_version", context.span);
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = choice.by_name ? Reason::own_name : Reason::default_virtual_host;
  handshake.certificate = &context.tls.certificates.front();
  choose_protocol(*hosts, context, parts_.proxies.at(hosts->frontend).http, connection.alpn, handshake);
  judge_client(context, versions, connection, handshake);
  return handshake;
}

void HaproxyBehaviour::choose_protocol(const BindHosts& hosts, const TlsContext& context, bool http, AlpnOffer offer,
                                       ExpectedHandshake& handshake) {
  if (!http) return;
  if (hosts.bind->quic) {
    handshake.protocol = Protocol::h3;
    return;
  }
  // Without a common protocol the handshake goes on as if ALPN had not been offered.
  const bool wants_h2 = offer == AlpnOffer::h2 || offer == AlpnOffer::h2_only;
  if (hosts.bind->has_proto_h2 || (wants_h2 && context.speaks_h2())) handshake.protocol = Protocol::h2;
  // Of two that both sides speak, the list on the server's side decides.
  const size_t h2 = context.alpn.find("h2"), h1 = context.alpn.find("http/1.1");
  if (offer == AlpnOffer::h2 && h1 < h2 && !hosts.bind->has_proto_h2) handshake.protocol = Protocol::h1;
}

void HaproxyBehaviour::judge_client(const TlsContext& context, uint8_t versions, const ConnectionFacts& connection,
                                    ExpectedHandshake& handshake) const {
  const TlsSettings& tls = context.tls;
  if (!tls.client_authentication.known()) {
    handshake.outcome = HandshakeOutcome::unknowable;
    handshake.reason = Reason::configuration_unknowable;
    handshake.source = tls.client_authentication.span;
    return;
  }
  const ClientAuthentication mode = tls.client_authentication.value;
  if (mode == ClientAuthentication::off || context.verify_errors_ignored) return;
  const SourceSpan source = tls.client_authentication.span;
  if (!connection.client_certificate) {
    const std::string_view alert = (versions & tls_version::tls1_3) != 0 ? "certificate_required" : "handshake_failure";
    if (mode == ClientAuthentication::required)
      handshake = refuse(handshake, Reason::client_certificate_required, alert, source);
    return;
  }
  if (tls.client_authorities.trusts(connection.client_certificate->authority_digest)) return;
  if (!tls.client_authorities.digest) {
    handshake.outcome = HandshakeOutcome::unknowable;
    handshake.reason = Reason::configuration_unknowable;
    handshake.source = source;
    return;
  }
  handshake = refuse(handshake, Reason::client_certificate_untrusted, "unknown_ca", source);
}

/// Of the virtual hosts that this proxy answers for, the one that the name has.
VirtualHostId HaproxyBehaviour::host_of(const BindHosts& hosts, ProxyId answerer, std::string_view name) const {
  const auto own = hosts.by_key.find({answerer, hosts.bind->choose(name).context});
  if (own != hosts.by_key.end()) return own->second;
  const auto any = hosts.by_answerer.find(answerer);
  if (any != hosts.by_answerer.end()) return any->second;
  // A frontend that answers only where a rule of its own cannot be carried out is none.
  return answerer == hosts.frontend ? VirtualHostId::none : hosts.by_default;
}

ExpectedAnswer HaproxyBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                        const ExpectedHandshake& handshake, const RequestFacts& request) const {
  ExpectedAnswer answer;
  answer.source = handshake.source;
  answer.virtual_host = handshake.virtual_host;
  const BindHosts* hosts = this->hosts(listener_id);
  const bool is_tls = handshake.outcome == HandshakeOutcome::ok;
  if (hosts == nullptr || !(is_tls || handshake.outcome == HandshakeOutcome::cleartext)) return answer;
  const Proxy& frontend = parts_.proxies.at(hosts->frontend);
  if (!frontend.http) return answer;  // no HTTP is read here
  const HostField field = read_host(request, handshake.protocol != Protocol::h1, is_tls, deployment_.version);
  if (field.status != 0 || field.resets) {
    answer.outcome = AnswerOutcome::reject;
    answer.status = field.status;
    answer.reason = field.reason;
    return answer;
  }
  RequestView view;
  view.has_tls = is_tls;
  if (is_tls && connection.sni) view.sni = std::string(connection.sni->bytes());
  view.has_client_certificate = is_tls && connection.client_certificate &&
                                handshake.virtual_host != VirtualHostId::none &&
                                deployment_.virtual_host(handshake.virtual_host).tls.client_authentication.value !=
                                    ClientAuthentication::off;
  view.host = field.host;
  view.host_is_fixed = field.is_fixed;
  view.port = deployment_.listener(listener_id).address.port.number();
  view.http_version = handshake.protocol == Protocol::h1 ? 1 : 2;
  const Outcome outcome = walk(parts_.proxies, hosts->frontend, view);
  answer.source = outcome.source;
  if (outcome.kind == Outcome::Kind::unknown) return answer;
  const std::string name = field.host ? bare_name(*field.host) : std::string();
  answer.virtual_host = host_of(*hosts, outcome.answerer, name);
  const bool is_named = !name.empty() && hosts->exact.contains(name);
  answer.match = is_named ? NameMatch::exact : outcome.by_default ? NameMatch::default_host : NameMatch::wildcard;
  const bool is_sni = view.sni && ascii_iequals(*view.sni, name);
  answer.status = outcome.status;
  if (outcome.kind == Outcome::Kind::served || (outcome.kind == Outcome::Kind::status && outcome.status < 400)) {
    answer.outcome = AnswerOutcome::serve;
    if (answer.match == NameMatch::default_host)
      answer.reason = Reason::default_virtual_host;
    else
      answer.reason = is_sni || !view.sni ? Reason::own_name : Reason::coalesced;
    return answer;
  }
  answer.outcome = AnswerOutcome::reject;
  // A 421 is what the rules make of two names that differ; other refusals may be of the name itself.
  answer.reason = outcome.status == 421 && is_named && !is_sni ? Reason::name_differs_from_sni : Reason::unowned;
  return answer;
}

Behaviour::Lookup HaproxyBehaviour::find_virtual_host(ListenerId listener_id, std::string_view name) const {
  const BindHosts* hosts = this->hosts(listener_id);
  if (hosts == nullptr) return {VirtualHostId::none, NameMatch::default_host};
  if (const auto exact = hosts->exact.find(std::string(name)); exact != hosts->exact.end())
    return {exact->second, NameMatch::exact};
  const Port port = deployment_.listener(listener_id).address.port;
  const Outcome outcome = walk(parts_.proxies, hosts->frontend, request_of(*hosts->bind, name, port));
  const VirtualHostId id = host_of(*hosts, outcome.answerer, name);
  const bool is_named = !outcome.by_default || hosts->bind->choose(name).by_name;
  return {id, is_named ? NameMatch::wildcard : NameMatch::default_host};
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<HaproxyBehaviour>(deployment);
}

}  // namespace astray::haproxy
