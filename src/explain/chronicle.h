#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explain/open_connections.h"
#include "explain/story.h"
#include "explain/witness.h"

namespace astray::explain {

struct ChronicleOptions {
  /// Microseconds since 1970; what lies outside is counted and left. A sighting without a time is kept.
  std::optional<int64_t> since{};
  std::optional<int64_t> until{};
  size_t open_connections = size_t{1} << 17;
  /// Told of each refused request as it comes; may be empty.
  std::function<void(const Sighting&, const Judgement&)> on_refused{};
};

/// Listens to sources, in bounded memory, and makes a story of what they tell.
class Chronicle : public Witness {
 public:
  explicit Chronicle(ChronicleOptions options);
  ~Chronicle() override;

  /// Sources are begun in the order of their numbers; `name` is for people.
  void begin_source(std::string name);
  void end_source(const std::string& format, LogServer server, uint64_t lines, const std::string& failure);

  void request(const Sighting& sighting) override;
  void aside() override { ++story_.asides; }
  void trouble(Trouble trouble, uint32_t file, uint64_t line) override;

  /// Joins what error logs said with what access logs have, and judges.
  Story finish();

 private:
  struct Parts;
  void note_source(const Sighting& sighting);

  ChronicleOptions options_;
  Story story_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace astray::explain
