// Our own: what astray's client does, by policy, and the most that the specifications let through.
#include <algorithm>

#include "verdict/clients/profiles.h"
#include "verdict/rungs.h"

namespace astray::clients {
namespace {

bool is_tls(const RungFacts& facts) {
  return facts.connection.origin.scheme == Scheme::https;
}

/// RFC 9110 §4.3.3: the client believes that it could connect to the host here; DNS shows it, or an ORIGIN
/// frame.
RungOutcome check_authoritative_address(const RungFacts& facts) {
  if (is_tls(facts) && origin_set_names(facts.connection, facts.request)) return RungOutcome::waived;
  return rungs::check_same_address(facts);
}

RungOutcome check_authoritative_port(const RungFacts& facts) {
  if (is_tls(facts) && origin_set_names(facts.connection, facts.request)) return RungOutcome::waived;
  return rungs::check_same_peer_port(facts);
}

/// RFC 9113 §9.1.1: without TLS the address alone counts.
RungOutcome check_accepted_over_tls(const RungFacts& facts) {
  return is_tls(facts) ? rungs::check_certificate_accepted(facts) : RungOutcome::pass;
}

RungOutcome check_covers_over_tls(const RungFacts& facts) {
  return is_tls(facts) ? rungs::check_certificate_covers(facts) : RungOutcome::pass;
}

/// RFC 8336 §2.4 for connections without TLS: the frame is ignored.
RungOutcome check_origin_set_over_tls(const RungFacts& facts) {
  return is_tls(facts) ? rungs::check_origin_set(facts) : RungOutcome::pass;
}

/// A connection that answered 421 for an origin is not asked for it again, whosever it is.
RungOutcome check_not_misdirected(const RungFacts& facts) {
  const auto& refused = facts.connection.misdirected;
  const bool is_refused = std::find(refused.begin(), refused.end(), facts.request.origin) != refused.end();
  return is_refused ? RungOutcome::refuse : RungOutcome::pass;
}

/// RFC 8336 §2.4: a client may then do without DNS.
RungOutcome check_named_by_origin_set(const RungFacts& facts) {
  return origin_set_names(facts.connection, facts.request) ? RungOutcome::waived : RungOutcome::refuse;
}

RungOutcome check_never(const RungFacts&) {
  return RungOutcome::refuse;
}

constexpr Rung not_misdirected{"not-misdirected", Reason::marked_not_coalescing, rungs::known,
                               check_not_misdirected};
constexpr Rung named_by_origin_set{"named-by-origin-set", Reason::origin_set_excludes, rungs::known,
                                   check_named_by_origin_set};
constexpr Rung never{"never", Reason::never_coalesces, rungs::known, check_never};
constexpr Rung authoritative_address{"authoritative-address", Reason::address_differs, Reason::dns_unanswered,
                                     check_authoritative_address};
constexpr Rung authoritative_port{"authoritative-port", Reason::port_differs, rungs::known,
                                  check_authoritative_port};
constexpr Rung accepted_over_tls{"certificate-accepted", Reason::certificate_error, rungs::known,
                                 check_accepted_over_tls};
constexpr Rung covers_over_tls{"certificate-covers", Reason::certificate_gap, rungs::known,
                               check_covers_over_tls};
constexpr Rung origin_set_over_tls{"origin-set", Reason::origin_set_excludes, rungs::known,
                                   check_origin_set_over_tls};

// Everything that any client asks for. What costs a look-up comes last.
constexpr Rung strict_ladder[] = {
    rungs::first_attempt,
    not_misdirected,
    rungs::alive,
    rungs::room,
    rungs::settings,
    rungs::same_key,
    rungs::no_mark,
    rungs::multiplexed,
    rungs::tls,
    rungs::direct,
    rungs::same_partition,
    rungs::extended_connect,
    rungs::same_port,
    rungs::same_peer_port,
    rungs::certificate_accepted,
    rungs::no_client_certificate,
    rungs::certificate_covers,
    rungs::pins,
    rungs::transparency,
    rungs::origin_set,
    rungs::dns_answer,
    rungs::service_record,
    rungs::same_address,
};

// RFC 9113 §9.1.1 and RFC 9114 §3.3 with RFC 9110 §4.3.3, §15.5.20 and RFC 8336.
constexpr Rung rfc9113_ladder[] = {
    rungs::first_attempt,    not_misdirected,    rungs::alive,          rungs::room,
    rungs::same_origin,      rungs::multiplexed, rungs::same_scheme,    rungs::direct,
    rungs::extended_connect, accepted_over_tls,  covers_over_tls,       rungs::pins,
    origin_set_over_tls,     authoritative_port, authoritative_address,
};

// The server has to say it; where it does, DNS has no say.
constexpr Rung origin_frame_ladder[] = {
    rungs::first_attempt,
    not_misdirected,
    rungs::alive,
    rungs::room,
    rungs::settings,
    rungs::same_key,
    rungs::no_mark,
    rungs::multiplexed,
    rungs::tls,
    rungs::direct,
    rungs::same_partition,
    rungs::extended_connect,
    rungs::same_port,
    rungs::same_peer_port,
    rungs::certificate_accepted,
    rungs::no_client_certificate,
    rungs::certificate_covers,
    rungs::pins,
    rungs::transparency,
    named_by_origin_set,
};

constexpr Rung off_ladder[] = {
    rungs::first_attempt, not_misdirected, rungs::alive, rungs::room, rungs::settings, rungs::same_key, never,
};

constexpr RetryRule strict_retry{
    .condition = RetryCondition::always,
    .limit = 1,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::forbids_retry,
    .memory = {.evicts_alias = true,
               .marks_connection = true,
               .drops_alternative = true,
               .removes_from_origin_set = true,
               .closes_own_connection = true,
               .refreshes_dns = true},
};
// What the RFCs require of memory: RFC 8336 §2.3, RFC 7838 §6. A connection that no name may use any more is
// of no use.
constexpr RetryRule rfc9113_retry{
    .condition = RetryCondition::always,
    .limit = 1,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::ignored,
    .memory = {.drops_alternative = true, .removes_from_origin_set = true, .closes_own_connection = true},
};

}  // namespace

constexpr ClientProfile strict{
    .id = "strict",
    .display_name = "astray's own client",
    .version_read = "",
    .confidence = ProfileConfidence::proved,
    .coalescing = Coalescing::across_names,
    .source = "this ladder is the client's own",
    .ladder = strict_ladder,
    .retry = strict_retry,
    .retry_note =
        "retries once on a fresh connection after asking DNS again, unless the body was streamed, and "
        "coalesces no further on the connection that answered 421",
};

constexpr ClientProfile origin_frame{
    .id = "origin-frame",
    .display_name = "astray's own client, with --coalesce origin-frame",
    .version_read = "",
    .confidence = ProfileConfidence::proved,
    .coalescing = Coalescing::across_names,
    .source = "this ladder is the client's own; RFC 8336",
    .ladder = origin_frame_ladder,
    .retry = strict_retry,
    .retry_note = strict.retry_note,
};

constexpr ClientProfile uncoalesced{
    .id = "uncoalesced",
    .display_name = "astray's own client, with --coalesce off",
    .version_read = "",
    .confidence = ProfileConfidence::proved,
    .coalescing = Coalescing::never,
    .source = "this ladder is the client's own",
    .ladder = off_ladder,
    .retry = strict_retry,
    .retry_note = strict.retry_note,
};

constexpr ClientProfile rfc9113{
    .id = "rfc9113",
    .display_name = "the most that the RFCs allow",
    .version_read = "",
    .confidence = ProfileConfidence::proved,
    .coalescing = Coalescing::across_names,
    .source =
        "RFC 9110 §4.3.3 and §15.5.20, RFC 9113 §9.1.1, RFC 9114 §3.3, RFC 8336 §2.3 and §2.4, RFC 7838 §6",
    .ladder = rfc9113_ladder,
    .retry = rfc9113_retry,
    .retry_note = "may retry once on another connection, whether or not the method is idempotent",
};

}  // namespace astray::clients
