#pragma once
// The rungs that several ladders share. A ladder is a table of them in the order of the real client; what
// only one client does is defined beside that client's ladder (clients/).
#include "verdict/client_profile.h"

namespace astray {

/// Whether the address that the connection leads to is one of the request's host.
enum class AddressMatch : uint8_t { same, other, undecided };
/// With an unknown peer: decided only where all or none of the addresses it may have are in the request's
/// answer.
AddressMatch match_address(const PooledConnection& connection, const NewRequest& request);
/// The port of the connection's peer.
Port peer_port(const PooledConnection& connection);
/// Whether an ORIGIN frame came and named the request's origin.
bool origin_set_names(const PooledConnection& connection, const NewRequest& request);
/// `unknown`, or `assumed` where the caller wants that.
RungOutcome undecided(const RungFacts& facts);

namespace rungs {

RungOutcome check_first_attempt(const RungFacts& facts);
RungOutcome check_alive(const RungFacts& facts);
RungOutcome check_idle(const RungFacts& facts);
RungOutcome check_room(const RungFacts& facts);
RungOutcome check_settings(const RungFacts& facts);
RungOutcome check_same_key(const RungFacts& facts);
RungOutcome check_same_origin(const RungFacts& facts);
RungOutcome check_h2(const RungFacts& facts);
RungOutcome check_h3(const RungFacts& facts);
RungOutcome check_multiplexed(const RungFacts& facts);
RungOutcome check_tls(const RungFacts& facts);
RungOutcome check_same_scheme(const RungFacts& facts);
RungOutcome check_direct(const RungFacts& facts);
RungOutcome check_same_route(const RungFacts& facts);
RungOutcome check_same_partition(const RungFacts& facts);
RungOutcome check_extended_connect(const RungFacts& facts);
RungOutcome check_no_mark(const RungFacts& facts);
RungOutcome check_dns_answer(const RungFacts& facts);
RungOutcome check_service_record(const RungFacts& facts);
RungOutcome check_same_address(const RungFacts& facts);
RungOutcome check_same_peer_port(const RungFacts& facts);
RungOutcome check_same_port(const RungFacts& facts);
RungOutcome check_origin_set(const RungFacts& facts);
RungOutcome check_certificate_accepted(const RungFacts& facts);
RungOutcome check_no_client_certificate(const RungFacts& facts);
RungOutcome check_certificate_covers(const RungFacts& facts);
RungOutcome check_pins(const RungFacts& facts);
RungOutcome check_transparency(const RungFacts& facts);

inline constexpr Reason known = Reason::facts_missing;  ///< of rungs that never lack a fact

/// A retry after a 421 takes a connection of its own.
inline constexpr Rung first_attempt{"first-attempt", Reason::retry_on_fresh_connection, known,
                                    check_first_attempt};
inline constexpr Rung alive{"alive", Reason::not_accepting, known, check_alive};
/// HTTP/1.1 carries one request at a time; a multiplexed connection without free streams lets requests queue.
inline constexpr Rung idle{"idle", Reason::not_accepting, known, check_idle};
/// No free stream: another connection is taken.
inline constexpr Rung room{"room", Reason::not_accepting, known, check_room};
inline constexpr Rung settings{"settings", Reason::not_accepting, known, check_settings};
/// The pool's key is the same: origin, partition and route.
inline constexpr Rung same_key{"same-key", Reason::same_origin, known, check_same_key};
inline constexpr Rung same_origin{"same-origin", Reason::same_origin, known, check_same_origin};
inline constexpr Rung h2{"h2", Reason::not_multiplexed, known, check_h2};
inline constexpr Rung h3{"h3", Reason::not_multiplexed, known, check_h3};
inline constexpr Rung multiplexed{"multiplexed", Reason::not_multiplexed, known, check_multiplexed};
inline constexpr Rung tls{"tls", Reason::scheme_mismatch, known, check_tls};
inline constexpr Rung same_scheme{"same-scheme", Reason::scheme_mismatch, known, check_same_scheme};
inline constexpr Rung direct{"direct", Reason::proxied, known, check_direct};
inline constexpr Rung same_route{"same-route", Reason::proxied, known, check_same_route};
inline constexpr Rung same_partition{"same-partition", Reason::partition_differs, known,
                                     check_same_partition};
inline constexpr Rung extended_connect{"extended-connect", Reason::extended_connect_off, known,
                                       check_extended_connect};
inline constexpr Rung no_mark{"no-mark", Reason::marked_not_coalescing, known, check_no_mark};
inline constexpr Rung dns_answer{"dns-answer", Reason::dns_unanswered, Reason::dns_unanswered,
                                 check_dns_answer};
inline constexpr Rung service_record{"service-record", Reason::protocol_off, known, check_service_record};
/// The connected address, not the other addresses of the connection's name.
inline constexpr Rung same_address{"same-address", Reason::address_differs, Reason::dns_unanswered,
                                   check_same_address};
inline constexpr Rung same_peer_port{"same-peer-port", Reason::port_differs, known, check_same_peer_port};
/// Of the two URLs.
inline constexpr Rung same_port{"same-port", Reason::port_differs, known, check_same_port};
/// Once an ORIGIN frame came, what it leaves out is refused (RFC 8336 §2.4).
inline constexpr Rung origin_set{"origin-set", Reason::origin_set_excludes, known, check_origin_set};
inline constexpr Rung certificate_accepted{"certificate-accepted", Reason::certificate_error, known,
                                           check_certificate_accepted};
inline constexpr Rung no_client_certificate{"no-client-certificate", Reason::client_certificate_sent, known,
                                            check_no_client_certificate};
inline constexpr Rung certificate_covers{"certificate-covers", Reason::certificate_gap, known,
                                         check_certificate_covers};
inline constexpr Rung pins{"pins", Reason::key_pin_mismatch, known, check_pins};
inline constexpr Rung transparency{"transparency", Reason::transparency_missing, known, check_transparency};

}  // namespace rungs
}  // namespace astray
