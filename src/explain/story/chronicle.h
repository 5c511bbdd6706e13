#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explain/captures/witness.h"
#include "explain/story/open_connections.h"
#include "explain/story/story.h"

namespace astray::explain {

struct ComparedName;

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
  void requests(std::span<const Sighting> sightings) override;
  void sealed_connection(const Sighting& sighting) override;
  void aside() override;
  void trouble(Trouble trouble, uint32_t file, uint64_t line) override;

  /// Joins what error logs said with what access logs have, and judges.
  Story finish();

 private:
  // In chronicle_parts.h.
  struct Parts;
  struct Heard;
  void note_source(const Sighting& sighting);
  bool is_outside(const Sighting& sighting) const;
  void count(const Sighting& sighting);
  void note_names(const Sighting& sighting, const ComparedName& sni, const ComparedName& authority);
  /// Finds what is known of the names and of the connection, which is another one where the log gave its number anew.
  Heard hear(const Sighting& sighting, uint64_t connection_key);
  static bool is_misdirected(const Heard& heard);
  void tell_refusal(const Heard& heard);
  void tell_answer(const Heard& heard);
  static void remember(const Heard& heard);
  void tell(const Sighting& sighting, uint64_t connection_key);

  ChronicleOptions options_;
  Story story_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace astray::explain
