#include "servers/httpd/behave.h"

#include <map>

#include "base/ascii.h"
#include "servers/httpd/client_authentication.h"
#include "servers/httpd/host_facts.h"
#include "servers/httpd/host_field.h"
#include "servers/httpd/name_index.h"
#include "servers/httpd/sni_rule.h"
#include "verdict/misdirected_status.h"

namespace astray::httpd {
namespace {

constexpr int bad_request = 400;
constexpr int forbidden = 403;
constexpr uint8_t modern_tls = tls_version::tls1_2 | tls_version::tls1_3;

/// Whether every suite that an OpenSSL cipher list adds is one of TLS 1.2 (AEAD, or a MAC of SHA-2).
bool needs_modern_tls(std::string_view ciphers) {
  bool adds = false;
  while (!ciphers.empty()) {
    size_t end = ciphers.find_first_of(":, ");
    std::string_view suite = ciphers.substr(0, end);
    ciphers = end == std::string_view::npos ? std::string_view() : ciphers.substr(end + 1);
    constexpr std::string_view takes_away_or_orders = "!-+@";
    if (suite.empty() || takes_away_or_orders.find(suite[0]) != std::string_view::npos) continue;
    bool modern = false;
    for (std::string_view part : {"GCM", "CCM", "CHACHA20", "SHA256", "SHA384"})
      modern = modern || suite.find(part) != std::string_view::npos;
    if (!modern) return false;
    adds = true;
  }
  return adds;
}

class HttpdBehaviour : public Behaviour {
 public:
  explicit HttpdBehaviour(const Deployment& deployment)
      : deployment_(deployment), sni_rule_(deployment), facts_(host_facts(deployment)) {
    std::map<std::vector<VirtualHostId>, std::shared_ptr<const NameIndex>> shared;
    for (const Listener& listener : deployment.listeners) {
      std::shared_ptr<const NameIndex>& index = shared[listener.virtual_hosts];
      if (!index) index = std::make_shared<const NameIndex>(deployment, listener.virtual_hosts);
      indexes_.push_back(index);
    }
  }

  ExpectedHandshake handshake(ListenerId listener_id, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener_id, const ConnectionFacts& connection,
                        const ExpectedHandshake& handshake, const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener_id, std::string_view name) const override;

 private:
  const HostFacts& facts(VirtualHostId id) const { return facts_[static_cast<size_t>(id)]; }
  const VirtualHost& host(VirtualHostId id) const { return deployment_.virtual_host(id); }
  /// Whose TLS context the handshake uses: a chosen virtual host without TLS lends its name alone.
  VirtualHostId context(const Listener& listener, VirtualHostId chosen) const {
    return facts(chosen).has_tls ? chosen : listener.default_virtual_host;
  }
  /// SSLProtocol that nobody states for the chosen virtual host stays that of the first one.
  uint8_t versions(const Listener& listener, VirtualHostId chosen) const {
    const HostFacts& own = facts(context(listener, chosen));
    return own.states_versions ? own.versions : facts(listener.default_virtual_host).versions;
  }
  /// Before it reads the ClientHello, OpenSSL wants a cipher for the newest version of the first virtual
  /// host.
  bool lacks_ciphers(const Listener& listener) const {
    return (facts(listener.default_virtual_host).versions & modern_tls) == 0 &&
           needs_modern_tls(host(listener.default_virtual_host).tls.ciphers.value);
  }
  void choose_protocol(ExpectedHandshake& expected, AlpnOffer offer, uint8_t versions) const;
  void authenticate(ExpectedHandshake& expected, VirtualHostId context, uint8_t versions,
                    const ConnectionFacts& connection) const;
  ExpectedAnswer judge_names(const Listener& listener, const ConnectionFacts& connection,
                             const ExpectedHandshake& handshake, const Lookup& asked) const;
  ExpectedAnswer judge_access(const Listener& listener, const ConnectionFacts& connection,
                              const ExpectedHandshake& handshake, const Lookup& asked) const;
  ExpectedAnswer serve(const Lookup& asked) const {
    return {AnswerOutcome::serve, Reason::own_name, 0,
            asked.virtual_host,   asked.match,      facts(asked.virtual_host).span};
  }
  static ExpectedAnswer reject(Reason reason, int status, const Lookup& asked, SourceSpan source) {
    return {AnswerOutcome::reject, reason, status, asked.virtual_host, asked.match, source};
  }
  /// The answer before ErrorDocument is looked at.
  ExpectedAnswer judge(ListenerId listener_id, const ConnectionFacts& connection,
                       const ExpectedHandshake& handshake, const RequestFacts& request) const;
  void apply_fixed_status(ExpectedAnswer& answer) const;

  const Deployment& deployment_;
  SniRule sni_rule_;
  std::vector<HostFacts> facts_;                           ///< by virtual host
  std::vector<std::shared_ptr<const NameIndex>> indexes_;  ///< by listener
};

Behaviour::Lookup HttpdBehaviour::find_virtual_host(ListenerId listener_id, std::string_view name) const {
  const Listener& listener = deployment_.listener(listener_id);
  NameIndex::Found found = indexes_[static_cast<size_t>(listener_id)]->find(name);
  if (found.position == NameIndex::nowhere) return {listener.default_virtual_host, NameMatch::default_host};
  return {listener.virtual_hosts[found.position], found.match};
}

void refuse(ExpectedHandshake& expected, Reason reason, std::string_view alert) {
  expected.outcome = HandshakeOutcome::rejected;
  expected.reason = reason;
  expected.alert = alert;
  expected.certificate = nullptr;
}

void HttpdBehaviour::choose_protocol(ExpectedHandshake& expected, AlpnOffer offer, uint8_t versions) const {
  const HostFacts& chosen = facts(expected.virtual_host);
  bool speaks_h2 = chosen.http2 && (versions & modern_tls) != 0;  // H2ModernTLSOnly
  if (offer == AlpnOffer::h2_only && !speaks_h2) {
    // httpd selects http/1.1, which was not offered, and the client gives up (RFC 7301 §3.2).
    refuse(expected, Reason::no_common_protocol, {});
    if (const Setting<bool>& http2 = host(expected.virtual_host).http2; http2.stated())
      expected.source = http2.span;
    return;
  }
  bool takes_h2 = offer == AlpnOffer::h2_only || (offer == AlpnOffer::h2 && !chosen.http1_preferred);
  if (speaks_h2 && takes_h2) expected.protocol = Protocol::h2;
}

void HttpdBehaviour::authenticate(ExpectedHandshake& expected, VirtualHostId context, uint8_t versions,
                                  const ConnectionFacts& connection) const {
  bool asks = facts(context).client_authentication != ClientAuthentication::off ||
              facts(expected.virtual_host).client_authentication != ClientAuthentication::off;
  if (!asks) return;
  const TlsSettings& asking = host(context).tls;
  const TlsSettings& judging = host(expected.virtual_host).tls;
  ClientCertificateAnswer client =
      authenticate_client({asking, judging, versions}, connection.client_certificate);
  if (client.outcome == ClientCertificateAnswer::Outcome::accepted) return;
  const Setting<ClientAuthentication>& says =
      judging.client_authentication.stated() ? judging.client_authentication : asking.client_authentication;
  expected.source = says.span;
  if (client.outcome == ClientCertificateAnswer::Outcome::rejected)
    return refuse(expected, client.reason, client.alert);
  expected.outcome = HandshakeOutcome::unknowable;
  expected.reason = client.reason;
  expected.certificate = nullptr;
}

ExpectedHandshake HttpdBehaviour::handshake(ListenerId listener_id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake expected;
  expected.virtual_host = listener.default_virtual_host;
  expected.source = facts(expected.virtual_host).span;
  if (connection.scheme == Scheme::http) {
    expected.outcome = HandshakeOutcome::cleartext;
    expected.reason = listener.tls.value ? Reason::scheme_mismatch : Reason::own_name;
    return expected;
  }
  if (!listener.tls.value) {
    refuse(expected, Reason::scheme_mismatch, {});
    if (listener.tls.stated()) expected.source = listener.tls.span;
    return expected;
  }
  if (connection.sni) {
    std::string_view sni = connection.sni->bytes();
    constexpr size_t longest_server_name = 255;  // OpenSSL's limit
    if (sni.size() > longest_server_name || sni.find('\0') != std::string_view::npos) {
      refuse(expected, Reason::handshake_rejected, "unrecognized_name");
      return expected;
    }
    Lookup named = find_virtual_host(listener_id, sni);
    expected.virtual_host = named.virtual_host;
    expected.sni_matched = named.match != NameMatch::default_host;
    expected.source = facts(expected.virtual_host).span;
  }
  VirtualHostId context = this->context(listener, expected.virtual_host);
  uint8_t offered = versions(listener, expected.virtual_host);
  if ((offered & modern_tls) == 0) {
    refuse(expected, Reason::no_common_protocol, "protocol_version");
    expected.source = host(context).tls.versions.span;
    return expected;
  }
  if (lacks_ciphers(listener)) {
    const TlsSettings& first = host(listener.default_virtual_host).tls;
    refuse(expected, Reason::no_common_protocol, "handshake_failure");
    expected.source = first.ciphers.span;
    return expected;
  }
  expected.outcome = HandshakeOutcome::ok;
  expected.reason = expected.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  expected.certificate = facts(context).certificate;
  choose_protocol(expected, connection.alpn, offered);
  if (expected.outcome == HandshakeOutcome::ok) authenticate(expected, context, offered, connection);
  return expected;
}

/// What mod_ssl says of the two names; `serve` when it lets the request pass.
ExpectedAnswer HttpdBehaviour::judge_names(const Listener& listener, const ConnectionFacts& connection,
                                           const ExpectedHandshake& handshake, const Lookup& asked) const {
  SniPresence sni = connection.sni ? SniPresence::sent : SniPresence::absent;
  if (sni == SniPresence::absent && listener.httpd.name_based)
    for (VirtualHostId id : {asked.virtual_host, handshake.virtual_host})
      if (facts(id).strict_sni)
        return reject(Reason::sni_required, forbidden, asked, host(id).strict_sni.span);
  if (auto reason = sni_rule_.refuses({handshake.virtual_host, asked.virtual_host}, sni))
    return reject(*reason, misdirected_status, asked, facts(asked.virtual_host).span);
  return serve(asked);
}

/// What mod_ssl demands once the request is mapped to its place: ciphers or a client certificate that the
/// handshake did not ask for. `serve` when it lets the request pass.
ExpectedAnswer HttpdBehaviour::judge_access(const Listener& listener, const ConnectionFacts& connection,
                                            const ExpectedHandshake& handshake, const Lookup& asked) const {
  const HostFacts& target = facts(asked.virtual_host);
  uint8_t offered = versions(listener, handshake.virtual_host);
  // The other virtual host's ciphers need a renegotiation, which HTTP/2 forbids: RST_STREAM
  // (HTTP_1_1_REQUIRED).
  if (handshake.protocol == Protocol::h2 && (offered & tls_version::tls1_3) == 0 &&
      asked.virtual_host != handshake.virtual_host) {
    const Setting<std::string>& ciphers = host(asked.virtual_host).tls.ciphers;
    if (target.has_tls && ciphers.stated() && ciphers.value != host(handshake.virtual_host).tls.ciphers.value)
      return reject(Reason::tls_policy_differs, 0, asked, ciphers.span);
  }
  bool asks = target.client_authentication != ClientAuthentication::off ||
              target.root_client_authentication != ClientAuthentication::off;
  if (!target.has_tls || !asks) return serve(asked);
  VirtualHostId context = this->context(listener, handshake.virtual_host);
  bool other_authorities =
      target.authorities != 0 && target.authorities != facts(handshake.virtual_host).authorities;
  LateAnswer late = authenticate_late(
      {facts(context).client_authentication, target.client_authentication, target.root_client_authentication,
       other_authorities && asked.virtual_host != handshake.virtual_host, host(asked.virtual_host).tls,
       offered, handshake.protocol},
      connection.client_certificate);
  if (!late.refused) return serve(asked);
  const VirtualHost& demanding = host(asked.virtual_host);
  return reject(Reason::client_certificate_required, late.status, asked,
                target.root_client_authentication != ClientAuthentication::off
                    ? demanding.httpd.root_client_authentication.span
                    : demanding.tls.client_authentication.span);
}

void HttpdBehaviour::apply_fixed_status(ExpectedAnswer& answer) const {
  const HostFacts& target = facts(answer.virtual_host);
  answer.source = host(answer.virtual_host).fixed_status.span;
  if (!target.knows_fixed_status) {
    answer.outcome = AnswerOutcome::unknowable;
    answer.reason = Reason::configuration_unknowable;
    return;
  }
  answer.status = target.fixed_status;
  if (answer.status < bad_request) return;
  answer.outcome = AnswerOutcome::reject;
  if (answer.status == misdirected_status || answer.match == NameMatch::default_host)
    answer.reason = Reason::unowned;
}

ExpectedAnswer HttpdBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                      const ExpectedHandshake& handshake, const RequestFacts& request) const {
  ExpectedAnswer answer = judge(listener_id, connection, handshake, request);
  if (answer.outcome != AnswerOutcome::reject || answer.status == 0) return answer;
  // ErrorDocument of whom the request has reached; the nearest statement stands first.
  for (const ErrorPage& page : host(answer.virtual_host).error_pages) {
    if (page.status != answer.status) continue;
    answer.status = page.sent;
    break;
  }
  return answer;
}

ExpectedAnswer HttpdBehaviour::judge(ListenerId listener_id, const ConnectionFacts& connection,
                                     const ExpectedHandshake& handshake, const RequestFacts& request) const {
  const Listener& listener = deployment_.listener(listener_id);
  const HostFacts& first = facts(listener.default_virtual_host);
  Lookup nobody{listener.default_virtual_host, NameMatch::default_host};
  bool tls = handshake.outcome == HandshakeOutcome::ok;
  if (handshake.virtual_host == VirtualHostId::none ||
      (!tls && handshake.outcome != HandshakeOutcome::cleartext))
    return {AnswerOutcome::unknowable,
            Reason::configuration_unknowable,
            0,
            nobody.virtual_host,
            nobody.match,
            first.span};
  if (!tls && listener.tls.value)
    return reject(Reason::scheme_mismatch, bad_request, nobody, listener.tls.span);

  HostSyntax syntax = first.lenient_host ? HostSyntax::lenient : HostSyntax::strict;
  AskedHost asked_host = handshake.protocol == Protocol::h2
                             ? read_h2_request(request, syntax)
                             : read_h1_request(request, connection.scheme, syntax);
  if (asked_host.outcome != AskedHost::Outcome::name)
    return reject(asked_host.reason, asked_host.outcome == AskedHost::Outcome::bad_request ? bad_request : 0,
                  nobody, first.span);

  Lookup asked = find_virtual_host(listener_id, asked_host.name);
  if (asked.match == NameMatch::default_host && first.strict_host_check) {
    bool names_the_address = listener.httpd.name_based && listener.httpd.stated_by_virtual_hosts &&
                             asked_host.name == listener.address.ip->text();
    if (!names_the_address) return reject(Reason::unowned, bad_request, asked, first.span);
  }
  ExpectedAnswer answer = tls ? judge_names(listener, connection, handshake, asked) : serve(asked);
  if (answer.outcome != AnswerOutcome::serve) return answer;
  if (asked.match == NameMatch::default_host)
    answer.reason = Reason::default_virtual_host;
  else if (tls && connection.sni && !ascii_iequals(connection.sni->bytes(), asked_host.name))
    answer.reason = Reason::coalesced;

  // Redirections and rewrite rules come before mod_ssl looks at the client's certificate.
  const HostFacts& target = facts(asked.virtual_host);
  if (target.fixed_status != 0 || !target.knows_fixed_status) {
    apply_fixed_status(answer);
    return answer;
  }
  if (!tls) return answer;
  ExpectedAnswer access = judge_access(listener, connection, handshake, asked);
  return access.outcome == AnswerOutcome::serve ? answer : access;
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<HttpdBehaviour>(deployment);
}

}  // namespace astray::httpd
