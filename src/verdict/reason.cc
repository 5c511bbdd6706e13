#include "verdict/reason.h"

#include "embedded/reason_pages.h"

namespace astray {
namespace {

using enum ReasonGroup;

constexpr ReasonInfo reasons[] = {
    {Reason::own_name, served, "own-name",
     "the connection was opened for this authority: SNI and authority agree", "RFC 9110 §4.3.3"},
    {Reason::coalesced, served, "coalesced",
     "the authority is not the connection's SNI, but its certificate covers it and nothing sets the two "
     "apart",
     "RFC 9113 §9.1.1"},
    {Reason::trusted_gateway, served, "trusted-gateway",
     "a trusted gateway passed the request on, so the authority alone is judged", "RFC 9110 §7.4"},
    {Reason::default_virtual_host, served, "default-virtual-host",
     "no virtual host claims the authority, so the default one answers it", ""},

    {Reason::handshake_rejected, handshake, "handshake-rejected",
     "the server ends the handshake for this SNI with a fatal alert", "RFC 6066 §3"},
    {Reason::sni_required, handshake, "sni-required",
     "the server insists on an SNI that it knows and did not get one", "RFC 8446 §9.2"},
    {Reason::no_common_protocol, handshake, "no-common-protocol",
     "client and server share no application protocol or no TLS version", "RFC 7301 §3.2"},
    {Reason::client_certificate_required, handshake, "client-certificate-required",
     "the server requires a client certificate and the client presented none", "RFC 8446 §4.4.2.4"},
    {Reason::client_certificate_untrusted, handshake, "client-certificate-untrusted",
     "the client certificate does not chain to a CA that the server accepts for this name",
     "RFC 8446 §4.4.2.4"},

    {Reason::authority_missing, bad_request, "authority-missing",
     "the request names no authority: neither Host, nor :authority, nor an absolute target", "RFC 9112 §3.2"},
    {Reason::authority_malformed, bad_request, "authority-malformed",
     "the authority is not a host with an optional port", "RFC 9110 §7.2"},
    {Reason::authority_duplicated, bad_request, "authority-duplicated",
     "the request has more than one Host field", "RFC 9112 §3.2"},
    {Reason::authority_host_conflict, bad_request, "authority-host-conflict",
     ":authority and Host name two different authorities", "RFC 9113 §8.3.1"},
    {Reason::authority_target_conflict, bad_request, "authority-target-conflict",
     "the absolute-form target and Host name two different authorities", "RFC 9112 §3.2.2"},

    {Reason::certificate_gap, misdirected, "certificate-gap",
     "the certificate of this connection does not cover the authority", "RFC 9110 §7.4"},
    {Reason::port_differs, misdirected, "port-differs",
     "the authority's port is not the port of this connection", "RFC 9110 §4.3.3"},
    {Reason::client_authentication_differs, misdirected, "client-authentication-differs",
     "the authority's virtual host asks for other client authentication than this handshake did",
     "RFC 9110 §15.5.20"},
    {Reason::tls_policy_differs, misdirected, "tls-policy-differs",
     "the authority's virtual host has another TLS policy than this handshake settled", "RFC 9110 §15.5.20"},
    {Reason::more_specific_listener, misdirected, "more-specific-listener",
     "another listener of this port owns the authority more specifically than the one that took the "
     "handshake",
     "Gateway API Listener.hostname"},
    {Reason::protocol_off, misdirected, "protocol-off",
     "the negotiated HTTP version is switched off for the authority", "RFC 9110 §15.5.20"},
    {Reason::sni_missing, misdirected, "sni-missing",
     "the client sent no SNI and the authority is protected by a policy that needs one", "RFC 9113 §9.2"},
    {Reason::name_differs_from_sni, misdirected, "name-differs-from-sni",
     "the server compares SNI and authority as text and they differ", "RFC 6066 §11.1"},
    {Reason::scheme_mismatch, misdirected, "scheme-mismatch",
     "the scheme does not fit the connection: http over TLS, or https in clear", "RFC 9110 §7.4"},
    {Reason::unowned, misdirected, "unowned", "nobody here owns the authority", "RFC 9110 §15.5.20"},

    {Reason::same_origin, reuse, "same-origin", "the connection was opened for this very origin",
     "RFC 9113 §9.1"},
    {Reason::never_coalesces, reuse, "never-coalesces",
     "the client keeps a connection for the one origin it was opened for", ""},
    {Reason::not_multiplexed, reuse, "not-multiplexed",
     "the connection speaks an HTTP version that carries one authority only", "RFC 9110 §4.3.3"},
    {Reason::address_differs, reuse, "address-differs",
     "the name's DNS answer does not lead to the address of this connection", "RFC 9110 §4.3.3"},
    {Reason::dns_unanswered, reuse, "dns-unanswered",
     "the addresses of the name, or the one that the connection reached, are not known", "RFC 9110 §4.3.3"},
    {Reason::certificate_error, reuse, "certificate-error",
     "the connection's certificate was not accepted, or only by an override", "RFC 9110 §4.3.4"},
    {Reason::client_certificate_sent, reuse, "client-certificate-sent",
     "a client certificate was sent on the connection and is not shared with other names", ""},
    {Reason::proxied, reuse, "proxied", "the connection or the request goes through a proxy", ""},
    {Reason::partition_differs, reuse, "partition-differs",
     "the request belongs to another partition: network isolation key, privacy mode or client settings", ""},
    {Reason::origin_set_excludes, reuse, "origin-set-excludes",
     "the server's ORIGIN set leaves this origin out", "RFC 8336 §2.4"},
    {Reason::origin_set_includes, reuse, "origin-set-includes", "the server's ORIGIN set names this origin",
     "RFC 8336 §2.4"},
    {Reason::pooled_alias, reuse, "pooled-alias",
     "the name was put on this connection earlier and stays there without new checks", ""},
    {Reason::extended_connect_off, reuse, "extended-connect-off",
     "the request is a WebSocket or WebTransport one and the connection does not carry such", "RFC 8441 §3"},
    {Reason::key_pin_mismatch, reuse, "key-pin-mismatch",
     "the connection's certificate chain violates a key pin of the name", "RFC 7469 §2.6"},
    {Reason::transparency_missing, reuse, "transparency-missing",
     "the client demands Certificate Transparency for the name and the connection did not give it",
     "RFC 9162 §8"},
    {Reason::not_accepting, reuse, "not-accepting",
     "the connection takes no new request now: draining, closed, out of streams, or SETTINGS not yet "
     "received",
     "RFC 9113 §6.8"},
    {Reason::marked_not_coalescing, reuse, "marked-not-coalescing",
     "an earlier 421 forbids coalescing on this connection", "RFC 9110 §15.5.20"},

    {Reason::retry_on_fresh_connection, retry, "retry-on-fresh-connection",
     "the client sends the request once more on a connection of its own", "RFC 9110 §15.5.20"},
    {Reason::retry_on_same_connection, retry, "retry-on-same-connection",
     "the client sends the request once more where the 421 came from and gets it again", ""},
    {Reason::client_never_retries, retry, "client-never-retries", "the client hands every 421 to its caller",
     "RFC 9110 §15.5.20"},
    {Reason::already_retried, retry, "already-retried",
     "the request was retried already and the client gives up", ""},
    {Reason::body_not_replayable, retry, "body-not-replayable",
     "the request's body was streamed and cannot be sent again", ""},
    {Reason::connection_not_coalesced, retry, "connection-not-coalesced",
     "the client retries only what it had coalesced, and this connection was opened for the name", ""},
    {Reason::not_an_alternative_service, retry, "not-an-alternative-service",
     "the client retries only what an Alt-Svc alternative answered", "RFC 7838 §6"},
    {Reason::authentication_bound, retry, "authentication-bound",
     "connection-based authentication ties the request to this connection", "RFC 4559 §6"},

    {Reason::configuration_unknowable, unknown, "configuration-unknowable",
     "a variable, a script or a part that was not read decides", ""},
    {Reason::facts_missing, unknown, "facts-missing",
     "what was observed does not say what the decision needs", ""},
};

}  // namespace

std::span<const ReasonInfo> all_reasons() {
  return reasons;
}

const ReasonInfo& info(Reason reason) {
  return reasons[static_cast<size_t>(reason)];
}

std::optional<Reason> find_reason(std::string_view id) {
  for (const ReasonInfo& row : reasons) {
    if (row.id == id) return row.reason;
  }
  return std::nullopt;
}

std::string_view page(Reason reason) {
  return embedded::reason_page(info(reason).id);
}

}  // namespace astray
