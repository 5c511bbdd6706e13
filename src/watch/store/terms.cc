#include "watch/store/terms.h"

#include <fmt/format.h>

namespace astray::watch {
namespace {

/// Enough for the names of a large fleet; some ten megabytes.
constexpr size_t most_terms_cached = 50'000;

}  // namespace

Terms::Terms(Database& database)
    : database_(database),
      intern_(database,
              "INSERT INTO term(text, seen) VALUES(?1, ?2) "
              "ON CONFLICT(text) DO UPDATE SET seen = max(seen, ?2) RETURNING id"),
      touch_(database, "UPDATE term SET seen = max(seen, ?2) WHERE id = ?1"),
      find_(database, "SELECT id, seen FROM term WHERE text = ?1"),
      text_(database, "SELECT text FROM term WHERE id = ?1") {}

int64_t Terms::intern(std::string_view text, Instant now) {
  if (const auto found = by_text_.find(text);
      found != by_text_.end() && found->second.seen >= now.unix_seconds - seen_grain)
    return found->second.id;
  if (!intern_.with(text, now).next()) return 0;
  const Known known{.id = intern_.integer(0), .seen = now.unix_seconds};
  make_room();
  by_text_.insert_or_assign(std::string(text), known);
  return known.id;
}

void Terms::touch(int64_t id, Instant now) {
  const auto found = touched_.find(id);
  if (found != touched_.end() && found->second >= now.unix_seconds - seen_grain) return;
  touch_.with(id, now).run();
  make_room();
  touched_.insert_or_assign(id, now.unix_seconds);
}

std::optional<int64_t> Terms::find(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) return found->second.id;
  if (!find_.with(text).next()) return std::nullopt;
  const Known known{.id = find_.integer(0), .seen = find_.integer(1)};
  make_room();
  by_text_.emplace(text, known);
  return known.id;
}

const std::string& Terms::text(int64_t id) {
  static const std::string none;
  if (const auto found = by_id_.find(id); found != by_id_.end()) return found->second;
  if (!text_.with(id).next()) {
    database_.note(StoreTrouble::corrupt, fmt::format("store {}: a row names the text {}, which is not there",
                                                      database_.path(), id));
    return none;
  }
  make_room();
  return by_id_.emplace(id, text_.text(0)).first->second;
}

void Terms::make_room() {
  if (by_text_.size() >= most_terms_cached) by_text_.clear();
  if (by_id_.size() >= most_terms_cached) by_id_.clear();
  if (touched_.size() >= most_terms_cached) touched_.clear();
}

void Terms::forget_cached() {
  by_text_.clear();
  by_id_.clear();
  touched_.clear();
}

}  // namespace astray::watch
