// Chromium: an exact pool key first, then names that were mapped to a session before, then sessions found by
// the addresses that DNS gives. Over HTTP/2 it knows no ORIGIN frame and always wants DNS; over HTTP/3 an
// ORIGIN frame makes DNS needless: the opposite of Firefox.
#include <algorithm>

#include "verdict/clients/profiles.h"
#include "verdict/rungs.h"

namespace astray::clients {
namespace {

/// A name once mapped to a session stays there until the session goes away: neither DNS nor the certificate
/// is asked again (AddPooledAlias). A retry after 421 switches pooling off, and with it this rung.
RungOutcome check_mapped_alias(const RungFacts& facts) {
  std::span<const Origin> aliases = facts.connection.aliases;
  bool mapped = std::find(aliases.begin(), aliases.end(), facts.request.origin) != aliases.end();
  return mapped && facts.request.attempt == Attempt::first && facts.request.partition == Partition::same &&
                 facts.request.route == Route::direct
             ? RungOutcome::accept
             : RungOutcome::pass;
}

/// enable_ip_based_pooling_for_h2 goes false for the one retry after a 421.
RungOutcome check_pooling_enabled(const RungFacts& facts) {
  return facts.request.attempt == Attempt::first ? RungOutcome::pass : RungOutcome::refuse;
}

/// CanShareConnectionWithClientCerts must hold for both names; by default it holds for none.
RungOutcome check_client_certificate_shared(const RungFacts& facts) {
  bool sent = facts.connection.client_certificate == ClientCertificateUse::sent;
  bool shared = facts.request.client_certificate_sharing == ClientCertificateSharing::allowed;
  return sent && !shared ? RungOutcome::refuse : RungOutcome::pass;
}

/// Over HTTP/3 the addresses do not count when an ORIGIN frame named the origin (skip_dns_with_origin_frame,
/// on by default), or when the request would go to the very alternative that the session was opened to.
RungOutcome check_address_or_origin_set(const RungFacts& facts) {
  if (origin_set_names(facts.connection, facts.request)) return RungOutcome::waived;
  if (facts.request.destination == Destination::alternative_of_the_connection) return RungOutcome::pass;
  if (facts.request.dns && facts.request.dns->empty()) return RungOutcome::refuse;
  return rungs::check_same_address(facts);
}

/// The alias map holds address and port together; what needs no address needs no port.
RungOutcome check_endpoint_port(const RungFacts& facts) {
  if (origin_set_names(facts.connection, facts.request)) return RungOutcome::waived;
  if (facts.request.destination == Destination::alternative_of_the_connection) return RungOutcome::pass;
  return rungs::check_same_peer_port(facts);
}

constexpr Rung mapped_alias{"mapped-alias", Reason::pooled_alias, rungs::known, check_mapped_alias};
constexpr Rung pooling_enabled{"pooling-enabled", Reason::retry_on_fresh_connection, rungs::known,
                               check_pooling_enabled};
constexpr Rung client_certificate_shared{"client-certificate-shared", Reason::client_certificate_sent,
                                         rungs::known, check_client_certificate_shared};
constexpr Rung address_or_origin_set{"address-or-origin-set", Reason::address_differs, Reason::dns_unanswered,
                                     check_address_or_origin_set};
constexpr Rung endpoint_port{"endpoint-port", Reason::port_differs, rungs::known, check_endpoint_port};

// spdy_session_pool.cc: FindAvailableSession (to mapped_alias), then OnHostResolutionCompleteShared and
// FindMatchingIpSession; spdy_session_key.cc: CompareForAliasing (same_partition); spdy_session.cc: CanPool
// (the last five). A draining session is in none of the maps, so that comes first. The URL's port is never
// compared: equal ports follow from the endpoint. An HTTPS record without h2 forbids nothing: its endpoints
// are skipped, but behind them stands the one of the A and AAAA records, which asks for no protocol.
constexpr Rung h2_ladder[] = {
    rungs::alive,
    rungs::idle,
    rungs::extended_connect,
    rungs::same_key,
    mapped_alias,
    rungs::h2,
    rungs::tls,
    pooling_enabled,
    rungs::direct,
    rungs::dns_answer,
    rungs::same_address,
    rungs::same_peer_port,
    rungs::same_partition,
    rungs::certificate_accepted,
    client_certificate_shared,
    rungs::certificate_covers,
    rungs::pins,
    rungs::transparency,
};

// A retry after 421 has alternative services off, hence HTTP/3. quic_session_pool.cc: FindExistingSession,
// CanWaiveIpMatching, HasMatchingIpSession; quic_chromium_client_session.cc: CanPool = CanUseForAliasing
// (same_partition, direct) and SpdySession::CanPool.
constexpr Rung h3_ladder[] = {
    rungs::first_attempt,
    rungs::alive,
    rungs::same_key,
    rungs::h3,
    rungs::tls,
    address_or_origin_set,
    endpoint_port,
    rungs::same_partition,
    rungs::direct,
    rungs::certificate_accepted,
    client_certificate_shared,
    rungs::certificate_covers,
    rungs::pins,
    rungs::transparency,
};

// http_network_transaction.cc, response code 421: one restart, with pooling and alternative services off. The
// session that answered is neither closed nor marked, so its own name finds it again (FindAvailableSession
// looks at the exact key before it looks at the flag). The alias goes only when the new connection becomes an
// HTTP/2 session; where it speaks HTTP/1.1, every later request for the name gets a 421 first. An HTTP/1.1
// connection that answered is closed, since the rest of its answer is not read.
constexpr RetryRule h2_retry{
    .condition = RetryCondition::always,
    .limit = 1,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::same,
    .bound_authentication = BoundAuthentication::ignored,
    .memory = {.evicts_alias = true},
};
// From HTTP/3 the retry goes to HTTP/2 or 1.1, so never to the session that answered. Alt-Svc is not marked
// broken.
constexpr RetryRule h3_retry{
    .condition = RetryCondition::always,
    .limit = 1,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::ignored,
    .memory = {},
};

}  // namespace

constexpr ClientProfile chromium_h2{
    .id = "chromium-h2",
    .display_name = "Chromium (Chrome, Edge, Opera, Electron) over HTTP/2",
    .version_read = "156",
    .confidence = ProfileConfidence::proved,
    .coalescing = Coalescing::across_names,
    .source =
        "net/spdy/spdy_session_pool.cc, spdy_session_key.cc, spdy_session.cc; "
        "net/http/http_network_transaction.cc",
    .ladder = h2_ladder,
    .retry = h2_retry,
    .retry_note =
        "retries once, any method unless the body was streamed, without pooled aliases, Alt-Svc and HTTP/3; "
        "a 421 from the name's own connection is asked again on that connection",
};

constexpr ClientProfile chromium_h3{
    .id = "chromium-h3",
    .display_name = "Chromium (Chrome, Edge, Opera, Electron) over HTTP/3",
    .version_read = "early 2024",
    .confidence = ProfileConfidence::read_in_source,
    .coalescing = Coalescing::across_names,
    .source =
        "net/quic/quic_session_pool.cc, quic_chromium_client_session.cc, quic_session_key.cc, quic_context.h",
    .ladder = h3_ladder,
    .retry = h3_retry,
    .retry_note = "retries once, any method unless the body was streamed, over HTTP/2 or 1.1",
};

}  // namespace astray::clients
