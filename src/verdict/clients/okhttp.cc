// OkHttp: RealConnection.isEligible. The first look has no routes (only the same host passes), the second one
// after DNS has them. A client certificate is not considered: the same socket factory holds the same one.
#include "verdict/clients/profiles.h"
#include "verdict/rungs.h"

namespace astray::clients {
namespace {

/// `hostnameVerifier === OkHostnameVerifier`: a verifier of the application's own switches coalescing off.
RungOutcome check_built_in_verifier(const RungFacts& facts) {
  return facts.request.verifier == HostnameVerifier::built_in ? RungOutcome::pass : RungOutcome::refuse;
}

constexpr Rung built_in_verifier{"built-in-verifier", Reason::partition_differs, rungs::known,
                                 check_built_in_verifier};

// room: calls.size < allocationLimit; alive: !noNewExchanges; same_partition to same_port:
// address.equalsNonHost (DNS object, authenticators, connection specs, proxy, socket factory, verifier,
// pinner, port); then supportsUrl and the pinner.
constexpr Rung ladder[] = {
    rungs::room,           rungs::alive,
    rungs::same_partition, rungs::same_route,
    rungs::same_scheme,    rungs::same_port,
    rungs::same_origin,    rungs::h2,
    rungs::dns_answer,     rungs::direct,
    rungs::same_address,   built_in_verifier,
    rungs::no_mark,        rungs::certificate_covers,
    rungs::pins,
};

// RetryAndFollowUpInterceptor: only if exchange.isCoalescedConnection; the connection gets
// noCoalescedConnections for good, then other connections may be tried, coalesced ones too. 20 follow-ups,
// shared with redirects.
constexpr RetryRule retry{
    .condition = RetryCondition::when_coalesced,
    .limit = 20,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::ignored,
    .memory = {.marks_connection = true},
};

}  // namespace

constexpr ClientProfile okhttp{
    .id = "okhttp",
    .display_name = "OkHttp (most Android apps)",
    .version_read = "2026-07",
    .confidence = ProfileConfidence::read_in_source,
    .coalescing = Coalescing::across_names,
    .source = "RealConnection.isEligible, supportsUrl; RetryAndFollowUpInterceptor",
    .ladder = ladder,
    .retry = retry,
    .retry_note =
        "retries only what it had coalesced, any method unless the body is one-shot, and never again "
        "coalesces on the connection that answered 421",
};

}  // namespace astray::clients
