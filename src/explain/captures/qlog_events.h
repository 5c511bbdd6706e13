#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "explain/captures/witness.h"

namespace astray::explain {

/// Puts a qlog's events together. Each event is a JSON text with padding behind it (JsonPieces::padding).
class QlogEvents {
 public:
  static constexpr size_t most_connections = size_t{1} << 16;
  static constexpr size_t most_open_requests = 4096;  ///< on one connection

  QlogEvents(uint32_t file, Witness& witness);
  ~QlogEvents();
  /// Fields that the events which follow share: a new trace. False when it is no JSON object.
  bool begin_trace(std::string_view common_fields);
  /// False when it is no event.
  bool take(std::string_view event, uint64_t line);
  /// A record of a sequence: an event, or the first one, which has the trace.
  bool take_record(std::string_view record, uint64_t line);
  /// Tells of requests that nothing answered.
  void finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace astray::explain
