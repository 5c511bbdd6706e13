#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "explain/story/sighting.h"

namespace astray::explain {

/// What is wrong with a source, by kind; each is counted and its first place kept.
enum class Trouble : uint8_t {
  unreadable_line,  ///< no known format fits
  other_format,     ///< a line in another format than the ones before it
  long_line,        ///< longer than is read
  bad_utf8,         ///< bytes that are no text
  truncated,        ///< the source ends within a line, or its compression does
  clock_back,       ///< time goes back
  reused_id,        ///< a connection's number comes up again for another connection
};
inline constexpr size_t trouble_count = 7;
std::string_view to_string(Trouble trouble);
/// "no known log format fits; …", for people.
std::string_view sentence_of(Trouble trouble);

/// Takes what sources tell, in their order.
class Witness {
 public:
  virtual ~Witness() = default;
  virtual void request(const Sighting& sighting) = 0;
  /// Several at once, as request() for each.
  virtual void requests(std::span<const Sighting> sightings) {
    for (const Sighting& sighting : sightings) request(sighting);
  }
  /// A connection whose handshake was seen, and whose requests are encrypted: `sni`, `certificate`, `client`, `back`.
  virtual void sealed_connection(const Sighting&) {}
  /// A line that is understood and tells of no request: a start, another module's message.
  virtual void aside() {}
  virtual void trouble(Trouble trouble, uint32_t file, uint64_t line) = 0;
};

}  // namespace astray::explain
