// What Traffic Server answers: iocore/net (TLSSNISupport, SSLUtils) shakes hands, proxy/http (HttpSM, HttpTransact)
// answers.
#include "servers/trafficserver/behave.h"

#include "base/ascii.h"
#include "servers/model/presented_certificate.h"
#include "servers/trafficserver/host_field.h"
#include "servers/trafficserver/parts.h"
#include "servers/trafficserver/versions.h"

namespace astray::trafficserver {
namespace {

ExpectedHandshake refuse(ExpectedHandshake handshake, Reason reason, std::string_view alert, SourceSpan source) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.alert = alert;
  handshake.certificate = nullptr;
  handshake.source = source;
  return handshake;
}

ExpectedHandshake cannot_tell(ExpectedHandshake handshake, SourceSpan source) {
  handshake.outcome = HandshakeOutcome::unknowable;
  handshake.reason = Reason::configuration_unknowable;
  handshake.source = source;
  return handshake;
}

ExpectedAnswer refuse(ExpectedAnswer answer, Reason reason, int status, SourceSpan source) {
  answer.outcome = AnswerOutcome::reject;
  answer.reason = reason;
  answer.status = status;
  if (source.known()) answer.source = source;
  return answer;
}

ExpectedAnswer cannot_tell(ExpectedAnswer answer, SourceSpan source) {
  answer.outcome = AnswerOutcome::unknowable;
  answer.reason = Reason::configuration_unknowable;
  answer.status = 0;
  answer.source = source;
  return answer;
}

class TrafficServerBehaviour final : public Behaviour {
 public:
  explicit TrafficServerBehaviour(const Deployment& deployment)
      : deployment_(deployment),
        parts_(*deployment.trafficserver),
        sni_(parts_.sni, deployment.version),
        table_(parts_.rules) {}

  ExpectedHandshake handshake(ListenerId listener, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener, std::string_view name) const override;

 private:
  struct Target {
    std::string host;  ///< lower case
    int port = 0;
  };
  /// What the SNI check makes of a request for `host`.
  enum class Check : uint8_t { passed, refused, unknowable };

  /// Borrows the target.
  RemapTable::Request lookup_of(ListenerId listener, const Target& target) const;
  RemapTable::Request lookup_of(ListenerId listener, Target&& target) const = delete;
  void judge_client(const SniEntry* entry, const CertificateContext& context, const ConnectionFacts& connection,
                    ExpectedHandshake& handshake) const;
  uint8_t versions_of(const SniEntry* entry) const {
    return entry != nullptr && entry->versions ? entry->versions->value : parts_.versions.value;
  }
  void choose_protocol(ListenerId listener, const SniEntry* entry, AlpnOffer offer, ExpectedHandshake& handshake) const;
  Check check_host(const SniEntry* entry, std::string_view sni, std::string_view host) const;
  ExpectedAnswer of_rule(ExpectedAnswer answer, const RemapRule& rule, Check check) const;
  ExpectedAnswer of_redirect_or_nobody(ExpectedAnswer answer, const RemapTable::Request& asked, Check check) const;

  const Deployment& deployment_;
  const Parts& parts_;
  SniIndex sni_;
  RemapTable table_;
};

std::string_view sni_of(const ConnectionFacts& connection) {
  return connection.sni ? connection.sni->bytes() : std::string_view();
}

ExpectedHandshake TrafficServerBehaviour::handshake(ListenerId listener_id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  handshake.virtual_host = listener.default_virtual_host;
  if (listener.kind != Listener::Kind::http) return handshake;
  if (!listener.tls.value) {
    if (connection.scheme == Scheme::https) return refuse(handshake, Reason::scheme_mismatch, "", listener.span);
    handshake.outcome = HandshakeOutcome::cleartext;
    handshake.reason = Reason::own_name;
    if (connection.alpn == AlpnOffer::h2_only && listener.http2.value) handshake.protocol = Protocol::h2;  // by its preface
    return handshake;
  }
  if (connection.scheme == Scheme::http) return refuse(handshake, Reason::scheme_mismatch, "", listener.span);
  const std::string_view sni = sni_of(connection);
  constexpr size_t longest_sni = 255;  // OpenSSL's TLSEXT_MAXLEN_host_name
  if (sni.size() > longest_sni || sni.find('\0') != std::string_view::npos)
    return refuse(handshake, Reason::handshake_rejected, "unrecognized_name", listener.span);
  const int port = listener.address.port.number();
  const std::string lower = ascii_lower(sni);
  if (!sni.empty()) {
    const Lookup owner = find_virtual_host(listener_id, lower);
    handshake.virtual_host = owner.virtual_host;
    handshake.sni_matched = owner.virtual_host != VirtualHostId::none && owner.match != NameMatch::default_host;
  }

  const SniEntry* entry = sni_.find(sni, port);
  if (entry != nullptr) handshake.source = entry->span;
  // The clients' addresses decide.
  if (entry != nullptr && entry->ip_allow) return cannot_tell(handshake, *entry->ip_allow);
  // Whoever is behind shakes hands.
  if (entry != nullptr && entry->tunnel == TunnelKind::blind) return cannot_tell(handshake, entry->destination.span);

  const std::optional<IpAddress> local = connection.local_address ? connection.local_address : listener.address.ip;
  const CertificateIndex::Choice choice = parts_.certificates.choose(sni, local, port);
  if (!choice.is_known) return cannot_tell(handshake, listener.span);
  if (choice.context == nullptr) return refuse(handshake, Reason::sni_required, "handshake_failure", listener.span);
  handshake.sni_matched = handshake.sni_matched || choice.by_name;
  handshake.certificate = choice.context->tls.certificates.size() == 1 ? &choice.context->tls.certificates.front()
                                                                       : presented_certificate(choice.context->tls);
  if (entry == nullptr) handshake.source = choice.context->span;
  if ((versions_of(entry) & (tls_version::tls1_2 | tls_version::tls1_3)) == 0)
    return refuse(handshake, Reason::no_common_protocol, "protocol_version", handshake.source);
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  choose_protocol(listener_id, entry, connection.alpn, handshake);
  if (handshake.outcome == HandshakeOutcome::ok) judge_client(entry, *choice.context, connection, handshake);
  return handshake;
}

void TrafficServerBehaviour::choose_protocol(ListenerId listener, const SniEntry* entry, AlpnOffer offer,
                                             ExpectedHandshake& handshake) const {
  const ServerPort& port = parts_.ports[static_cast<size_t>(listener)];
  const bool has_h2 = entry != nullptr && entry->http2 ? entry->http2->value : port.speaks_h2;
  const bool wants_h2 = offer == AlpnOffer::h2 || offer == AlpnOffer::h2_only;
  const bool wants_h1 = offer == AlpnOffer::h2 || offer == AlpnOffer::h1;
  if (wants_h2 && has_h2) {
    handshake.protocol = Protocol::h2;
    return;
  }
  if (offer == AlpnOffer::none) {
    // What a port without HTTP/1 makes of it was not asked of a server.
    if (!port.speaks_h1) handshake = cannot_tell(handshake, handshake.source);
    return;
  }
  if (!wants_h1 || !port.speaks_h1)
    handshake = refuse(handshake, Reason::no_common_protocol, "no_application_protocol",
                       entry != nullptr && entry->http2 ? entry->http2->span : deployment_.listener(listener).span);
}

void TrafficServerBehaviour::judge_client(const SniEntry* entry, const CertificateContext& context,
                                          const ConnectionFacts& connection, ExpectedHandshake& handshake) const {
  const bool is_own = entry != nullptr && entry->verify_client.has_value();
  const ClientAuthentication mode = is_own ? entry->verify_client->value : parts_.client_authentication.value;
  if (mode == ClientAuthentication::off) return;
  const SourceSpan source = is_own ? entry->verify_client->span : parts_.client_authentication.span;
  if (!connection.client_certificate) {
    if (mode == ClientAuthentication::required)
      // TLS 1.2 has no alert of its own for it.
      handshake = refuse(handshake, Reason::client_certificate_required,
                         (versions_of(entry) & tls_version::tls1_3) != 0 ? "certificate_required" : "handshake_failure", source);
    return;
  }
  const bool has_own_authorities = is_own && entry->states_authorities;
  const ClientAuthorities& authorities = has_own_authorities ? entry->authorities : parts_.authorities;
  if (!authorities.digest || (!has_own_authorities && context.has_own_ca)) {
    handshake = cannot_tell(handshake, source);
    return;
  }
  if (!authorities.trusts(connection.client_certificate->authority_digest))
    handshake = refuse(handshake, Reason::client_certificate_untrusted, "unknown_ca", source);
}

RemapTable::Request TrafficServerBehaviour::lookup_of(ListenerId listener_id, const Target& target) const {
  const Listener& listener = deployment_.listener(listener_id);
  const Scheme scheme = listener.tls.value ? Scheme::https : Scheme::http;
  return {scheme, target.host, target.port != 0 ? target.port : Port::of(scheme).number(), listener.address.port.number()};
}

/// HttpSM::check_sni_host: asked only where an entry for the Host would have done something at the handshake.
TrafficServerBehaviour::Check TrafficServerBehaviour::check_host(const SniEntry* entry, std::string_view sni,
                                                                 std::string_view host) const {
  if (entry == nullptr || host.empty()) return Check::passed;
  const int policy = entry->host_sni_policy ? entry->host_sni_policy->value : parts_.host_sni_policy.value;
  constexpr int enforced = 2;
  if (policy != enforced) return Check::passed;
  if (!entry->verify_client && !entry->ip_allow) return Check::passed;
  // As many bytes of the SNI count as the Host is long.
  const std::string_view compared = compares_whole_names(deployment_.version) ? sni : sni.substr(0, host.size());
  if (!sni.empty() && ascii_iequals(compared, host)) return Check::passed;
  return entry->verify_client ? Check::refused : Check::unknowable;
}

ExpectedAnswer TrafficServerBehaviour::of_rule(ExpectedAnswer answer, const RemapRule& rule, Check check) const {
  if (rule.plugin) return cannot_tell(answer, rule.plugin->span);
  if (rule.filter == FilterOutcome::denied) return refuse(answer, answer.reason, 403, rule.filter_span);
  if (check == Check::unknowable) return cannot_tell(answer, answer.source);
  if (rule.filter == FilterOutcome::unknowable) return cannot_tell(answer, rule.filter_span);
  answer.outcome = AnswerOutcome::serve;
  return answer;
}

ExpectedAnswer TrafficServerBehaviour::of_redirect_or_nobody(ExpectedAnswer answer, const RemapTable::Request& asked,
                                                             Check check) const {
  const RemapTable::Found found = table_.redirect(asked);
  if (!found.is_known) return cannot_tell(answer, found.rule->span);
  if (check == Check::unknowable) return cannot_tell(answer, answer.source);
  if (found.rule != nullptr) {
    answer.virtual_host = found.rule->virtual_host;
    answer.match = found.how == RemapTable::How::regex ? NameMatch::regex : NameMatch::exact;
    answer.source = found.rule->span;
    answer.outcome = AnswerOutcome::serve;
    answer.status = found.rule->redirect_status();
    return answer;
  }
  answer.reason = asked.host.empty() ? Reason::authority_missing : Reason::unowned;
  if (!parts_.no_host_redirect.value.empty()) {
    answer.outcome = AnswerOutcome::serve;
    answer.status = 302;
    answer.source = parts_.no_host_redirect.span;
    return answer;
  }
  if (asked.host.empty()) return refuse(answer, Reason::authority_missing, 400, {});
  // A proxy for every name that can be resolved.
  if (!parts_.remap_required.value) return cannot_tell(answer, parts_.remap_required.span);
  return refuse(answer, Reason::unowned, 404, parts_.remap_required.span);
}

ExpectedAnswer TrafficServerBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                              const ExpectedHandshake& handshake, const RequestFacts& request) const {
  ExpectedAnswer answer;
  answer.source = handshake.source;
  answer.virtual_host = handshake.virtual_host;
  const bool is_tls = handshake.outcome == HandshakeOutcome::ok;
  if (!is_tls && handshake.outcome != HandshakeOutcome::cleartext) return answer;
  const int port = deployment_.listener(listener_id).address.port.number();
  const std::string_view sni = sni_of(connection);
  const SniEntry* opened_by = is_tls ? sni_.find(sni, port) : nullptr;
  if (opened_by != nullptr && opened_by->tunnel != TunnelKind::none) return cannot_tell(answer, opened_by->destination.span);

  const bool is_h2 = handshake.protocol == Protocol::h2;
  // Who names nobody gets what is for any host.
  std::optional<HostAndPort> named = HostAndPort{};
  if (is_h2) {
    // Without :authority the stream is reset.
    if (!request.pseudo_authority) return refuse(answer, Reason::authority_missing, 0, {});
    named = parse_authority(request.pseudo_authority->bytes());
  } else {
    if (request.host_fields.size() > 1) return refuse(answer, Reason::authority_duplicated, 400, {});
    if (!request.host_fields.empty()) named = parse_host_field(request.host_fields.front().bytes());
    if (named && request.target_authority) named = parse_authority(request.target_authority->bytes());
  }
  if (!named) return refuse(answer, Reason::authority_malformed, 400, {});
  const Target target{ascii_lower(named->host), named->port};

  const SniEntry* of_host = is_tls ? sni_.find(target.host, port) : nullptr;
  const Check check = check_host(of_host, sni, target.host);
  const RemapTable::Request asked = lookup_of(listener_id, target);
  const RemapTable::Found found = table_.map(asked);
  const bool is_same = is_tls && !sni.empty() && ascii_iequals(sni, target.host);
  answer.reason = !is_tls || sni.empty() || is_same ? Reason::own_name : Reason::coalesced;
  answer.virtual_host = VirtualHostId::none;
  if (found.rule != nullptr) {
    answer.virtual_host = found.rule->virtual_host;
    answer.source = found.rule->span;
    if (found.how == RemapTable::How::exact) answer.match = NameMatch::exact;
    if (found.how == RemapTable::How::regex) answer.match = NameMatch::regex;
    if (found.how == RemapTable::How::any_host) answer.reason = Reason::default_virtual_host;
  }
  if (parts_.plugin) return cannot_tell(answer, parts_.plugin->span);
  if (!found.is_known) return cannot_tell(answer, found.rule->span);
  if (check == Check::refused) {
    const SourceSpan source = of_host->host_sni_policy ? of_host->host_sni_policy->span : of_host->verify_client->span;
    return refuse(answer, sni.empty() ? Reason::sni_missing : Reason::name_differs_from_sni, 403, source);
  }
  if (check == Check::unknowable) answer.source = *of_host->ip_allow;
  return found.rule != nullptr ? of_rule(answer, *found.rule, check) : of_redirect_or_nobody(answer, asked, check);
}

Behaviour::Lookup TrafficServerBehaviour::find_virtual_host(ListenerId listener_id, std::string_view name) const {
  const Target target{ascii_lower(name), 0};
  const RemapTable::Request asked = lookup_of(listener_id, target);
  RemapTable::Found found = table_.map(asked);
  if (found.rule == nullptr || found.how == RemapTable::How::any_host)
    if (const RemapTable::Found redirect = table_.redirect(asked); redirect.rule != nullptr && found.rule == nullptr) found = redirect;
  if (found.rule == nullptr) return {VirtualHostId::none, NameMatch::default_host};
  NameMatch match = NameMatch::exact;
  if (found.how == RemapTable::How::regex) match = NameMatch::regex;
  if (found.how == RemapTable::How::any_host) match = NameMatch::default_host;
  return {found.rule->virtual_host, match};
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<TrafficServerBehaviour>(deployment);
}

}  // namespace astray::trafficserver
