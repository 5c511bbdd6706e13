#pragma once
// The one vocabulary of astray: the same ids stand in the gateway's log and response, the client's trace, the
// probe's diff, the auditor's finding and the explainer's story.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace astray {

enum class Reason : uint8_t {
  // Served.
  own_name,              ///< SNI and authority agree
  coalesced,             ///< another name of the connection's certificate, under an equal policy
  trusted_gateway,       ///< a trusted gateway passed it on (RFC 9110 §7.4): the authority alone counts
  default_virtual_host,  ///< nobody claims the authority; the default virtual host answers it
  // Refused at the handshake.
  handshake_rejected,  ///< the server answers this SNI with a fatal alert
  sni_required,        ///< no SNI, or an unknown one, where the server insists on a known one
  no_common_protocol,  ///< ALPN (RFC 7301) or TLS versions share nothing
  client_certificate_required,
  client_certificate_untrusted,
  // 400: the request does not say whom it means.
  authority_missing,
  authority_malformed,
  authority_duplicated,
  authority_host_conflict,    ///< :authority differs from Host (RFC 9113 §8.3.1)
  authority_target_conflict,  ///< absolute-form target differs from Host
  // 421: owned here, but not on this connection.
  certificate_gap,  ///< the presented certificate does not cover the authority
  port_differs,
  client_authentication_differs,
  tls_policy_differs,
  more_specific_listener,
  protocol_off,
  sni_missing,            ///< no SNI was sent and the name is protected
  name_differs_from_sni,  ///< the server compares the two names as text
  scheme_mismatch,        ///< http over TLS, or https in clear
  unowned,
  // Reuse: why a client keeps to, or leaves, a pooled connection. The rungs of its ladder.
  same_origin,
  never_coalesces,
  not_multiplexed,  ///< not h2 (or h3): only one authority per connection
  address_differs,  ///< DNS of the new name does not lead to this connection's peer
  dns_unanswered,
  certificate_error,  ///< the connection's certificate was not accepted, or only by override
  client_certificate_sent,
  proxied,
  partition_differs,    ///< network partition, privacy mode, or another isolation key
  origin_set_excludes,  ///< RFC 8336: the server's ORIGIN set leaves this origin out
  origin_set_includes,
  pooled_alias,          ///< the name was put on this connection earlier and stays there without new checks
  extended_connect_off,  ///< a WebSocket or WebTransport request, and the connection carries none
  key_pin_mismatch,
  transparency_missing,   ///< the client demands Certificate Transparency for the name and did not get it
  not_accepting,          ///< draining, closed, out of streams, or SETTINGS not yet received
  marked_not_coalescing,  ///< an earlier 421 forbids it on this connection
  // Retry after a 421.
  retry_on_fresh_connection,
  retry_on_same_connection,  ///< the client sends it again where the 421 came from
  client_never_retries,
  already_retried,
  body_not_replayable,
  connection_not_coalesced,    ///< the client retries only what it had coalesced
  not_an_alternative_service,  ///< the client retries only what an Alt-Svc alternative answered
  authentication_bound,        ///< NTLM or Negotiate ties the request to the connection
  // Could not tell.
  configuration_unknowable,  ///< a variable, script or unread part decides
  facts_missing,             ///< what was observed does not say what the decision needs
};

/// Where a reason comes up; one reason can have several uses, this is its home.
enum class ReasonGroup : uint8_t { served, handshake, bad_request, misdirected, reuse, retry, unknown };

/// One row of the table of reasons.
struct ReasonInfo {
  Reason reason;
  ReasonGroup group;
  std::string_view id;        ///< stable: "certificate-gap"; never reused for another meaning
  std::string_view sentence;  ///< one sentence, no trailing full stop
  std::string_view spec;      ///< "RFC 9110 §7.4"; "" when only an implementation knows it
};

/// Every reason in the order of the enumeration.
std::span<const ReasonInfo> all_reasons();
const ReasonInfo& info(Reason reason);
inline std::string_view to_string(Reason reason) {
  return info(reason).id;
}
std::optional<Reason> find_reason(std::string_view id);
/// The long page in Markdown, embedded from verdict/reasons/<id>.md.
std::string_view page(Reason reason);

}  // namespace astray
