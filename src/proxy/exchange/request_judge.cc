#include "proxy/exchange/request_judge.h"

#include "gateway/ownership/request_decision.h"

namespace astray::proxy {

const Judged& RequestJudge::judge(const Site& site, const RequestNames& names) {
  const Result<Asked, Verdict>& asked = reader_.read(connection_.facts, names);
  if (!asked) {
    last_asked_.reset();
    last_ = {.verdict = asked.error()};
    return last_;
  }
  if (last_generation_ == site.generation() && last_asked_ && last_asked_->origin() == asked->origin) {
    last_.verdict.evidence.authority = asked->text;
    last_.verdict.evidence.field = asked->field;
    return last_;
  }
  last_ = decide(site, *asked);
  last_asked_.emplace(asked->origin);
  last_.asked = &*last_asked_;
  last_generation_ = site.generation();
  return last_;
}

Judged RequestJudge::decide(const Site& site, const Asked& asked) const {
  const Listener* listener = site.listener(connection_.listener);
  gateway::Decision decision =
      gateway::decide_request(site.owners(), listener != nullptr ? listener->settings : nullptr,
                              connection_.unowned, connection_.facts, asked);
  Judged judged{.verdict = decision.verdict, .redirect_to = decision.redirect_to};
  if (decision.verdict.answer == Answer::serve && !decision.redirect_to)
    judged.virtual_host = &site.virtual_host(decision.owner->virtual_host);
  return judged;
}

}  // namespace astray::proxy
