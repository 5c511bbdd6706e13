#include "servers/httpd/behave.h"

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "servers/httpd/client_authentication.h"
#include "servers/httpd/host_field.h"
#include "servers/httpd/name_index.h"
#include "servers/httpd/sni_rule.h"

namespace astray::httpd {
namespace {

constexpr int bad_request = 400;
constexpr int forbidden = 403;
constexpr int misdirected = 421;

ExpectedAnswer reject(Reason reason, int status, VirtualHostId host, NameMatch match, SourceSpan source) {
  return {AnswerOutcome::reject, reason, status, host, match, source};
}

/// The leaf that clients of today get: they prefer ECDSA where a virtual host has several kinds.
const CertificateUse* presented(const TlsSettings& tls) {
  const CertificateUse* chosen = nullptr;
  for (const CertificateUse& use : tls.certificates) {
    if (!use.certificate) return nullptr;
    if (chosen == nullptr || (use.certificate->key_type == KeyType::ecdsa && chosen->certificate->key_type != KeyType::ecdsa))
      chosen = &use;
  }
  return chosen;
}

class HttpdBehaviour : public Behaviour {
 public:
  explicit HttpdBehaviour(const Deployment& deployment) : deployment_(deployment), sni_rule_(deployment) {
    std::map<std::vector<VirtualHostId>, std::shared_ptr<const NameIndex>> shared;
    for (const Listener& listener : deployment.listeners) {
      std::shared_ptr<const NameIndex>& index = shared[listener.virtual_hosts];
      if (!index) index = std::make_shared<const NameIndex>(deployment, listener.virtual_hosts);
      indexes_.push_back(index);
    }
    for (const VirtualHost& host : deployment.virtual_hosts) certificates_.push_back(presented(host.tls));
  }

  ExpectedHandshake handshake(ListenerId listener_id, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener_id, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                        const RequestFacts& request) const override;
  Lookup find_virtual_host(ListenerId listener_id, std::string_view name) const override;

 private:
  const VirtualHost& host(VirtualHostId id) const { return deployment_.virtual_host(id); }
  /// The virtual host whose context the handshake uses: a chosen one without TLS lends its name alone.
  const VirtualHost& context(const Listener& listener, VirtualHostId chosen) const {
    return host(host(chosen).tls.enabled.value ? chosen : listener.default_virtual_host);
  }
  /// SSLProtocol that nobody states for the chosen virtual host stays that of the first one.
  uint8_t versions(const Listener& listener, VirtualHostId chosen) const {
    const Setting<uint8_t>& own = context(listener, chosen).tls.versions;
    return own.provenance == Provenance::default_value ? host(listener.default_virtual_host).tls.versions.value : own.value;
  }
  void negotiate(ExpectedHandshake& expected, const Listener& listener, AlpnOffer offer) const;
  ExpectedAnswer judge_tls(const Listener& listener, const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                           const Lookup& asked) const;

  const Deployment& deployment_;
  SniRule sni_rule_;
  std::vector<std::shared_ptr<const NameIndex>> indexes_;  ///< by listener
  std::vector<const CertificateUse*> certificates_;        ///< by virtual host
};

Behaviour::Lookup HttpdBehaviour::find_virtual_host(ListenerId listener_id, std::string_view name) const {
  const Listener& listener = deployment_.listener(listener_id);
  NameIndex::Found found = indexes_[static_cast<size_t>(listener_id)]->find(name);
  if (found.position == NameIndex::nowhere) return {listener.default_virtual_host, NameMatch::default_host};
  return {listener.virtual_hosts[found.position], found.match};
}

void HttpdBehaviour::negotiate(ExpectedHandshake& expected, const Listener& listener, AlpnOffer offer) const {
  const VirtualHost& chosen = host(expected.virtual_host);
  bool modern = (versions(listener, expected.virtual_host) & (tls_version::tls1_2 | tls_version::tls1_3)) != 0;
  bool speaks_h2 = chosen.http2.value && modern;  // H2ModernTLSOnly
  if (offer == AlpnOffer::h2_only && !speaks_h2) {
    // httpd selects http/1.1, which was not offered, and the client gives up (RFC 7301 §3.2).
    expected.outcome = HandshakeOutcome::rejected;
    expected.reason = Reason::no_common_protocol;
    expected.source = chosen.http2.span;
    return;
  }
  bool takes_h2 = offer == AlpnOffer::h2_only || (offer == AlpnOffer::h2 && !chosen.httpd.http1_preferred);
  if (speaks_h2 && takes_h2) expected.protocol = Protocol::h2;
}

ExpectedHandshake HttpdBehaviour::handshake(ListenerId listener_id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake expected;
  expected.virtual_host = listener.default_virtual_host;
  expected.source = host(expected.virtual_host).span;
  auto refuse = [&](Reason reason, std::string_view alert, SourceSpan source) {
    expected.outcome = HandshakeOutcome::rejected;
    expected.reason = reason;
    expected.alert = alert;
    expected.certificate = nullptr;
    if (source.known()) expected.source = source;
    return expected;
  };
  if (!listener.tls.known()) return expected;
  if (connection.scheme == Scheme::http) {
    expected.outcome = HandshakeOutcome::cleartext;
    expected.reason = listener.tls.value ? Reason::scheme_mismatch : Reason::own_name;
    return expected;
  }
  if (!listener.tls.value) return refuse(Reason::scheme_mismatch, "", listener.tls.span);

  if (connection.sni) {
    std::string_view sni = connection.sni->bytes();
    constexpr size_t longest_server_name = 255;  // OpenSSL's limit
    if (sni.size() > longest_server_name || sni.find('\0') != std::string_view::npos)
      return refuse(Reason::handshake_rejected, "unrecognized_name", {});
    Lookup named = find_virtual_host(listener_id, sni);
    expected.virtual_host = named.virtual_host;
    expected.sni_matched = named.match != NameMatch::default_host;
    expected.source = host(expected.virtual_host).span;
  }
  const VirtualHost& context = this->context(listener, expected.virtual_host);
  uint8_t offered = versions(listener, expected.virtual_host);
  if ((offered & (tls_version::tls1_2 | tls_version::tls1_3)) == 0)
    return refuse(Reason::no_common_protocol, "protocol_version", context.tls.versions.span);
  expected.outcome = HandshakeOutcome::ok;
  expected.reason = expected.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  expected.certificate = certificates_[static_cast<size_t>(&context - deployment_.virtual_hosts.data())];
  negotiate(expected, listener, connection.alpn);
  if (expected.outcome == HandshakeOutcome::rejected) {
    expected.certificate = nullptr;
    return expected;
  }
  ClientCertificateAnswer client = authenticate_client(context.tls, offered, connection.client_certificate);
  if (client.outcome == ClientCertificateAnswer::Outcome::rejected)
    return refuse(client.reason, client.alert, context.tls.client_authentication.span);
  if (client.outcome == ClientCertificateAnswer::Outcome::unknowable) {
    expected.outcome = HandshakeOutcome::unknowable;
    expected.reason = client.reason;
    expected.source = context.tls.client_authorities.file.span;
  }
  return expected;
}

/// What mod_ssl says before the site is asked. Reason::own_name and the like mean that it lets the request pass.
ExpectedAnswer HttpdBehaviour::judge_tls(const Listener& listener, const ConnectionFacts& connection,
                                         const ExpectedHandshake& handshake, const Lookup& asked) const {
  const VirtualHost& target = host(asked.virtual_host);
  const VirtualHost& chosen = host(handshake.virtual_host);
  SniPresence sni = connection.sni ? SniPresence::sent : SniPresence::absent;
  bool name_based = listener.virtual_hosts.size() > 1;
  if (sni == SniPresence::absent && name_based && (target.strict_sni.value || chosen.strict_sni.value))
    return reject(Reason::sni_required, forbidden, asked.virtual_host, asked.match,
                  target.strict_sni.value ? target.strict_sni.span : chosen.strict_sni.span);
  if (auto reason = sni_rule_.refuses({handshake.virtual_host, asked.virtual_host}, sni))
    return reject(*reason, misdirected, asked.virtual_host, asked.match, target.span);

  ClientAuthentication server_demand =
      target.tls.enabled.value ? target.tls.client_authentication.value : ClientAuthentication::off;
  ClientAuthentication location_demand =
      target.tls.enabled.value ? target.httpd.root_client_authentication.value : ClientAuthentication::off;
  const VirtualHost& context = this->context(listener, handshake.virtual_host);
  const ClientAuthorities& wanted = target.tls.client_authorities;
  const ClientAuthorities& used = chosen.tls.client_authorities;
  bool differ = (!wanted.file.value.empty() && wanted.file.value != used.file.value) ||
                (!wanted.path.value.empty() && wanted.path.value != used.path.value);
  LateAnswer late = authenticate_late({context.tls.client_authentication.value, server_demand, location_demand,
                                       differ && asked.virtual_host != handshake.virtual_host, target.tls,
                                       versions(listener, handshake.virtual_host), handshake.protocol},
                                      connection.client_certificate);
  if (late.refused)
    return reject(Reason::client_certificate_required, late.status, asked.virtual_host, asked.match,
                  location_demand != ClientAuthentication::off ? target.httpd.root_client_authentication.span
                                                               : target.tls.client_authentication.span);
  return {AnswerOutcome::serve, Reason::own_name, 0, asked.virtual_host, asked.match, target.span};
}

ExpectedAnswer HttpdBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                      const ExpectedHandshake& handshake, const RequestFacts& request) const {
  const Listener& listener = deployment_.listener(listener_id);
  const VirtualHost& first = host(listener.default_virtual_host);
  bool tls = handshake.outcome == HandshakeOutcome::ok;
  if (handshake.virtual_host == VirtualHostId::none || (!tls && handshake.outcome != HandshakeOutcome::cleartext))
    return {AnswerOutcome::unknowable, Reason::configuration_unknowable, 0, listener.default_virtual_host,
            NameMatch::default_host, first.span};
  if (!tls && listener.tls.value)
    return reject(Reason::scheme_mismatch, bad_request, listener.default_virtual_host, NameMatch::default_host, listener.tls.span);

  HostSyntax syntax = first.httpd.lenient_host ? HostSyntax::lenient : HostSyntax::strict;
  AskedHost asked_host = handshake.protocol == Protocol::h2 ? read_h2_request(request, syntax)
                                                            : read_h1_request(request, connection.scheme, syntax);
  if (asked_host.outcome != AskedHost::Outcome::name)
    return reject(asked_host.reason, asked_host.outcome == AskedHost::Outcome::bad_request ? bad_request : 0,
                  listener.default_virtual_host, NameMatch::default_host, first.span);

  Lookup asked = find_virtual_host(listener_id, asked_host.name);
  bool names_the_address = listener.address.ip && asked_host.name == listener.address.ip->text();
  if (asked.match == NameMatch::default_host && first.httpd.strict_host_check && !names_the_address)
    return reject(Reason::unowned, bad_request, asked.virtual_host, asked.match, first.span);

  ExpectedAnswer answer{AnswerOutcome::serve, Reason::own_name, 0, asked.virtual_host, asked.match, host(asked.virtual_host).span};
  if (tls) answer = judge_tls(listener, connection, handshake, asked);
  if (answer.outcome != AnswerOutcome::serve) return answer;

  if (asked.match == NameMatch::default_host) {
    answer.reason = Reason::default_virtual_host;
  } else if (tls) {
    bool own = !connection.sni || ascii_iequals(connection.sni->bytes(), asked_host.name);
    answer.reason = own ? Reason::own_name : Reason::coalesced;
  }
  const Setting<int>& fixed = host(asked.virtual_host).fixed_status;
  if (!fixed.known()) {
    answer.outcome = AnswerOutcome::unknowable;
    answer.reason = Reason::configuration_unknowable;
    answer.source = fixed.span;
  } else if (fixed.value != 0) {
    answer.status = fixed.value;
    answer.source = fixed.span;
    if (fixed.value < bad_request) return answer;
    answer.outcome = AnswerOutcome::reject;
    if (fixed.value == misdirected || asked.match == NameMatch::default_host) answer.reason = Reason::unowned;
  }
  return answer;
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<HttpdBehaviour>(deployment);
}

}  // namespace astray::httpd
