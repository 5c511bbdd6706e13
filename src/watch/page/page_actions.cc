// What can be changed on the page, where it has a token.
#include <fmt/format.h>

#include "watch/page/action_body.h"
#include "watch/page/page_json.h"
#include "watch/page/page_query.h"
#include "watch/page/watch_page.h"

namespace astray::watch {
namespace {

constexpr uint64_t most_minutes_of_silence = uint64_t{60} * 24 * 31;
/// Of names, nodes and ids, as long as none of ours is.
constexpr size_t most_of_name = 300;

Remark take_remark(ActionBody& body) {
  Remark remark;
  remark.by = body.needed_text("by", Remark::most_by);
  remark.why = body.text("why", Remark::most_why);
  return remark;
}

web::Answer refuse(const ActionRefusal& refusal) {
  switch (refusal.kind) {
    case ActionRefusal::Kind::unknown:
      return web::plain_answer(404, refusal.sentence + "\n");
    case ActionRefusal::Kind::store:
      return web::plain_answer(503, refusal.sentence + "\n");
    case ActionRefusal::Kind::too_many:
      break;
  }
  web::Answer answer = web::plain_answer(429, refusal.sentence + "\n");
  answer.field_lines.emplace_back("Retry-After: 60");
  return answer;
}

}  // namespace

web::Answer WatchPage::acknowledge(const web::Request& request) {
  PageQuery query(request);
  if (auto refusal = query.refusal()) return *refusal;
  ActionBody body(request);
  const std::string problem = body.needed_text("problem", most_of_name);
  Remark remark = take_remark(body);
  if (auto refusal = body.refusal()) return *refusal;
  const Acted<void> done = source_.actions()->acknowledge(problem, std::move(remark));
  return done ? web::json_answer(done_json({})) : refuse(done.error());
}

web::Answer WatchPage::silence(const web::Request& request) {
  PageQuery query(request);
  if (auto refusal = query.refusal()) return *refusal;
  ActionBody body(request);
  Silence silence;
  silence.problem = body.text("problem", most_of_name);
  silence.from = body.text("from", most_of_name);
  silence.to = body.text("to", most_of_name);
  silence.node = body.text("node", most_of_name);
  if (silence.problem.empty() && silence.from.empty() && silence.to.empty() && silence.node.empty())
    body.complain(
        "one of \"problem\", \"from\", \"to\" and \"node\" is needed: not everything can be silenced");
  const uint64_t minutes = body.needed_number("minutes", 1, most_minutes_of_silence);
  silence.until = {source_.now().unix_seconds + static_cast<int64_t>(minutes) * 60};
  silence.remark = take_remark(body);
  if (auto refusal = body.refusal()) return *refusal;
  const Acted<Silence> done = source_.actions()->silence(std::move(silence));
  return done ? web::json_answer(done_json(done->number)) : refuse(done.error());
}

web::Answer WatchPage::end_silence(const web::Request& request) {
  PageQuery query(request);
  if (auto refusal = query.refusal()) return *refusal;
  ActionBody body(request);
  const uint64_t number = body.needed_number("silence", 1, INT64_MAX);
  if (auto refusal = body.refusal()) return *refusal;
  const Acted<void> done = source_.actions()->end_silence(number);
  return done ? web::json_answer(done_json(number)) : refuse(done.error());
}

web::Answer WatchPage::ask_soon(const web::Request& request) {
  PageQuery query(request);
  if (auto refusal = query.refusal()) return *refusal;
  ActionBody body(request);
  PairOnNode pair;
  pair.from = body.needed_text("from", most_of_name);
  pair.to = body.needed_text("to", most_of_name);
  pair.node = body.needed_text("node", most_of_name);
  if (auto refusal = body.refusal()) return *refusal;
  const Acted<void> done = source_.actions()->ask_soon(std::move(pair));
  return done ? web::json_answer(done_json({})) : refuse(done.error());
}

}  // namespace astray::watch
