#pragma once
// HTTP on one connection of an origin.
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/monotonic_time.h"
#include "simulation/origin.h"

namespace astray::simulation {

class OriginSession {
 public:
  OriginSession() = default;
  OriginSession(const OriginSession&) = delete;
  OriginSession& operator=(const OriginSession&) = delete;
  virtual ~OriginSession() = default;

  /// Answers what it completes.
  virtual void receive(std::string_view bytes) = 0;
  virtual size_t write_to(std::span<char> buffer) = 0;
  virtual uint32_t requests() const = 0;
  /// Close once everything is written.
  virtual bool over() const = 0;
};

/// The origin outlives them.
std::unique_ptr<OriginSession> make_http1_session(Origin& origin, std::string sni);
std::unique_ptr<OriginSession> make_http2_session(Origin& origin, std::string sni, MonotonicTime now);

}  // namespace astray::simulation
