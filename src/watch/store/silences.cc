#include "watch/store/silences.h"

namespace astray::watch {

Silences::Silences(Database& database)
    : database_(database),
      add_(database,
           "INSERT INTO silence(problem, sni, authority, node, began, until, by, why) "
           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      end_(database, "UPDATE silence SET until = ?2 WHERE number = ?1 AND until > ?2"),
      since_(database,
             "SELECT number, problem, sni, authority, node, began, until, by, why FROM silence WHERE until "
             ">= ?1 "
             "ORDER BY number") {}

void Silences::add(Silence& silence) {
  add_.with(silence.problem, silence.from, silence.to, silence.node, silence.remark.at, silence.until,
            silence.remark.by, silence.remark.why)
      .run();
  silence.number = static_cast<uint64_t>(database_.inserted());
}

void Silences::end(uint64_t number, Instant at) {
  end_.with(number, at).run();
}

std::vector<Silence> Silences::since(Instant from) {
  std::vector<Silence> silences;
  for (since_.with(from); since_.next();) {
    Silence silence;
    silence.number = static_cast<uint64_t>(since_.integer(0));
    silence.problem = since_.text(1);
    silence.from = since_.text(2);
    silence.to = since_.text(3);
    silence.node = since_.text(4);
    silence.until = since_.instant(6);
    silence.remark = {since_.instant(5), std::string(since_.text(7)), std::string(since_.text(8))};
    silences.push_back(std::move(silence));
  }
  return silences;
}

}  // namespace astray::watch
