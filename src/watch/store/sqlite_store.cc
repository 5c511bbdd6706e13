#include "watch/store/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "watch/store/outgoing.h"
#include "watch/store/problems.h"
#include "watch/store/put_aside.h"
#include "watch/store/retention.h"
#include "watch/store/rounds.h"
#include "watch/store/schema.h"
#include "watch/store/sightings.h"
#include "watch/store/silences.h"
#include "watch/store/span_reader.h"
#include "watch/store/writer_lock.h"

namespace astray::watch {
namespace {

constexpr std::string_view path_of_memory = ":memory:";

/// The pieces over one database whose schema is ready.
struct Pieces {
  explicit Pieces(Database& database)
      : dictionaries(database),
        questions(database, dictionaries),
        span_reader(database, dictionaries),
        problems(database),
        silences(database),
        certificates(database),
        coalescibles(database, dictionaries.terms),
        refusals(database),
        rounds(database),
        outgoing(database),
        retention(database, dictionaries) {}

  void forget_cached() {
    dictionaries.forget_cached();
    certificates.forget_cached();
  }

  Dictionaries dictionaries;
  Questions questions;
  SpanReader span_reader;
  Problems problems;
  Silences silences;
  Certificates certificates;
  Coalescibles coalescibles;
  Refusals refusals;
  Rounds rounds;
  Outgoing outgoing;
  Retention retention;
};

class SqliteStore : public Store {
 public:
  SqliteStore(std::optional<WriterLock> lock, std::unique_ptr<Database> database, Access access,
              std::string id)
      : lock_(std::move(lock)),
        database_(std::move(database)),
        access_(access),
        id_(std::move(id)),
        pieces_(*database_) {}

  const std::string& id() const override { return id_; }

  Stored<std::vector<std::optional<CellAnswer>>> latest(std::span<const CellKey> keys) override {
    return read([&](Pieces& pieces) {
      std::vector<std::optional<CellAnswer>> answers;
      answers.reserve(keys.size());
      for (const CellKey& key : keys) answers.push_back(pieces.questions.latest(key));
      return answers;
    });
  }

  Stored<void> add_round(RoundRecord& round, std::span<const Parcel> parcels) override {
    return write([&](Pieces& pieces) {
      pieces.rounds.add(round);
      pieces.questions.add_round(static_cast<int64_t>(round.number), round.began, round.answers);
      pieces.problems.add_round(round);
      pieces.certificates.add_round(round);
      pieces.coalescibles.add_round(round);
      pieces.refusals.add_round(round);
      pieces.outgoing.add_parcels(parcels, round.began);
    });
  }

  Stored<void> add_event(ProblemEvent& event) override {
    return write([&](Pieces& pieces) { pieces.problems.add(event); });
  }
  Stored<void> add_silence(Silence& silence) override {
    return write([&](Pieces& pieces) { pieces.silences.add(silence); });
  }
  Stored<void> end_silence(uint64_t number, Instant at) override {
    return write([&](Pieces& pieces) { pieces.silences.end(number, at); });
  }
  Stored<std::vector<Silence>> silences(Instant from) override {
    return read([&](Pieces& pieces) { return pieces.silences.since(from); });
  }

  Stored<std::vector<Span>> spans(const SpanQuery& query) override {
    return read([&](Pieces& pieces) { return pieces.span_reader.spans(query); });
  }
  Stored<std::vector<Span>> present(const SpanQuery& query) override {
    return read([&](Pieces& pieces) { return pieces.span_reader.present(query); });
  }
  Stored<std::vector<Problem>> unresolved_problems() override {
    return read([](Pieces& pieces) { return pieces.problems.unresolved(); });
  }
  Stored<std::optional<Problem>> problem(const std::string& id) override {
    return read([&](Pieces& pieces) { return pieces.problems.find(id); });
  }
  Stored<std::vector<ProblemEvent>> events(const EventQuery& query) override {
    return read([&](Pieces& pieces) { return pieces.problems.events(query); });
  }
  Stored<std::vector<RoundSummary>> rounds(std::optional<Instant> from, size_t most) override {
    return read([&](Pieces& pieces) { return pieces.rounds.since(from, most); });
  }
  Stored<std::vector<RefusalCount>> refusals(Instant from, Instant until, size_t most) override {
    return read([&](Pieces& pieces) { return pieces.refusals.between(from, until, most); });
  }
  Stored<std::vector<CertificateRecord>> certificates() override {
    return read([](Pieces& pieces) { return pieces.certificates.all(); });
  }
  Stored<std::vector<CoalescibleRecord>> coalescible(std::span<const CoalescibleRecord> pairs) override {
    return read([&](Pieces& pieces) { return pieces.coalescibles.among(pairs); });
  }
  Stored<std::vector<OutletCursor>> cursors() override {
    return read([](Pieces& pieces) { return pieces.outgoing.cursors(); });
  }
  Stored<void> set_cursor(const OutletCursor& cursor) override {
    return write([&](Pieces& pieces) { pieces.outgoing.set_cursor(cursor); });
  }
  Stored<std::vector<Parcel>> parcels(const std::string& outlet, size_t most) override {
    return read([&](Pieces& pieces) { return pieces.outgoing.parcels(outlet, most); });
  }
  Stored<void> forget_parcels(const std::string& outlet, uint64_t up_to) override {
    return write([&](Pieces& pieces) { pieces.outgoing.forget_parcels(outlet, up_to); });
  }
  Stored<bool> forget_before(Instant then, size_t most) override {
    bool more = false;
    auto done = write([&](Pieces& pieces) { more = pieces.retention.forget_before(then, most); });
    if (!done) return Failure<StoreError>(std::move(done.error()));
    return more;
  }

 private:
  template <typename Reading>
  auto read(Reading reading) -> Stored<decltype(reading(std::declval<Pieces&>()))> {
    Work work(*database_, Access::read);
    // A writer of another process may have forgotten what this one remembers.
    if (access_ == Access::read) pieces_.forget_cached();
    return work.finish(reading(pieces_));
  }
  template <typename Writing>
  Stored<void> write(Writing writing) {
    Work work(*database_, Access::write);
    writing(pieces_);
    Stored<void> done = work.finish();
    if (!done) pieces_.forget_cached();
    return done;
  }

  std::optional<WriterLock> lock_;
  std::unique_ptr<Database> database_;
  Access access_;
  std::string id_;
  Pieces pieces_;
};

std::string id_of(Database& database) {
  Statement statement(database, "SELECT id FROM store");
  if (statement.with().next()) return std::string(statement.text(0));
  database.note(StoreTrouble::corrupt, fmt::format("store {}: it has lost its id", database.path()));
  return "";
}

void set_up_writing(Database& database, uint64_t most_bytes) {
  database.run(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; "
      "PRAGMA wal_autocheckpoint = 4000");
  if (most_bytes == 0) return;
  const auto page = static_cast<uint64_t>(database.number("PRAGMA page_size"));
  if (database.well())
    database.run(fmt::format("PRAGMA max_page_count = {}", std::max<uint64_t>(most_bytes / page, 1)).c_str());
}

Stored<std::unique_ptr<Store>> open_database(const std::string& path, Access access,
                                             std::optional<WriterLock> lock, uint64_t most_bytes) {
  auto database = std::make_unique<Database>(path, access);
  prepare_schema(*database, access, schema_steps());
  if (access == Access::write) set_up_writing(*database, most_bytes);
  std::string id = id_of(*database);
  if (!database->well()) return Failure<StoreError>(*database->trouble());
  Database& borrowed = *database;
  auto store = std::make_unique<SqliteStore>(std::move(lock), std::move(database), access, std::move(id));
  // The pieces' statements are made of tables that may not be what their name says.
  if (!borrowed.well()) return Failure<StoreError>(*borrowed.trouble());
  return store;
}

}  // namespace

Stored<OpenedStore> open_store(const std::string& path, Instant now, uint64_t most_bytes) {
  if (path == path_of_memory) {
    auto store = open_database(path, Access::write, std::nullopt, most_bytes);
    if (!store) return Failure<StoreError>(std::move(store.error()));
    return OpenedStore{std::move(*store), ""};
  }
  auto lock = WriterLock::take(path);
  if (!lock) return Failure<StoreError>(std::move(lock.error()));
  if (auto no_store = find_what_is_no_store(path)) return Failure<StoreError>(std::move(*no_store));
  auto store = open_database(path, Access::write, std::move(*lock), most_bytes);
  if (store) return OpenedStore{std::move(*store), ""};
  if (store.error().trouble != StoreTrouble::corrupt) return Failure<StoreError>(std::move(store.error()));
  return begin_store_anew(path, now, most_bytes);
}

Stored<OpenedStore> begin_store_anew(const std::string& path, Instant now, uint64_t most_bytes) {
  auto lock = WriterLock::take(path);
  if (!lock) return Failure<StoreError>(std::move(lock.error()));
  auto aside = put_aside(path, now);
  if (!aside) return Failure<StoreError>(std::move(aside.error()));
  auto store = open_database(path, Access::write, std::move(*lock), most_bytes);
  if (!store) return Failure<StoreError>(std::move(store.error()));
  return OpenedStore{std::move(*store),
                     fmt::format("the store {} was corrupt: it is put aside as {}, and a new "
                                 "one is begun; what was known before is not known to it",
                                 path, *aside)};
}

Stored<std::unique_ptr<Store>> read_store(const std::string& path) {
  std::error_code none;
  if (!std::filesystem::exists(path, none))
    return Failure<StoreError>(
        {StoreTrouble::unavailable,
         fmt::format("store {}: there is no such file; `astray watch` makes it", path)});
  if (auto no_store = find_what_is_no_store(path)) return Failure<StoreError>(std::move(*no_store));
  return open_database(path, Access::read, std::nullopt, 0);
}

}  // namespace astray::watch
