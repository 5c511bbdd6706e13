#include "watch/store/sightings.h"

namespace astray::watch {

Refusals::Refusals(Database& database)
    : add_(database,
           "INSERT INTO refusal(round, node, sni, authority, count) VALUES(?1, ?2, ?3, ?4, ?5) "
           "ON CONFLICT DO UPDATE SET count = count + ?5"),
      between_(database,
               "SELECT node, sni, authority, sum(count) FROM round JOIN refusal ON round = number "
               "WHERE began BETWEEN ?1 AND ?2 GROUP BY node, sni, authority "
               "ORDER BY sum(count) DESC, node, sni, authority LIMIT ?3") {}

void Refusals::add_round(const RoundRecord& round) {
  for (const RefusalCount& refusal : round.refusals)
    add_.with(round.number, refusal.node, refusal.from, refusal.to, refusal.count).run();
}

std::vector<RefusalCount> Refusals::between(Instant from, Instant until, size_t most) {
  std::vector<RefusalCount> counts;
  for (between_.with(from, until, most); between_.next();)
    counts.push_back({.node = std::string(between_.text(0)),
                      .from = std::string(between_.text(1)),
                      .to = std::string(between_.text(2)),
                      .count = static_cast<uint64_t>(between_.integer(3))});
  return counts;
}

}  // namespace astray::watch
