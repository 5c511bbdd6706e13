// What nginx answers to a request: ngx_http_process_host, ngx_http_set_virtual_server,
// ngx_http_process_request, and for HTTP/2 and HTTP/3 ngx_http_v2_run_request and
// ngx_http_v3_process_request_header.
#include "servers/nginx/request.h"

#include "servers/nginx/host_text.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

// To the log and to error_page; the client sees 400 (ngx_http_special_response_handler).
constexpr int too_large_fields = 494;
constexpr int bad_client_certificate = 495;
constexpr int no_client_certificate = 496;
constexpr int plain_on_tls_port = 497;
constexpr bool is_sent_as_400(int status) {
  return status >= too_large_fields && status <= plain_on_tls_port;
}

// With these nginx closes the connection, or the stream, without an answer (ngx_http_finalize_request).
constexpr bool is_never_sent(int status) {
  constexpr int timed_out = 408, close = 444, client_closed = 499;
  return status == timed_out || status == close || status == client_closed;
}

/// One request on its way through nginx: the steps in nginx's order, each of which may end it.
class RequestWalk {
 public:
  RequestWalk(const Prepared& prepared, ListenerId listener_id, const ConnectionFacts& connection,
              const ExpectedHandshake& handshake)
      : prepared_(prepared),
        deployment_(prepared.deployment()),
        version_(deployment_.version),
        listener_(deployment_.listener(listener_id)),
        table_(prepared.table(listener_id)),
        connection_(connection),
        handshake_(handshake),
        sni_(connection.sni ? connection.sni->bytes() : std::string_view(), version_),
        compares_sni_(handshake.outcome == HandshakeOutcome::ok && handshake.sni_matched &&
                      table_.is_consulted()) {
    answer_.virtual_host = handshake.virtual_host;
    reached_ = handshake.virtual_host;
    answer_.source = prepared_.facts(handshake.virtual_host).span;
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
    const HostFacts& facts = prepared_.facts(answer_.virtual_host);
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
    const HostFacts& facts = prepared_.facts(answer_.virtual_host);
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
        facts.client_policy == prepared_.facts(handshake_.virtual_host).client_policy;
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
    const HostFacts& facts = prepared_.facts(answer_.virtual_host);
    if (!facts.is_client_authentication_known) return give_up(host().tls.client_authentication.span);
    const ClientAuthentication mode = facts.client_authentication;
    return mode == ClientAuthentication::off || accepts_client(mode);
  }

  bool accepts_client(ClientAuthentication mode) {
    const SourceSpan demanded = host().tls.client_authentication.span;
    // Whether a certificate was asked for, and whom it had to come from, was settled by the handshake's
    // server.
    const VirtualHostId context = prepared_.tls_context(listener_, handshake_.virtual_host);
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
    if (asked.client_authorities.trusts(connection_.client_certificate->authority_digest)) return true;
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
    if (prepared_.facts(answer_.virtual_host).answers_itself) answer_itself(is_named);
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
    const bool is_closing = is_never_sent(status.value);
    const Reason reason = !is_named || answer_.status == 421 ? Reason::unowned : answer_.reason;
    refuse(answer_.status, reason);
    if (is_closing) answer_.status = 0;
  }

  // `error_page` of the server that has the request so far may put another status in the place of this one.
  bool refuse(int status, Reason reason) {
    answer_.outcome = AnswerOutcome::reject;
    answer_.status = is_sent_as_400(status) ? 400 : status;
    answer_.reason = reason;
    for (const ErrorPage& page : deployment_.virtual_host(reached_).error_pages) {
      if (page.status != status) continue;
      if (page.sent == 0) return give_up(page.span);
      answer_.status = is_never_sent(page.sent) ? 0 : page.sent;
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

  const Prepared& prepared_;
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

}  // namespace

ExpectedAnswer answer_request(const Prepared& prepared, ListenerId listener,
                              const ConnectionFacts& connection, const ExpectedHandshake& handshake,
                              const RequestFacts& request) {
  return RequestWalk(prepared, listener, connection, handshake).run(request);
}

}  // namespace astray::nginx
