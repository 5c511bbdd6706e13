#pragma once
// What a worker keeps of the requests it served: its log and its counters.
#include <string>
#include <string_view>

#include "gateway/log/log_record.h"
#include "proxy/back/back_request.h"

namespace astray::proxy {

class Journal {
 public:
  /// Wall clock of this turn.
  virtual gateway::WallTime wall_time() = 0;
  /// As the Date field has it (RFC 9110 §6.6.1).
  virtual std::string_view http_date() = 0;
  /// Views are read during the call.
  virtual void on_request_ended(const gateway::LogRecord& record) = 0;
  // Of one attempt toward a back; `back` is its label, in the configuration that the request began with.
  virtual void on_back_answered(const std::string& back, Duration duration) = 0;
  virtual void on_back_failed(const std::string& back, BackFailure::Kind kind) = 0;
  virtual void on_back_misdirected(const std::string& back) = 0;

 protected:
  ~Journal() = default;
};

}  // namespace astray::proxy
