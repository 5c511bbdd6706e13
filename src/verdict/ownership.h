#pragma once
// Who owns an origin: the caller's table of names, as plain facts.
#include <cstdint>
#include <optional>
#include <span>

#include "names/origin.h"
#include "verdict/connection_facts.h"
#include "verdict/reason.h"

namespace astray {

/// The HTTP versions that an owner is served over.
struct ProtocolSet {
  uint8_t bits = 0;
  static constexpr ProtocolSet of(Protocol protocol) {
    return {static_cast<uint8_t>(1u << static_cast<uint8_t>(protocol))};
  }
  static constexpr ProtocolSet all() { return {7}; }
  constexpr bool has(Protocol protocol) const { return (bits & of(protocol).bits) != 0; }
  constexpr bool empty() const { return bits == 0; }
  constexpr ProtocolSet operator|(ProtocolSet other) const {
    return {static_cast<uint8_t>(bits | other.bits)};
  }
  bool operator==(const ProtocolSet&) const = default;
};

/// How the owner came to own the asked origin. `no_one`: the port may have a listener for the name, but
/// nothing behind it answers (a Gateway API listener without a matching route).
enum class Claim : uint8_t { no_one, by_name, by_default, unknowable };
/// What an origin that nobody owns gets: 421 (RFC 9110 §15.5.20), or 404 as the Gateway API requires.
enum class UnownedAnswer : uint8_t { misdirected, not_found };

/// What the caller's table says about the asked origin: scheme, host AND port.
///
/// The promise. A 421 other than `unowned` tells the client that a connection of its own would do. So whoever
/// says `by_name` or `by_default` states that a fresh connection for the asked origin (to its port, TLS for
/// https, SNI = its host) is handed `certificate_names`, of which one covers the host; settles `policy`; is
/// taken by `listener`; and can speak one of `protocols`. keeps_promise() checks the part of it that facts
/// can show; the builder of the table calls it for each name, since here it is too late.
struct Ownership {
  Claim claim = Claim::no_one;
  PolicyDigest policy{};
  ListenerDigest listener{};
  ProtocolSet protocols = ProtocolSet::all();
  std::span<const CertificateName> certificate_names{};  ///< not read by judge_request
  UnownedAnswer if_unowned = UnownedAnswer::misdirected;
};

/// The connection that a client opens for `asked` alone, as its owner's facts state it: what a 421 sends it
/// to. Borrows from `ownership`.
ConnectionFacts fresh_connection(const Origin& asked, const Ownership& ownership, Protocol protocol);
/// Whether the fresh connection could be answered: its certificate covers the host (https) and a protocol is
/// left. The reason why not: certificate_gap or protocol_off. An origin that nobody owns promises nothing.
std::optional<Reason> keeps_promise(const Origin& asked, const Ownership& ownership);

}  // namespace astray
