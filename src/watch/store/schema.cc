#include "watch/store/schema.h"

#include <fmt/format.h>

namespace astray::watch {
namespace {

// Words of the tables: a *term* is a text that stands in many rows (names, nodes, sentences), kept once.
// `seen` says until when something was in use, to the day: what no row can name any longer is found by it. A
// *question* has its present span in its own row, and those before in `span`: a round writes the rows of the
// questions that it asked and no others.
constexpr const char* first_version = R"(
CREATE TABLE store(id TEXT NOT NULL) STRICT;
INSERT INTO store VALUES(lower(hex(randomblob(16))));

CREATE TABLE term(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL) STRICT;
CREATE TABLE answer(
  id INTEGER PRIMARY KEY, verdict TEXT NOT NULL, reason TEXT NOT NULL, failure TEXT NOT NULL,
  agreement TEXT NOT NULL, status INTEGER NOT NULL, protocol TEXT NOT NULL, certificate TEXT NOT NULL,
  certificate_covers INTEGER NOT NULL, client_certificate_requested INTEGER NOT NULL, trust TEXT NOT NULL,
  answered_as TEXT NOT NULL, answered_by TEXT NOT NULL, difference TEXT NOT NULL, source TEXT NOT NULL,
  page TEXT NOT NULL, seen INTEGER NOT NULL,
  UNIQUE(certificate, answered_as, verdict, reason, failure, agreement, status, protocol, certificate_covers,
         client_certificate_requested, trust, answered_by, difference, source, page)) STRICT;
CREATE TABLE evidence(id INTEGER PRIMARY KEY, cell BLOB NOT NULL) STRICT;

CREATE TABLE question(
  id INTEGER PRIMARY KEY, authority INTEGER NOT NULL, sni INTEGER NOT NULL, node INTEGER NOT NULL,
  alpn INTEGER NOT NULL, reused INTEGER NOT NULL, client_certificate INTEGER NOT NULL,
  round INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, rounds INTEGER NOT NULL,
  answer INTEGER NOT NULL, sentence INTEGER NOT NULL, evidence INTEGER) STRICT;
CREATE UNIQUE INDEX question_by_key ON question(authority, sni, node, alpn, reused, client_certificate);
CREATE INDEX question_by_age ON question(node, last);
CREATE TABLE span(
  question INTEGER NOT NULL, round INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  rounds INTEGER NOT NULL, answer INTEGER NOT NULL, sentence INTEGER NOT NULL, evidence INTEGER,
  PRIMARY KEY(question, round)) STRICT, WITHOUT ROWID;
CREATE INDEX span_by_age ON span(last);

CREATE TABLE round(
  number INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT NOT NULL, began INTEGER NOT NULL,
  took INTEGER NOT NULL, cells INTEGER NOT NULL, failed INTEGER NOT NULL, refusals INTEGER NOT NULL,
  open_problems INTEGER NOT NULL) STRICT;
CREATE INDEX round_by_age ON round(began);
CREATE TABLE refusal(
  round INTEGER NOT NULL, node TEXT NOT NULL, sni TEXT NOT NULL, authority TEXT NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY(round, node, sni, authority)) STRICT, WITHOUT ROWID;

CREATE TABLE problem(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, last_seen INTEGER NOT NULL,
  rounds_missing INTEGER NOT NULL, closed INTEGER, content BLOB NOT NULL) STRICT;
CREATE INDEX problem_unresolved ON problem(id) WHERE state IN ('suspected', 'open');
CREATE INDEX problem_by_age ON problem(closed) WHERE closed IS NOT NULL;
CREATE TABLE event(
  number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, step TEXT NOT NULL, problem TEXT NOT NULL,
  content BLOB NOT NULL) STRICT;
CREATE INDEX event_of_problem ON event(problem, number);
CREATE INDEX event_by_age ON event(at);

CREATE TABLE certificate(
  fingerprint TEXT PRIMARY KEY, content BLOB NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE coalescible(
  node INTEGER NOT NULL, sni INTEGER NOT NULL, authority INTEGER NOT NULL, clients INTEGER NOT NULL,
  would_get INTEGER NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY(node, sni, authority)) STRICT, WITHOUT ROWID;

CREATE TABLE cursor(outlet TEXT PRIMARY KEY, event INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE parcel(
  number INTEGER PRIMARY KEY AUTOINCREMENT, outlet TEXT NOT NULL, made INTEGER NOT NULL,
  payload BLOB NOT NULL) STRICT;
CREATE INDEX parcel_of_outlet ON parcel(outlet, number);
CREATE INDEX parcel_by_age ON parcel(made);
)";

// What people say of problems. Records of problems have two more members, which older ones lack: a zero says so.
constexpr const char* second_version = R"(
CREATE TABLE silence(
  number INTEGER PRIMARY KEY AUTOINCREMENT, problem TEXT NOT NULL, sni TEXT NOT NULL, authority TEXT NOT NULL,
  node TEXT NOT NULL, began INTEGER NOT NULL, until INTEGER NOT NULL, by TEXT NOT NULL, why TEXT NOT NULL) STRICT;
CREATE INDEX silence_by_age ON silence(until);
UPDATE problem SET content = CAST(content || x'0000' AS BLOB);
UPDATE event SET content = CAST(content || x'0000' AS BLOB);
)";

constexpr const char* steps_of_store[] = {first_version, second_version};

void take_forward(Database& database, int64_t from, std::span<const char* const> steps) {
  for (auto step = static_cast<size_t>(from); step < steps.size(); ++step) database.run(steps[step]);
  database.run(fmt::format("PRAGMA user_version = {}", steps.size()).c_str());
}

bool is_empty(Database& database) {
  return database.number("SELECT count(*) FROM sqlite_schema") == 0;
}

/// Ours, or nobody's yet. Set before anything else is written, so that a file cut short is known as ours.
bool take_for_ours(Database& database, Access access) {
  const int64_t application = database.number("PRAGMA application_id");
  if (!database.well()) return false;
  if (application == store_application) return true;
  if (application == 0 && is_empty(database) && database.well() && access == Access::write) {
    database.run(fmt::format("PRAGMA application_id = {}", store_application).c_str());
    return true;
  }
  database.note(
      StoreTrouble::unavailable,
      fmt::format("store {}: an SQLite database of another program; name another file", database.path()));
  return false;
}

/// Whether there is a way from that version to this one.
bool is_reachable(Database& database, Access access, int64_t version, int64_t ours) {
  const auto refuse = [&](std::string_view what) {
    database.note(StoreTrouble::other_version, fmt::format("store {}: of version {}, this astray has {}; {}",
                                                           database.path(), version, ours, what));
    return false;
  };
  if (version > ours) return refuse("a newer astray wrote it: run that one, or name another file");
  if (version < 0) {
    database.note(StoreTrouble::corrupt,
                  fmt::format("store {}: its version is {}", database.path(), version));
    return false;
  }
  if (version < ours && access == Access::read)
    return refuse("an older astray wrote it: `astray watch` takes it forward");
  return true;
}

}  // namespace

std::span<const char* const> schema_steps() {
  return steps_of_store;
}

void prepare_schema(Database& database, Access access, std::span<const char* const> steps) {
  if (!take_for_ours(database, access)) return;
  const auto ours = static_cast<int64_t>(steps.size());
  const int64_t version = database.number("PRAGMA user_version");
  if (!database.well() || !is_reachable(database, access, version, ours) || version == ours) return;
  Work work(database, access);
  take_forward(database, version, steps);
  if (auto done = work.finish(); !done) database.note(done.error().trouble, done.error().message);
}

}  // namespace astray::watch
