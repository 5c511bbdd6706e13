#pragma once
// A new connection, from addresses to a transport that is ready for HTTP.
#include "client/address_book.h"
#include "client/connection.h"
#include "client/dial.h"
#include "client/identities.h"

namespace astray::client {

/// What an opener works with; all outlive it.
struct OpenerParts {
  Loop& loop;
  Network& network;
  const Settings& settings;
  AddressBook& addresses;
  Identities& identities;
  SessionStore& sessions;
  PeerChains& chains;
  WireBuffers& buffers;
};

struct OpenWish {
  uint64_t connection_id;
  Origin origin;
  IdentityId identity;
  Timeouts timeouts;
  /// Of the origin, or of what --connect-to puts in its place; null: to be asked for (not through a proxy).
  AddressBook::Addresses addresses;
  std::shared_ptr<Phase> progress{};  ///< kept up to date; may be null
};

struct Opened {
  Established established;
  Transport transport;
  std::vector<tls::Session> sessions{};  ///< that came with the handshake
  MonotonicTime resolved_at{}, connected_at{}, secured_at{};
};

/// Where a connection for the origin goes: itself, or what connect-to says.
std::pair<Host, Port> destination_of(const Origin& origin, const Settings& settings);

Task<Result<Opened, FetchFailure>> open_connection(OpenerParts parts, OpenWish wish);

}  // namespace astray::client
