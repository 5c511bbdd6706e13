#pragma once
// What becomes of a request before it goes to a back, and of the answer before it goes to the client.
#include <optional>

#include "gateway/routing/forwarding.h"
#include "gateway/routing/route_table.h"
#include "names/server_name.h"

namespace astray::gateway {

/// In this order: what the client must not say is taken away and what the gateway knows is added
/// (tell_about_client), Via, the rewritten path, the route's Host, the route's edits. So a route has the last
/// word about every field that is open to it. The route is that which the table found for this very head;
/// `asked` is what the client asked for.
void prepare_request(RequestHead& head, const Route& route, const ClientFacts& client, const AskedFacts& asked,
                     ReceivedOver received);

/// The SNI toward a back with TLS: the route's, or the name that the client asked for. Absent: it asked for
/// an address, and no SNI is sent (RFC 6066 §3).
std::optional<ServerName> back_server_name(const Route& route, const Host& asked);

/// Of a back's final response: Via, no Alt-Svc on a 421 (it would lead the client on from a refusal), then
/// the route's edits. `received`: the HTTP that the back speaks.
void edit_response(ResponseHead& head, const Route& route, ReceivedOver received);

}  // namespace astray::gateway
