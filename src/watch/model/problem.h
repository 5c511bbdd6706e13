#pragma once
// A problem: one fault of the world with all that it shows in. What people are told, once.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "watch/model/cell_record.h"

namespace astray::watch {

/// In the order in which one explains the other: where a node is silent, that its certificate cannot be seen
/// is no problem of its own.
enum class ProblemKind : uint8_t {
  watcher_impaired,        ///< the watcher itself: DNS, store, clock, an outlet that is away
  nothing_answers,         ///< no node at all: more likely the watcher's network than every server
  node_silent,             ///< a node does not answer for any name
  certificate_expired,     ///< or is not valid yet
  certificate_gap,         ///< the name's own certificate does not cover it
  certificate_expiring,    ///< within the settings' time
  authentication_changed,  ///< a client certificate is asked for where none was, or no longer
  protocol_changed,        ///< h2 appeared or disappeared
  default_answering,       ///< the name is answered by the default virtual host
  misdirected,             ///< the name is answered by another name's virtual host
  refused,                 ///< 421, 400, 403 or 404 where the name had an answer of its own
  verdict_changed,         ///< any other change of a pair's verdict
  parity,                  ///< a node differs from its peers
  drift,                   ///< live differs from configured
  newly_coalescible,       ///< a pair of names that clients put on one connection since now
  refusals_rising,         ///< more 421s in the logs than before
};
std::string_view to_string(ProblemKind kind);
/// Nothing for a word that names none.
std::optional<ProblemKind> find_problem_kind(std::string_view word);

enum class Severity : uint8_t { info, warning, error };
std::string_view to_string(Severity severity);

enum class ProblemState : uint8_t {
  suspected,  ///< seen, not confirmed, or not for as long as the settings want
  open,       ///< people were told
  resolved,   ///< seen no longer; people were told
  accepted,   ///< a change that has stayed so long that it is the new normal
};
std::string_view to_string(ProblemState state);

/// What somebody told the watcher, and when.
struct Remark {
  Instant at;
  std::string by;   ///< who; at most most_by bytes, not empty
  std::string why;  ///< at most most_why bytes; "" when nothing was said

  static constexpr size_t most_by = 100;
  static constexpr size_t most_why = 1000;
  bool operator==(const Remark&) const = default;
};

/// "Ann: the certificate is on its way"
std::string remark_text(const Remark& remark);

/// Outlets do not tell of a problem from `remark.at` until then.
struct Silenced {
  Remark remark;
  Instant until;
  bool operator==(const Silenced&) const = default;
};

struct Problem {
  /// Hexadecimal digits, derived from kind and cause key: the same fault has the same id as long as it lasts,
  /// also over a restart, and another when it comes back.
  std::string id;
  ProblemKind kind = ProblemKind::verdict_changed;
  /// What makes it this fault and no other: the certificate's fingerprint, the node, the pair. Kind and cause
  /// key together are the identity while the problem is not resolved.
  std::string cause_key;
  Severity severity = Severity::warning;
  ProblemState state = ProblemState::suspected;
  std::string from;                ///< the name in SNI; "" when it does not matter
  std::string to;                  ///< the name asked for; "" when it is not about one
  std::string sentence;            ///< what is wrong
  std::string cause;               ///< why, as far as it can be told
  std::string next_step;           ///< what to do; an `astray probe` command line where one would show it
  std::vector<std::string> nodes;  ///< sorted
  std::vector<std::string> affected_names;  ///< sorted; `to` among them
  std::vector<std::string> symptoms;  ///< what else it shows in, one sentence each; at most most_symptoms
  uint64_t symptom_count = 0;         ///< all of them
  std::vector<CellRecord> evidence;   ///< at most most_evidence cells
  std::optional<CellAnswer> before;   ///< what the first of them was answered before
  Instant first_seen, last_seen;
  std::optional<Instant> opened, closed;
  uint32_t rounds_missing = 0;  ///< rounds that asked and did not see it, since it was last seen
  std::optional<Remark> acknowledged;  ///< somebody is at it
  std::optional<Silenced> silenced;    ///< as it was when the watcher last looked; it may be over by now

  static constexpr size_t most_symptoms = 20;
  static constexpr size_t most_evidence = 5;
};

enum class ProblemStep : uint8_t {
  opened,
  grown,
  resolved,
  accepted,
  acknowledged,
  silenced,
  unsilenced,  ///< a silence has ended, and it still lasts
};
std::string_view to_string(ProblemStep step);
/// Whether the problem has ended with it.
constexpr bool is_end(ProblemStep step) {
  return step == ProblemStep::resolved || step == ProblemStep::accepted;
}

/// People, webhooks and stores get these, each once.
struct ProblemEvent {
  uint64_t number = 0;  ///< of the store, from 1, rising; 0 until it is stored
  Instant at;
  ProblemStep step = ProblemStep::opened;
  Problem problem;  ///< as it was then

  /// Whether outlets pass it over, since the problem was silenced when it happened. The end of a problem that was
  /// told before the silence began is told all the same: a receiver would wait for it for ever.
  bool is_silenced() const;
};

}  // namespace astray::watch
