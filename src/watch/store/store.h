#pragma once
// What the watcher remembers. Behind this interface there is SQLite (sqlite_store.h), and nothing else needs
// to know. For one thread.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "watch/model/round_record.h"
#include "watch/model/silence.h"

namespace astray::watch {

/// Kinds that the watcher goes on from differently: a full store is tried again, a corrupt one is put aside.
enum class StoreTrouble : uint8_t {
  unavailable,  ///< cannot be opened: path, permission
  in_use,       ///< another watcher writes it
  full,
  corrupt,
  other_version,  ///< written by a newer astray
  failed,
};
struct StoreError {
  StoreTrouble trouble = StoreTrouble::failed;
  std::string message;  ///< for people: what happened, where, what to do
};
template <typename T>
using Stored = Result<T, StoreError>;

/// How long one question was answered alike: rounds in between that asked it saw the same.
struct Span {
  CellKey key;
  CellAnswer answer;
  std::string sentence;
  std::string evidence;  ///< "" when none was kept
  Instant first, last;
  uint64_t rounds = 0;  ///< that saw it
};

struct SpanQuery {
  std::optional<std::string> authority, sni, node;  ///< absent: any
  std::optional<Instant> from, until;               ///< spans that touch this time
  size_t most = 1000;                               ///< those that lasted until most recently, newest first
};

struct EventQuery {
  std::optional<uint64_t> after;   ///< events with a greater number; 0: from the first one on
  std::optional<uint64_t> before;  ///< events with a smaller number
  std::optional<Instant> from, until;
  std::optional<std::string> problem;  ///< id
  size_t most = 1000;                  ///< newest first, unless `after` is set: then oldest first
};

/// A round without its cells.
struct RoundSummary {
  uint64_t number = 0;
  Instant began;
  Duration took{};
  uint64_t cells = 0, failed = 0, refusals = 0, open_problems = 0;
};

/// How far an outlet that takes events (a webhook, Alertmanager) is: it goes on there after a restart.
struct OutletCursor {
  std::string outlet;
  uint64_t event = 0;  ///< number of the last one acknowledged
};

/// A round made ready for an outlet that takes all cells (ClickHouse, NATS). It is stored in one transaction
/// with the round and waits there until the outlet has an acknowledgement: while the receiver is away this is
/// the spool.
struct Parcel {
  uint64_t number = 0;  ///< of the store, rising; 0 until it is stored. With the store's id: idempotence
  std::string outlet;
  std::string payload;
};

class Store {
 public:
  virtual ~Store() = default;

  /// Random, made with the store: with the number of a round or event it makes what is sent elsewhere
  /// recognisable when it is sent twice.
  virtual const std::string& id() const = 0;

  /// The answer last given to each question, in their order; nothing where it was never asked.
  virtual Stored<std::vector<std::optional<CellAnswer>>> latest(std::span<const CellKey> keys) = 0;
  /// All of it or nothing; gives the round and its events their numbers. When it returns, they are there also
  /// after kill -9 and loss of power. Of a question that stands twice in a round the last answer counts.
  /// Problems that were merely suspected and that the round no longer has are forgotten. What NodeRecord and
  /// RoundRecord::troubles say is of the moment and not kept.
  virtual Stored<void> add_round(RoundRecord& round, std::span<const Parcel> parcels) = 0;

  /// What happened between rounds: the problem is as the event has it from now on. Gives the event its number; as
  /// durable as a round.
  virtual Stored<void> add_event(ProblemEvent& event) = 0;
  /// Gives it its number.
  virtual Stored<void> add_silence(Silence& silence) = 0;
  /// Where it would last longer.
  virtual Stored<void> end_silence(uint64_t number, Instant at) = 0;
  /// Those that end at that time or later, by their number.
  virtual Stored<std::vector<Silence>> silences(Instant from) = 0;

  virtual Stored<std::vector<Span>> spans(const SpanQuery& query) = 0;
  /// The last span of every question, for pages of the present.
  virtual Stored<std::vector<Span>> present(const SpanQuery& query) = 0;
  virtual Stored<std::vector<Problem>> unresolved_problems() = 0;
  virtual Stored<std::optional<Problem>> problem(const std::string& id) = 0;
  virtual Stored<std::vector<ProblemEvent>> events(const EventQuery& query) = 0;
  /// Newest first; absent: all.
  virtual Stored<std::vector<RoundSummary>> rounds(std::optional<Instant> from, size_t most) = 0;
  /// 421s of the rounds that began in this time, summed by node and pair, the most frequent first.
  virtual Stored<std::vector<RefusalCount>> refusals(Instant from, Instant until, size_t most) = 0;
  virtual Stored<std::vector<CertificateRecord>> certificates() = 0;
  /// What the last round that could tell has found of the same pairs, in their order; without those of which none could.
  virtual Stored<std::vector<CoalescibleRecord>> coalescible(std::span<const CoalescibleRecord> pairs) = 0;

  virtual Stored<std::vector<OutletCursor>> cursors() = 0;
  virtual Stored<void> set_cursor(const OutletCursor& cursor) = 0;
  /// The oldest so many.
  virtual Stored<std::vector<Parcel>> parcels(const std::string& outlet, size_t most) = 0;
  /// Every parcel of the outlet up to this number was taken.
  virtual Stored<void> forget_parcels(const std::string& outlet, uint64_t up_to) = 0;

  /// Forgets what ended before then; what lasts is kept whole. At most so many rows at a time, so that no
  /// round is held up: true when there is more.
  virtual Stored<bool> forget_before(Instant then, size_t most) = 0;
};

}  // namespace astray::watch
