#include "watch/detection/settlement.h"

#include <algorithm>
#include <map>

#include "watch/detection/aspects.h"
#include "watch/detection/cause_key.h"
#include "watch/detection/node_differences.h"
#include "watch/detection/pages.h"

namespace astray::watch {
namespace {

Second wrong_if(bool wrong) {
  return wrong ? Second::still_wrong : Second::well;
}

bool shows_the_same(const CellAnswer& a, const CellAnswer& b) {
  return a.verdict == b.verdict && a.answered_as == b.answered_as && treatment_of(a) == treatment_of(b);
}

/// Whether the second answer is wrong in the way in which the round's was.
Second wrong_alike(const Problem& problem, const CellAnswer& in_round, const CellAnswer& second) {
  if (is_silence(in_round)) return wrong_if(is_silence(second));
  if (treatment_of(second) == Treatment::unknown) return Second::nothing;
  const bool is_pair = CauseKey::parse(problem.cause_key).scope == Scope::pair;
  switch (problem.kind) {
    case ProblemKind::certificate_expired:
    case ProblemKind::certificate_gap:
    case ProblemKind::certificate_expiring:
      return wrong_if(second.certificate == in_round.certificate);
    case ProblemKind::authentication_changed:
      return wrong_if(client_demand_of(second) == client_demand_of(in_round));
    case ProblemKind::protocol_changed:
      return wrong_if(second.protocol == in_round.protocol);
    case ProblemKind::default_answering:
    case ProblemKind::misdirected:
      if (is_pair) break;
      if (!in_round.certificate_covers) return wrong_if(second.certificate == in_round.certificate);
      if (!in_round.page.empty() && !second.page.empty())
        return wrong_if(is_same_page(in_round.page, second.page));
      break;
    case ProblemKind::drift:
      return wrong_if(second.agreement == Agreement::differs);
    case ProblemKind::refused:
    case ProblemKind::verdict_changed:
      return wrong_if(treatment_of(second) == treatment_of(in_round));
    case ProblemKind::parity:
      if (is_difference_in(problem, Aspect::certificate))
        return wrong_if(second.certificate == in_round.certificate);
      if (is_difference_in(problem, Aspect::page) && !second.page.empty())
        return wrong_if(is_same_page(in_round.page, second.page));
      return wrong_if(treatment_of(second) == treatment_of(in_round) &&
                      second.protocol == in_round.protocol &&
                      client_demand_of(second) == client_demand_of(in_round));
    default:
      break;
  }
  // A run with few names may not know whose page it is.
  if (second.verdict == CellVerdict::could_not_tell) return Second::nothing;
  return wrong_if(shows_the_same(in_round, second));
}

Second well_alike(const CellAnswer& in_round, const CellAnswer& second) {
  if (is_silence(second)) return Second::still_wrong;
  const bool same =
      treatment_of(second) == treatment_of(in_round) &&
      client_demand_of(second) == client_demand_of(in_round) && second.protocol == in_round.protocol &&
      second.certificate == in_round.certificate &&
      (in_round.page.empty() || second.page.empty() || is_same_page(in_round.page, second.page));
  return wrong_if(!same);
}

Duration age_of(Instant since, Instant now) {
  return std::chrono::seconds(std::max<int64_t>(0, now.unix_seconds - since.unix_seconds));
}

}  // namespace

Second second_answer(const Problem& problem, Suspicion::Asks asks, const CellAnswer& in_round,
                     const CellAnswer& second) {
  return asks == Suspicion::Asks::still_wrong ? wrong_alike(problem, in_round, second)
                                              : well_alike(in_round, second);
}

void Settlement::settle(std::span<const Suspicion> suspicions,
                        std::span<const std::optional<CellAnswer>> confirmed) {
  std::map<CellKey, const CellAnswer*> in_round;
  for (const Suspicion& suspicion : suspicions) in_round.emplace(suspicion.key, nullptr);
  for (const CellRecord& record : round_.answers) {
    if (const auto found = in_round.find(record.key); found != in_round.end()) found->second = &record.answer;
  }
  std::map<std::string, Problem*> by_id;
  for (Problem& problem : round_.problems) by_id.emplace(problem.id, &problem);

  std::map<std::string, Tally> tallies;
  for (size_t i = 0; i < suspicions.size(); ++i) {
    const auto problem = by_id.find(suspicions[i].problem);
    const CellAnswer* first = in_round.at(suspicions[i].key);
    if (problem == by_id.end() || first == nullptr) continue;
    const Second second = i < confirmed.size() && confirmed[i]
                              ? second_answer(*problem->second, suspicions[i].asks, *first, *confirmed[i])
                              : Second::nothing;
    count(tallies[suspicions[i].problem], suspicions[i], second);
  }

  // What grew by something that a second answer did not show has not grown.
  std::erase_if(round_.events, [&](const ProblemEvent& event) {
    const Tally& tally = tallies[event.problem.id];
    return tally.wrong == 0 && tally.well != 0;
  });
  for (Problem& problem : round_.problems) {
    const Tally& tally = tallies[problem.id];
    if (problem.state == ProblemState::resolved) {
      if (problem.opened) tell(problem, ProblemStep::resolved);
    } else if (problem.last_seen == round_.began) {
      settle_seen(problem, tally);
    } else {
      settle_missing(problem, tally);
    }
  }
}

void Settlement::count(Tally& tally, const Suspicion& suspicion, Second second) {
  switch (suspicion.asks) {
    case Suspicion::Asks::still_wrong:
      if (second == Second::still_wrong) ++tally.wrong;
      if (second == Second::well) ++tally.well;
      break;
    case Suspicion::Asks::all_mended:
      ++tally.all_asked;
      if (second == Second::well) ++tally.all_well;
      break;
    case Suspicion::Asks::node_mended:
      if (second == Second::well) tally.well_nodes.push_back(suspicion.key);
      break;
    case Suspicion::Asks::name_mended:
      if (second == Second::well) tally.well_names.push_back(suspicion.key);
      break;
  }
}

void Settlement::forget_mended(Problem& problem, const Tally& tally) {
  const bool is_pair = CauseKey::parse(problem.cause_key).scope == Scope::pair;
  for (const CellKey& key : tally.well_nodes) std::erase(problem.nodes, key.node);
  for (const CellKey& key : tally.well_names) {
    if (is_pair) {
      std::erase_if(problem.evidence, [&](const CellRecord& shown) { return shown.key == key; });
    } else {
      std::erase(problem.affected_names, key.authority);
    }
  }
}

void Settlement::settle_seen(Problem& problem, const Tally& tally) {
  forget_mended(problem, tally);
  if (problem.state == ProblemState::open) {
    if (age_of(problem.first_seen, round_.began) >= settings_.settle && is_acceptable(problem))
      end(problem, ProblemState::accepted);
    return;
  }
  // A clock that was set back must not make a problem wait for the time that it lost.
  problem.first_seen = std::min(problem.first_seen, round_.began);
  const bool needs_none = problem.evidence.empty();
  const bool seen_twice = problem.first_seen < round_.began && tally.well == 0;
  if (tally.wrong == 0 && !needs_none && !seen_twice) return;
  if (age_of(problem.first_seen, round_.began) < settings_.hold) return;
  problem.state = ProblemState::open;
  problem.opened = round_.began;
  tell(problem, ProblemStep::opened);
}

void Settlement::settle_missing(Problem& problem, const Tally& tally) {
  constexpr uint32_t rounds_to_be_sure = 2;
  const bool all_confirmed = tally.all_asked != 0 && tally.all_well == tally.all_asked;
  const bool is_suspicion = problem.state == ProblemState::suspected && problem.rounds_missing != 0;
  if (all_confirmed || is_suspicion || problem.rounds_missing >= rounds_to_be_sure)
    return end(problem, ProblemState::resolved);
  forget_mended(problem, tally);
  const bool is_pair = CauseKey::parse(problem.cause_key).scope == Scope::pair;
  const bool nothing_left = is_pair ? !tally.well_names.empty() && problem.evidence.empty()
                                    : problem.nodes.empty() || problem.affected_names.empty();
  const bool has_places = is_pair || !tally.well_nodes.empty() || !tally.well_names.empty();
  if (has_places && nothing_left) end(problem, ProblemState::resolved);
}

void Settlement::end(Problem& problem, ProblemState state) {
  problem.state = state;
  problem.closed = round_.began;
  if (problem.opened)
    tell(problem, state == ProblemState::accepted ? ProblemStep::accepted : ProblemStep::resolved);
}

void Settlement::tell(const Problem& problem, ProblemStep step) {
  round_.events.push_back({.number = 0, .at = round_.began, .step = step, .problem = problem});
}

bool Settlement::is_acceptable(const Problem& problem) const {
  switch (problem.kind) {
    case ProblemKind::authentication_changed:
    case ProblemKind::protocol_changed:
    case ProblemKind::verdict_changed:
    case ProblemKind::parity:
    case ProblemKind::newly_coalescible:
      return true;
    case ProblemKind::refused:
      return std::none_of(problem.evidence.begin(), problem.evidence.end(), [](const CellRecord& shown) {
        return shown.answer.verdict == CellVerdict::false_421;
      });
    default:
      // Wrong whatever was before: it would come up again at once.
      return false;
  }
}

}  // namespace astray::watch
