#pragma once
// The questions that the engine and the rules ask a server: connections and requests as a browser makes them.
#include <optional>
#include <string_view>

#include "audit/topology.h"
#include "servers/model/behaviour.h"

namespace astray {

/// What a client that offers h2 sends first for a name; without a name, no SNI.
ConnectionFacts connection_for(const Listener& listener, std::optional<std::string_view> name,
                               const std::optional<ClientCertificate>& certificate = {});
/// A request for the name, as the negotiated protocol spells it.
RequestFacts request_for(std::string_view name, Port port, Protocol protocol);

/// A client certificate that the virtual host lets in; absent where it asks for none, or its authorities are
/// not known.
std::optional<ClientCertificate> accepted_certificate(const VirtualHost& virtual_host);

/// One request for `rider` on a connection opened for `carrier`, beside the same request on a connection of
/// its own.
struct Comparison {
  ExpectedHandshake connection;  ///< of the carrier
  ExpectedAnswer coalesced;
  Expected fresh;
};
Comparison compare(const Topology& topology, SiteId site, ListenerId listener, std::string_view carrier,
                   std::string_view rider, const std::optional<ClientCertificate>& certificate = {});

/// The answer to a connection and request for one and the same name.
Expected ask_fresh(const Topology& topology, SiteId site, ListenerId listener, std::string_view name,
                   const std::optional<ClientCertificate>& certificate = {});

}  // namespace astray
