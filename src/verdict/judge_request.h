#pragma once
// May this request be answered on this connection? What a server must decide, in three steps: read whom the
// request asks for (asked.h), look up who owns that (the caller's table, ownership.h), judge.
//
// Words: the *asked origin* is scheme, host and port of the request's target URI. Its *owner* is the virtual
// host that answers for it. The *handshake* is that of the connection; its policy is the one of the virtual
// host that answered it.
#include "verdict/asked.h"
#include "verdict/ownership.h"
#include "verdict/verdict.h"

namespace astray {

/// Order; the first that applies is the verdict:
///  1. configuration_unknowable: nobody can say who owns the origin, so the answer is could_not_tell
///  2. unowned: 421, or 404 by configuration; with 404, another listener than the handshake's that claims the
///     name makes it 421 more_specific_listener (Gateway API: that listener has to say the 404)
///  3. trusted_gateway: the peer is trusted, so whatever is owned is served
///  4. scheme_mismatch: http asked over TLS, or https in clear
///  5. port_differs, where the connection's port is known
///  6. certificate_gap: over TLS, no certificate of the connection covers the host
///  7. sni_missing: no SNI, although the host could be one, and the owner authenticates clients
///  8. client_authentication_differs
///  9. tls_policy_differs
/// 10. more_specific_listener: the listener that took the handshake is not the owner's
/// 11. protocol_off: the connection's HTTP version is off for the owner
/// 12. serve: default_virtual_host when nobody claims the name; own_name when the SNI is the host, or when
///     neither is possible (no TLS; an address); else coalesced
/// Does not allocate, unless the SNI has bytes beyond ASCII.
Verdict judge_request(const ConnectionFacts& connection, const Asked& asked, const Ownership& ownership);

/// All three steps; `find_owner` is Ownership(const Origin&).
template <typename FindOwner>
Verdict judge_request(const ConnectionFacts& connection, const RequestFacts& request,
                      FindOwner&& find_owner) {
  auto asked = read_asked(connection, request);
  if (!asked) return asked.error();
  return judge_request(connection, *asked, find_owner(asked->origin));
}

}  // namespace astray
