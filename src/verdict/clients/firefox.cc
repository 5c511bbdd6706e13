// Firefox: connections are found by keys. An ORIGIN frame (HTTP/2 only) gives keys that need no DNS and at
// the same time forbids what it does not name; otherwise there is a key for every address of the connection's
// name, and the connected address must be among the new name's.
#include <algorithm>

#include "verdict/clients/profiles.h"
#include "verdict/rungs.h"

namespace astray::clients {
namespace {

/// 0.0.0.0 and :: give no key (bug 1680249).
bool gives_key(const IpAddress& address) {
  return !address.is_unspecified();
}

bool gives_any_key(std::span<const IpAddress> addresses) {
  return std::any_of(addresses.begin(), addresses.end(), gives_key);
}

bool share_key(std::span<const IpAddress> a, std::span<const IpAddress> b) {
  return std::any_of(a.begin(), a.end(), [&](const IpAddress& address) {
    return gives_key(address) && std::find(b.begin(), b.end(), address) != b.end();
  });
}

RungOutcome check_not_webtransport(const RungFacts& facts) {
  return facts.request.kind == RequestKind::webtransport ? RungOutcome::refuse : RungOutcome::pass;
}

/// A name keeps the keys of its first DNS answer: once it was found a connection by them, no later answer
/// parts the two while the connection lives.
bool keeps_keys(const RungFacts& facts) {
  std::span<const Origin> aliases = facts.connection.aliases;
  return std::find(aliases.begin(), aliases.end(), facts.request.origin) != aliases.end();
}

/// A connection is registered under every address of its own name's DNS answer, not only the one it reached.
RungOutcome check_dns_key(const RungFacts& facts) {
  if (keeps_keys(facts)) return RungOutcome::pass;
  const auto& asked = facts.request.dns;
  if (!asked) return undecided(facts);
  if (!gives_any_key(*asked)) return RungOutcome::refuse;
  const auto& registered = facts.connection.origin_dns;
  if (registered) return share_key(*registered, *asked) ? RungOutcome::pass : RungOutcome::refuse;
  // The peer is one of the registered addresses; when it is no match, another may be.
  const auto& peer = facts.connection.peer;
  if (peer && gives_key(*peer) && std::find(asked->begin(), asked->end(), *peer) != asked->end())
    return RungOutcome::pass;
  return undecided(facts);
}

RungOutcome check_origin_key_or_dns_key(const RungFacts& facts) {
  return origin_set_names(facts.connection, facts.request) ? RungOutcome::waived : check_dns_key(facts);
}

/// Since bug 1420777: what a DNS key found counts only if the connected address is in the new name's answer.
/// What an ORIGIN key found is not asked.
RungOutcome check_connected_address(const RungFacts& facts) {
  if (origin_set_names(facts.connection, facts.request)) return RungOutcome::waived;
  return keeps_keys(facts) ? RungOutcome::pass : rungs::check_same_address(facts);
}

constexpr Rung not_webtransport{"not-webtransport", Reason::extended_connect_off, rungs::known,
                                check_not_webtransport};
constexpr Rung dns_key{"dns-key", Reason::address_differs, Reason::dns_unanswered, check_dns_key};
constexpr Rung origin_key_or_dns_key{"origin-key-or-dns-key", Reason::address_differs, Reason::dns_unanswered,
                                     check_origin_key_or_dns_key};
constexpr Rung connected_address{"connected-address", Reason::address_differs, Reason::dns_unanswered,
                                 check_connected_address};

// nsHttpConnectionMgr.cpp: TryDispatchTransaction (extended_connect: a WebSocket that finds a connection
// without it goes over HTTP/1.1), FindCoalescableConnection; ConnectionEntry.cpp: MaybeProcessCoalescingKeys
// (direct, tls, the keys; they hold the OriginAttributes, hence same_partition); Http2Session.cpp:
// RealJoinConnection (settings to same_port); CommonSocketControl.cpp: TestJoinConnection and
// IsAcceptableForHost (the rest but the last). The join cache only repeats earlier answers of the lower half.
// A retry after 421 has its keep-alive capability taken away, so it uses no connection at all that exists.
constexpr Rung h2_ladder[] = {
    rungs::first_attempt,
    rungs::alive,
    rungs::idle,
    rungs::extended_connect,
    rungs::same_key,
    not_webtransport,
    rungs::direct,
    rungs::tls,
    rungs::same_partition,
    origin_key_or_dns_key,
    rungs::settings,
    rungs::origin_set,
    rungs::same_port,
    rungs::h2,
    rungs::certificate_accepted,
    rungs::no_client_certificate,
    rungs::certificate_covers,
    rungs::pins,
    connected_address,
};

// network.http.http2.aggressive_coalescing drops the last check: names whose DNS answers merely overlap are
// joined.
constexpr Rung h2_aggressive_ladder[] = {
    rungs::first_attempt,
    rungs::alive,
    rungs::idle,
    rungs::extended_connect,
    rungs::same_key,
    not_webtransport,
    rungs::direct,
    rungs::tls,
    rungs::same_partition,
    origin_key_or_dns_key,
    rungs::settings,
    rungs::origin_set,
    rungs::same_port,
    rungs::h2,
    rungs::certificate_accepted,
    rungs::no_client_certificate,
    rungs::certificate_covers,
    rungs::pins,
};

// Http3Session::RealJoinConnection: no ORIGIN frame.
constexpr Rung h3_ladder[] = {
    rungs::first_attempt,
    rungs::alive,
    rungs::same_key,
    not_webtransport,
    rungs::direct,
    rungs::tls,
    rungs::same_partition,
    dns_key,
    rungs::same_port,
    rungs::h3,
    rungs::certificate_accepted,
    rungs::no_client_certificate,
    rungs::certificate_covers,
    rungs::pins,
    rungs::same_address,
};

// nsHttpTransaction::HandleContentStart, case 421: once, counting earlier restarts for other reasons, on a
// fresh connection with a fresh DNS answer; ClearHostMapping drops Alt-Svc; Http2Session::Received421 takes
// the origin out of the ORIGIN set. The connection that answered gets a GOAWAY: its other streams come to
// their end, then it is closed. Nothing is kept against coalescing: on the other name's next connection it is
// tried, and answered 421, once more. Requests bound to their connection by NTLM are not retried (bug
// 1609410).
constexpr RetryRule h2_retry{
    .condition = RetryCondition::always,
    .limit = 1,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::forbids_retry,
    .memory = {.drops_alternative = true,
               .removes_from_origin_set = true,
               .closes_connection = true,
               .refreshes_dns = true},
};
constexpr RetryRule h3_retry{
    .condition = RetryCondition::always,
    .limit = 1,
    .body = RetryBody::replayable,
    .own_connection = OwnConnectionRetry::fresh,
    .bound_authentication = BoundAuthentication::forbids_retry,
    .memory = {.drops_alternative = true, .refreshes_dns = true},
};
constexpr std::string_view retry_note =
    "retries once on a fresh connection after asking DNS again, any method whose body can be rewound; not "
    "when NTLM binds the request to its connection";

}  // namespace

constexpr ClientProfile firefox_h2{
    .id = "firefox-h2",
    .display_name = "Firefox over HTTP/2",
    .version_read = "153 ESR",
    .confidence = ProfileConfidence::proved,
    .coalescing = Coalescing::across_names,
    .source =
        "netwerk/protocol/http: nsHttpConnectionMgr.cpp, ConnectionEntry.cpp, Http2Session.cpp; "
        "security/manager/ssl/CommonSocketControl.cpp",
    .ladder = h2_ladder,
    .retry = h2_retry,
    .retry_note = retry_note,
};

constexpr ClientProfile firefox_h2_aggressive{
    .id = "firefox-h2-aggressive",
    .display_name = "Firefox over HTTP/2 with network.http.http2.aggressive_coalescing",
    .version_read = "153 ESR",
    .confidence = ProfileConfidence::proved,
    .coalescing = Coalescing::across_names,
    .source = "netwerk/protocol/http/nsHttpConnectionMgr.cpp: FindCoalescableConnectionByHashKey",
    .ladder = h2_aggressive_ladder,
    .retry = h2_retry,
    .retry_note = retry_note,
};

constexpr ClientProfile firefox_h3{
    .id = "firefox-h3",
    .display_name = "Firefox over HTTP/3",
    .version_read = "2026",
    .confidence = ProfileConfidence::deduced,
    .coalescing = Coalescing::across_names,
    .source =
        "netwerk/protocol/http/Http3Session.cpp: RealJoinConnection; that there is no ORIGIN check is "
        "deduced",
    .ladder = h3_ladder,
    .retry = h3_retry,
    .retry_note = retry_note,
};

}  // namespace astray::clients
