// What nginx answers: ngx_http_ssl_servername and ngx_http_ssl_alpn_select for the handshake; for a request
// ngx_http_process_host, ngx_http_set_virtual_server, ngx_http_process_request, and for HTTP/2 and HTTP/3
// ngx_http_v2_run_request and ngx_http_v3_process_request_header.
#include <algorithm>
#include <map>

#include "servers/nginx/host_text.h"
#include "servers/nginx/name_table.h"
#include "servers/nginx/read.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

// What every request asks of a virtual host, close together: the hosts themselves are far apart in memory.
struct HostFacts {
  uint64_t client_policy = 0;  ///< digest of its demands on client certificates; 0: none
  SourceSpan span;
  bool has_tls_context = false;  ///< certificates or ssl_reject_handshake of its own
  bool http2 = false;
  bool http3 = false;
  bool answers_itself = false;  ///< a fixed status, or one that cannot be known
  bool is_client_authentication_known = true;
  ClientAuthentication client_authentication = ClientAuthentication::off;
};

HostFacts gather(const VirtualHost& host) {
  return {digest(host.tls).client_authentication,
          host.span,
          !host.tls.certificates.empty() || host.tls.reject_handshake.value,
          host.http2.value,
          host.http3.value,
          !host.fixed_status.known() || host.fixed_status.value != 0,
          host.tls.client_authentication.known(),
          host.tls.client_authentication.value};
}

class NginxBehaviour final : public Behaviour {
 public:
  explicit NginxBehaviour(const Deployment& deployment) : deployment_(deployment) {
    facts_.reserve(deployment.virtual_hosts.size());
    for (const VirtualHost& host : deployment.virtual_hosts) facts_.push_back(gather(host));
    // Listeners that share their servers (*:443 and [::]:443) share a table.
    std::map<std::vector<VirtualHostId>, const NameTable*> by_servers;
    for (const Listener& listener : deployment.listeners) {
      const NameTable*& table = by_servers[listener.virtual_hosts];
      if (table == nullptr) {
        owned_tables_.push_back(std::make_unique<NameTable>(deployment, listener.virtual_hosts));
        table = owned_tables_.back().get();
      }
      tables_.push_back(table);
    }
  }

  ExpectedHandshake handshake(ListenerId listener_id, const ConnectionFacts& connection) const override;
  ExpectedAnswer answer(ListenerId listener_id, const ConnectionFacts& connection,
                        const ExpectedHandshake& handshake, const RequestFacts& request) const override;

  Lookup find_virtual_host(ListenerId listener_id, std::string_view name) const override {
    const NameTable::Lookup lookup = table(listener_id).find(name);
    if (!lookup.found)
      return {deployment_.listener(listener_id).default_virtual_host, NameMatch::default_host};
    return {lookup.found->virtual_host, lookup.found->match};
  }

 private:
  friend class RequestWalk;

  const NameTable& table(ListenerId id) const { return *tables_.at(static_cast<size_t>(id)); }
  const HostFacts& facts(VirtualHostId id) const { return facts_.at(static_cast<size_t>(id)); }
  bool speaks_h2(const Listener& listener, VirtualHostId id) const {
    return listener.http2.value || facts(id).http2;
  }
  ExpectedHandshake in_clear(const Listener& listener, const ConnectionFacts& connection) const;
  void choose_by_sni(ListenerId listener_id, std::string_view sni, ExpectedHandshake& handshake) const;
  void choose_protocol(const Listener& listener, AlpnOffer offer, ExpectedHandshake& handshake) const;

  const Deployment& deployment_;
  std::vector<HostFacts> facts_;
  std::vector<std::unique_ptr<NameTable>> owned_tables_;
  std::vector<const NameTable*> tables_;  ///< by listener
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

ExpectedHandshake NginxBehaviour::in_clear(const Listener& listener,
                                           const ConnectionFacts& connection) const {
  ExpectedHandshake handshake;
  handshake.virtual_host = listener.default_virtual_host;
  handshake.source = listener.span;
  if (connection.scheme == Scheme::https)
    return reject(handshake, Reason::scheme_mismatch, "", listener.span);  // "400 Bad Request" in clear
  const bool offers_h2c = connection.alpn == AlpnOffer::h2_only;           // prior knowledge (RFC 9113 §3.3)
  // On a TLS listener a request in clear is read as HTTP/1.1, and answered 400.
  const bool has_h2c = !listener.tls.value && speaks_h2(listener, listener.default_virtual_host);
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
  const NameTable::Lookup lookup = table(listener_id).find(host.name());
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
  const bool has_h2 = speaks_h2(listener, handshake.virtual_host);
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

  // A server without certificates of its own leaves the default one's in place, client verification included.
  const VirtualHost& context = facts(handshake.virtual_host).has_tls_context
                                   ? host
                                   : deployment_.virtual_host(listener.default_virtual_host);
  if (context.tls.certificates.empty()) return handshake;  // nginx refuses to start
  handshake.outcome = HandshakeOutcome::ok;
  handshake.reason = handshake.sni_matched ? Reason::own_name : Reason::default_virtual_host;
  handshake.certificate = &context.tls.certificates.front();
  choose_protocol(listener, connection.alpn, handshake);
  return handshake;
}

// To the log and to error_page; the client sees 400 (ngx_http_special_response_handler).
constexpr int bad_client_certificate = 495;
constexpr int no_client_certificate = 496;
constexpr int plain_on_tls_port = 497;
constexpr bool is_sent_as_400(int status) {
  return status >= bad_client_certificate && status <= plain_on_tls_port;
}

/// One request on its way through nginx: the steps in nginx's order, each of which may end it.
class RequestWalk {
 public:
  RequestWalk(const NginxBehaviour& behaviour, ListenerId listener_id, const ConnectionFacts& connection,
              const ExpectedHandshake& handshake)
      : behaviour_(behaviour),
        deployment_(behaviour.deployment_),
        version_(deployment_.version),
        listener_(deployment_.listener(listener_id)),
        table_(behaviour.table(listener_id)),
        connection_(connection),
        handshake_(handshake),
        sni_(connection.sni ? connection.sni->bytes() : std::string_view(), version_),
        compares_sni_(handshake.outcome == HandshakeOutcome::ok && handshake.sni_matched &&
                      table_.is_consulted()) {
    answer_.virtual_host = handshake.virtual_host;
    reached_ = handshake.virtual_host;
    answer_.source = behaviour_.facts(handshake.virtual_host).span;
  }

  ExpectedAnswer run(const RequestFacts& request) {
    const bool goes_on = handshake_.protocol == Protocol::h1 ? read_h1(request) : read_multiplexed(request);
    if (goes_on && accepts_connection()) serve();
    return answer_;
  }

 private:
  // HTTP/1.1: request line, then the fields as they come, then what is missing.
  bool read_h1(const RequestFacts& request) {
    if (request.target_authority) {
      const std::string_view target = request.target_authority->bytes();
      if (!is_parsable_target_authority(target)) return refuse(400, Reason::authority_malformed);
      if (!take_host(target)) return false;
    }
    if (!read_host_fields(request)) return false;
    if (!has_host_ && !choose("")) return false;
    if (request.host_fields.empty()) return refuse(400, Reason::authority_missing);
    return true;
  }

  bool read_host_fields(const RequestFacts& request) {
    for (size_t i = 0; i < request.host_fields.size(); ++i) {
      if (i != 0) return refuse(400, Reason::authority_duplicated);
      if (!take_host(request.host_fields[i].bytes())) return false;
    }
    return true;
  }

  bool read_multiplexed(const RequestFacts& request) {
    if (request.pseudo_authority && !take_host(request.pseudo_authority->bytes())) return false;
    // Up to 1.29.0, :authority of HTTP/2 is stored as the Host field, so that a Host field is a second one.
    const bool is_old_h2 = handshake_.protocol == Protocol::h2 && !accepts_equal_host_and_authority(version_);
    if (is_old_h2 && request.pseudo_authority && !request.host_fields.empty()) {
      const bool differ = request.host_fields.front() != *request.pseudo_authority;
      return refuse(400, differ ? Reason::authority_host_conflict : Reason::authority_duplicated);
    }
    if (!read_host_fields(request)) return false;
    if (!speaks_protocol()) return false;
    if (is_old_h2 && !has_host_ && !choose("")) return false;
    if (!has_host_) return refuse(400, Reason::authority_missing);
    if (request.pseudo_authority && !request.host_fields.empty() &&
        request.host_fields.front() != *request.pseudo_authority)
      return refuse(400, Reason::authority_host_conflict);
    return true;
  }

  // A virtual host that does not speak the protocol of the connection (from 1.25.1 on, protocols are per
  // server).
  bool speaks_protocol() {
    const HostFacts& facts = behaviour_.facts(answer_.virtual_host);
    if (handshake_.protocol == Protocol::h3) {
      if (facts.http3) return true;
      answer_.source = host().http3.span;
      return refuse(421, Reason::protocol_off);
    }
    if (!has_http2_directive(version_) || listener_.http2.value || facts.http2) return true;
    if (host().http2.stated()) answer_.source = host().http2.span;
    return refuse(421, Reason::protocol_off);
  }

  bool take_host(std::string_view bytes) {
    const HostText host(bytes, version_);
    if (!host.is_valid())
      return refuse(400, bytes.empty() ? Reason::authority_missing : Reason::authority_malformed);
    if (has_host_) return true;  // the first one has chosen
    has_host_ = true;
    return choose(host.name());
  }

  // ngx_http_set_virtual_server. `name` is "" for a request that names nobody.
  bool choose(std::string_view name) {
    is_sni_ = handshake_.outcome == HandshakeOutcome::ok && sni_.is_valid() && sni_.name() == name;
    const NameTable::Lookup lookup = table_.find(name);
    if (lookup.regex_failed) return give_up(answer_.source);
    if (lookup.found) {
      answer_.virtual_host = lookup.found->virtual_host;
      answer_.match = lookup.found->match;
    } else {
      answer_.virtual_host = listener_.default_virtual_host;
      answer_.match = NameMatch::default_host;
    }
    const HostFacts& facts = behaviour_.facts(answer_.virtual_host);
    answer_.source = lookup.found && lookup.found->source.known() ? lookup.found->source : facts.span;
    if (!compares_sni_ || is_sni_) {
      reached_ = answer_.virtual_host;
      return true;
    }
    if (!facts.is_client_authentication_known) return give_up(host().tls.client_authentication.span);
    if (facts.client_authentication == ClientAuthentication::off) {
      reached_ = answer_.virtual_host;
      return true;
    }
    // The names are compared as text; that the two policies are equal does not help.
    const bool is_equal_policy =
        facts.client_policy == behaviour_.facts(handshake_.virtual_host).client_policy;
    answer_.source = host().tls.client_authentication.span;
    return refuse(421,
                  is_equal_policy ? Reason::name_differs_from_sni : Reason::client_authentication_differs);
  }

  // ngx_http_process_request: TLS where the listener has it, and the client certificate that the server
  // demands.
  bool accepts_connection() {
    if (handshake_.outcome == HandshakeOutcome::cleartext) {
      if (!listener_.tls.value) return true;
      answer_.source = listener_.tls.span;
      return refuse(plain_on_tls_port, Reason::scheme_mismatch);
    }
    const HostFacts& facts = behaviour_.facts(answer_.virtual_host);
    if (!facts.is_client_authentication_known) return give_up(host().tls.client_authentication.span);
    const ClientAuthentication mode = facts.client_authentication;
    return mode == ClientAuthentication::off || accepts_client(mode);
  }

  bool accepts_client(ClientAuthentication mode) {
    const SourceSpan demanded = host().tls.client_authentication.span;
    // Whether a certificate was asked for, and whom it had to come from, was settled by the handshake's
    // server.
    const VirtualHostId context = behaviour_.facts(handshake_.virtual_host).has_tls_context
                                      ? handshake_.virtual_host
                                      : listener_.default_virtual_host;
    const TlsSettings& asked = deployment_.virtual_host(context).tls;
    if (!asked.client_authentication.known()) return give_up(asked.client_authentication.span);
    const bool is_presented = asked.client_authentication.value != ClientAuthentication::off &&
                              connection_.client_certificate.has_value();
    if (!is_presented) {
      if (mode != ClientAuthentication::required) return true;
      answer_.source = demanded;
      return refuse(no_client_certificate, Reason::client_certificate_required);
    }
    if (mode == ClientAuthentication::optional_no_ca) return true;
    const std::vector<std::string>& trusted = asked.client_authorities.trusted_digests;
    if (std::find(trusted.begin(), trusted.end(), connection_.client_certificate->authority_digest) !=
        trusted.end())
      return true;
    const bool is_complete = asked.client_authorities.digest.has_value() ||
                             asked.client_authentication.value == ClientAuthentication::optional_no_ca;
    if (!is_complete) return give_up(asked.client_authorities.file.span);
    answer_.source = demanded;
    return refuse(bad_client_certificate, Reason::client_certificate_untrusted);
  }

  void serve() {
    const bool is_named = answer_.match != NameMatch::default_host;
    const bool has_sni = handshake_.outcome == HandshakeOutcome::ok && connection_.sni.has_value();
    if (!is_named)
      answer_.reason = Reason::default_virtual_host;
    else
      answer_.reason = is_sni_ || !has_sni ? Reason::own_name : Reason::coalesced;
    answer_.outcome = AnswerOutcome::serve;
    if (behaviour_.facts(answer_.virtual_host).answers_itself) answer_itself(is_named);
  }

  void answer_itself(bool is_named) {
    const Setting<int>& status = host().fixed_status;
    if (!status.known()) {
      give_up(status.span);
      return;
    }
    answer_.status = status.value;
    answer_.source = status.span;
    if (answer_.status < 400) return;
    const Reason reason = !is_named || answer_.status == 421 ? Reason::unowned : answer_.reason;
    refuse(answer_.status, reason);
  }

  // `error_page` of the server that has the request so far may put another status in the place of this one.
  bool refuse(int status, Reason reason) {
    answer_.outcome = AnswerOutcome::reject;
    answer_.status = is_sent_as_400(status) ? 400 : status;
    answer_.reason = reason;
    for (const ErrorPage& page : deployment_.virtual_host(reached_).error_pages) {
      if (page.status != status) continue;
      if (page.sent == 0) return give_up(page.span);
      answer_.status = page.sent;
      return false;
    }
    return false;
  }

  bool give_up(SourceSpan source) {
    answer_.outcome = AnswerOutcome::unknowable;
    answer_.reason = Reason::configuration_unknowable;
    answer_.source = source;
    return false;
  }

  const VirtualHost& host() const { return deployment_.virtual_host(answer_.virtual_host); }

  const NginxBehaviour& behaviour_;
  const Deployment& deployment_;
  const Version version_;
  const Listener& listener_;
  const NameTable& table_;
  const ConnectionFacts& connection_;
  const ExpectedHandshake& handshake_;
  const HostText sni_;
  const bool compares_sni_;  ///< nginx remembers the SNI of this connection (hc->ssl_servername)
  VirtualHostId reached_;    ///< whose settings hold for the request so far: the SNI's before the Host's
  bool has_host_ = false;    ///< a valid name was met, the first of which chooses
  bool is_sni_ = false;      ///< the name that chose equals the SNI
  ExpectedAnswer answer_;
};

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
  return RequestWalk(*this, listener_id, connection, handshake).run(request);
}

}  // namespace

std::unique_ptr<Behaviour> make_behaviour(const Deployment& deployment) {
  return std::make_unique<NginxBehaviour>(deployment);
}

}  // namespace astray::nginx
