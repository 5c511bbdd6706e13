#pragma once
// What the person at each client finally sees when a name could ride on another name's connection.
#include <optional>
#include <string_view>
#include <vector>

#include "audit/asking.h"
#include "audit/finding.h"
#include "verdict/client_profile.h"

namespace astray {

/// The clients an audit asks about unless told otherwise: every real client that coalesces over HTTP/2, and
/// one that never does, so that "it works with curl" is explained.
std::vector<const ClientProfile*> default_audit_clients();

/// A connection opened for `carrier`, and a request for `rider`.
struct RideQuestion {
  SiteId site;
  ListenerId listener;
  std::optional<IpAddress> address;  ///< that the connection leads to; absent: not known
  std::string_view carrier, rider;
  std::optional<ClientCertificate> certificate;  ///< that the client holds
  const Comparison& comparison;
  std::optional<Port> front_port =
      {};  ///< that the client connects to, where something before the listener takes it
};

/// The worst that a client does.
enum class RideOutcome : uint8_t {
  never_rides,     ///< no client puts the rider on this connection
  may_ride,        ///< one may, and nobody knows
  rides,           ///< one does, and is answered by the server
  retries,         ///< one does, is refused and recovers on a fresh connection
  may_be_refused,  ///< one does, is refused, and may show that to the person
  is_refused,      ///< one does, and shows the refusal to the person
};

struct RideAnswers {
  std::vector<PredictedAnswer> answers;  ///< one for each client asked about
  RideOutcome worst = RideOutcome::never_rides;
  bool addresses_assumed = false;  ///< some answer holds only if both names have one address
};
RideAnswers ride_answers(const Topology& topology, const RideQuestion& question);
/// As above for one client.
RideAnswers ride_answers(const Topology& topology, const RideQuestion& question, const ClientProfile& client);

}  // namespace astray
