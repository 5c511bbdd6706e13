// How nginx shakes hands: ngx_http_ssl_servername and ngx_http_ssl_alpn_select.
#include "servers/model/presented_certificate.h"
#include "servers/nginx/host_text.h"
#include "servers/nginx/prepared.h"
#include "servers/nginx/read.h"
#include "servers/nginx/request.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

class NginxBehaviour final : public Behaviour {
 public:
  explicit NginxBehaviour(const Deployment& deployment) : deployment_(deployment), prepared_(deployment) {}

  ExpectedHandshake handshake(ListenerId listener_id, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener_id, const ConnectionFacts& connection,
                        const ExpectedHandshake& handshake, const RequestFacts& request) const override;

  Lookup find_virtual_host(ListenerId listener_id, std::string_view name) const override {
    const NameTable::Lookup lookup = prepared_.table(listener_id).find(name);
    if (!lookup.found)
      return {deployment_.listener(listener_id).default_virtual_host, NameMatch::default_host};
    return {lookup.found->virtual_host, lookup.found->match};
  }

 private:
  ExpectedHandshake in_clear(const Listener& listener, const ConnectionFacts& connection) const;
  /// TLS 1.2 or 1.3: older versions are offered by no client of today.
  bool speaks_modern_tls(VirtualHostId id) const {
    constexpr uint8_t modern = tls_version::tls1_2 | tls_version::tls1_3;
    return (deployment_.virtual_host(id).tls.versions.value & modern) != 0;
  }
  ExpectedHandshake reject_version(const ExpectedHandshake& handshake) const;
  void choose_by_sni(ListenerId listener_id, std::string_view sni, ExpectedHandshake& handshake) const;
  void choose_protocol(const Listener& listener, AlpnOffer offer, ExpectedHandshake& handshake) const;

  const Deployment& deployment_;
  const Prepared prepared_;
};

ExpectedHandshake reject(ExpectedHandshake handshake, Reason reason, std::string_view alert,
                         SourceSpan source) {
  handshake.outcome = HandshakeOutcome::rejected;
  handshake.reason = reason;
  handshake.alert = alert;
  handshake.certificate = nullptr;
  handshake.source = source;
  return handshake;
}

ExpectedHandshake NginxBehaviour::reject_version(const ExpectedHandshake& handshake) const {
  return reject(handshake, Reason::no_common_protocol, "protocol_version",
                deployment_.virtual_host(handshake.virtual_host).tls.versions.span);
}

ExpectedHandshake NginxBehaviour::in_clear(const Listener& listener,
                                           const ConnectionFacts& connection) const {
  ExpectedHandshake handshake;
  handshake.virtual_host = listener.default_virtual_host;
  handshake.source = listener.span;
  if (connection.scheme == Scheme::https)
    return reject(handshake, Reason::scheme_mismatch, "", listener.span);  // "400 Bad Request" in clear
  const bool offers_h2c = connection.alpn == AlpnOffer::h2_only;           // prior knowledge (RFC 9113 §3.3)
  // On a TLS listener a request in clear is read as HTTP/1.1, and answered 400.
  const bool has_h2c = !listener.tls.value && prepared_.speaks_h2(listener, listener.default_virtual_host);
  // Before 1.25.1 `listen … http2` without ssl is HTTP/2 alone; without it, the preface is a bad request
  // line.
  const bool is_h2_alone = has_h2c && listener.http2.value && !has_http2_directive(deployment_.version);
  if (offers_h2c ? !has_h2c : is_h2_alone)
    return reject(handshake, Reason::no_common_protocol, "", has_h2c ? listener.http2.span : listener.span);
  handshake.outcome = HandshakeOutcome::cleartext;
  handshake.reason = Reason::own_name;
  if (offers_h2c) handshake.protocol = Protocol::h2;
  return handshake;
}

void NginxBehaviour::choose_by_sni(ListenerId listener_id, std::string_view sni,
                                   ExpectedHandshake& handshake) const {
  const HostText host(sni, deployment_.version);
  if (!host.is_valid()) return;
  const NameTable::Lookup lookup = prepared_.table(listener_id).find(host.name());
  if (!lookup.found) return;
  handshake.sni_matched = true;
  handshake.virtual_host = lookup.found->virtual_host;
  if (lookup.found->source.known()) handshake.source = lookup.found->source;
}

void NginxBehaviour::choose_protocol(const Listener& listener, AlpnOffer offer,
                                     ExpectedHandshake& handshake) const {
  const VirtualHost& host = deployment_.virtual_host(handshake.virtual_host);
  if (listener.kind == Listener::Kind::tcp) return;
  if (listener.quic.value) {
    handshake.protocol = Protocol::h3;
    if (!host.http3.value)
      handshake = reject(handshake, Reason::no_common_protocol, "no_application_protocol", host.http3.span);
    return;
  }
  const bool has_h2 = prepared_.speaks_h2(listener, handshake.virtual_host);
  switch (offer) {
    case AlpnOffer::none:
    case AlpnOffer::h1:
      break;
    case AlpnOffer::h2:
      if (has_h2) handshake.protocol = Protocol::h2;
      break;
    case AlpnOffer::h2_only:
      if (has_h2)
        handshake.protocol = Protocol::h2;
      else if (refuses_unknown_alpn(deployment_.version))
        handshake = reject(handshake, Reason::no_common_protocol, "no_application_protocol",
                           host.http2.stated() ? host.http2.span : host.span);
  }
}

ExpectedHandshake NginxBehaviour::handshake(ListenerId listener_id, const ConnectionFacts& connection) const {
  const Listener& listener = deployment_.listener(listener_id);
  ExpectedHandshake handshake;
  handshake.source = listener.span;
  // The back shakes hands with the client, and this server cannot know how.
  if (listener.kind == Listener::Kind::passthrough || listener.default_virtual_host == VirtualHostId::none)
    return handshake;
  if (!listener.tls.value || connection.scheme == Scheme::http) return in_clear(listener, connection);

  handshake.virtual_host = listener.default_virtual_host;
  handshake.source = deployment_.virtual_host(handshake.virtual_host).span;
  // Up to 1.29.1 the version is agreed on before the SNI is looked at: by the default server's ssl_protocols.
  const bool is_version_first = !chooses_server_before_resumption(deployment_.version);
  if (is_version_first && !speaks_modern_tls(handshake.virtual_host)) return reject_version(handshake);
  if (connection.sni) {
    const std::string_view sni = connection.sni->bytes();
    constexpr size_t longest_sni = 255;  // OpenSSL's TLSEXT_MAXLEN_host_name
    if (sni.size() > longest_sni || sni.find('\0') != std::string_view::npos)
      return reject(handshake, Reason::handshake_rejected, "unrecognized_name", listener.span);
    choose_by_sni(listener_id, sni, handshake);
  }
  const VirtualHost& host = deployment_.virtual_host(handshake.virtual_host);
  if (host.tls.reject_handshake.value)
    return reject(handshake, handshake.sni_matched ? Reason::handshake_rejected : Reason::sni_required,
                  "unrecognized_name", host.tls.reject_handshake.span);

  const VirtualHost& context =
      deployment_.virtual_host(prepared_.tls_context(listener, handshake.virtual_host));
  if (context.tls.certificates.empty()) return handshake;  // nginx refuses to start
  if (!is_version_first && !speaks_modern_tls(prepared_.tls_context(listener, handshake.virtual_host)))
    return reject_version(handshake);
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  handshake.certificate = context.tls.certificates.size() == 1 ? &context.tls.certificates.front()
                                                               : presented_certificate(context.tls);
  choose_protocol(listener, connection.alpn, handshake);
  return handshake;
}

ExpectedAnswer NginxBehaviour::answer(ListenerId listener_id, const ConnectionFacts& connection,
                                      const ExpectedHandshake& handshake, const RequestFacts& request) const {
  const Listener& listener = deployment_.listener(listener_id);
  // What is not read as HTTP here, or was never agreed on, cannot be answered for.
  const bool is_readable =
      listener.kind == Listener::Kind::http && handshake.virtual_host != VirtualHostId::none &&
      (handshake.outcome == HandshakeOutcome::ok || handshake.outcome == HandshakeOutcome::cleartext);
  if (!is_readable) {
    ExpectedAnswer answer;
    answer.source = listener.span;
    answer.virtual_host = handshake.virtual_host;
    return answer;
  }
  return answer_request(prepared_, listener_id, connection, handshake, request);
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<NginxBehaviour>(deployment);
}

}  // namespace astray::nginx
