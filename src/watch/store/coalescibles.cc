#include "watch/store/sightings.h"
#include "watch/store/stored_words.h"

namespace astray::watch {

Coalescibles::Coalescibles(Database& database, Terms& terms)
    : terms_(terms),
      find_(database,
            "SELECT clients, would_get, seen FROM coalescible WHERE node = ?1 AND sni = ?2 AND authority = ?3"),
      put_(database,
           "INSERT INTO coalescible(node, sni, authority, clients, would_get, seen) "
           "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET clients = ?4, would_get = ?5, "
           "seen = max(seen, ?6)") {}

void Coalescibles::add_round(const RoundRecord& round) {
  for (const CoalescibleRecord& record : round.coalescible) {
    const int64_t node = terms_.intern(record.node, round.began);
    const int64_t from = terms_.intern(record.from, round.began);
    const int64_t to = terms_.intern(record.to, round.began);
    const int64_t clients = terms_.intern(record.clients, round.began);
    const int64_t would_get = terms_.intern(to_string(record.would_get), round.began);
    find_.with(node, from, to);
    const bool is_known = find_.next() && find_.integer(0) == clients && find_.integer(1) == would_get &&
                          find_.integer(2) >= round.began.unix_seconds - seen_grain;
    if (!is_known) put_.with(node, from, to, clients, would_get, round.began).run();
  }
}

std::vector<CoalescibleRecord> Coalescibles::among(std::span<const CoalescibleRecord> pairs) {
  std::vector<CoalescibleRecord> known;
  for (const CoalescibleRecord& pair : pairs) {
    const auto node = terms_.find(pair.node), from = terms_.find(pair.from), to = terms_.find(pair.to);
    if (!node || !from || !to) continue;
    find_.with(*node, *from, *to);
    if (!find_.next()) continue;
    CoalescibleRecord record = pair;
    record.clients = terms_.text(find_.integer(0));
    record.would_get = from_word(terms_.text(find_.integer(1)), CellVerdict::could_not_tell);
    known.push_back(std::move(record));
  }
  return known;
}

}  // namespace astray::watch
