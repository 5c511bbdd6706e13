#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "names/port.h"
#include "names/raw_host.h"

namespace astray {

/// Whether a request can be sent a second time on another connection.
enum class RequestBody : uint8_t { none, replayable, streaming };

/// What one request says about whom it is meant for, in the bytes it came in.
struct RequestFacts {
  std::optional<Scheme> scheme{};      ///< :scheme, or of an absolute-form target; absent in origin-form
  std::vector<RawHost> host_fields{};  ///< every Host field line, in order
  std::optional<RawHost> pseudo_authority{};  ///< :authority (h2, h3)
  std::optional<RawHost> target_authority{};  ///< of an absolute-form target (RFC 9112 §3.2.2)
  RequestBody body = RequestBody::none;
};

}  // namespace astray
