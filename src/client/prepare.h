#pragma once
#include "base/result.h"
#include "client/failure.h"
#include "client/outgoing.h"
#include "client/settings.h"

namespace astray::client {

/// The head that goes out for a request; what cannot be sent, or would say two names, is refused.
Result<OutgoingHead, FetchFailure> prepare(const Request& request, const Settings& settings);

/// Where an identity differs from the URL's own host it is worth a name of its own; nothing where it does
/// not.
std::optional<ConnectIdentity> distinct_identity(const Request& request);

}  // namespace astray::client
