#pragma once
// What goes wrong below a cell, in the probe's own words.
#include <string>
#include <string_view>

#include "http1/failure.h"
#include "http2/event.h"
#include "io/network.h"
#include "io/resolver.h"
#include "io/stream.h"
#include "probe/observation.h"
#include "tls/engine/events.h"

namespace astray {

struct Trouble {
  ProbeFailure failure = ProbeFailure::none;
  std::string message;       ///< one sentence without full stop
  std::string_view alert{};  ///< RFC 8446 §6; "" unless failure is tls_alert
};

Trouble trouble_of(const ConnectError& error);
Trouble trouble_of(const StreamError& error);
Trouble trouble_of(const tls::Failure& failure);
Trouble trouble_of(const http1::Failed& failure);
Trouble trouble_of(const http2::ConnectionFailure& failure);
Trouble trouble_of(const http2::StreamReset& reset);
Trouble trouble_of(const http2::GoAway& goaway);
/// What a peer that does not speak TLS began with.
Trouble not_tls(std::string_view first_bytes);
/// The peer ended where more was due.
Trouble closed_early(std::string_view where);

/// Puts it into the observation, which is over with that.
void report(const Trouble& trouble, Observation& seen);

}  // namespace astray
