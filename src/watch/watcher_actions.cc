// What people told the watcher: kept in the store at once, and laid over what each round finds.
#include <algorithm>

#include <fmt/format.h>

#include "watch/watcher.h"

namespace astray::watch {
namespace {

tl::unexpected<ActionRefusal> unknown(std::string sentence) {
  return Failure<ActionRefusal>({ActionRefusal::Kind::unknown, std::move(sentence)});
}

tl::unexpected<ActionRefusal> not_kept(const StoreError& error) {
  return Failure<ActionRefusal>(
      {ActionRefusal::Kind::store,
       fmt::format("nothing was done, since it cannot be kept: {}", error.message)});
}

bool is_among(const std::string& text, std::span<const std::string> texts) {
  return std::ranges::find(texts, text) != texts.end();
}

}  // namespace

/// At once, between rounds.
void Watcher::tell(ProblemEvent event) {
  for (Outlet* outlet : outlets_) outlet->tell(event);
  state_.problems = problems_;
  state_.silences = silences_;
  ++state_.revision;
}

Acted<void> Watcher::acknowledge(const std::string& problem, Remark remark) {
  const auto found = std::ranges::find(problems_, problem, &Problem::id);
  if (found == problems_.end() || found->state != ProblemState::open)
    return unknown("there is no open problem of this id; it may be over by now");
  remark.at = world_.wall_clock();
  ProblemEvent event{.number = 0, .at = remark.at, .step = ProblemStep::acknowledged, .problem = *found};
  event.problem.acknowledged = std::move(remark);
  event.problem.silenced = silenced_by(silences_, *found, event.at);
  if (const Stored<void> stored = world_.store.add_event(event); !stored) return not_kept(stored.error());
  *found = event.problem;
  tell(std::move(event));
  return {};
}

Acted<Silence> Watcher::silence(Silence silence) {
  silence.remark.at = world_.wall_clock();
  if (!silence.problem.empty() &&
      std::ranges::find(problems_, silence.problem, &Problem::id) == problems_.end())
    return unknown("there is no problem of this id; it may be over by now");
  for (const std::string& name : {silence.from, silence.to})
    if (!name.empty() && !is_among(name, state_.names))
      return unknown(fmt::format("{} is not watched", name));
  if (!silence.node.empty() && !is_among(silence.node, state_.nodes))
    return unknown(fmt::format("the node {} is not watched", silence.node));
  const auto lasting =
      std::ranges::count_if(silences_, [&](const Silence& each) { return silence.remark.at < each.until; });
  if (static_cast<size_t>(lasting) >= most_silences)
    return Failure<ActionRefusal>(
        {ActionRefusal::Kind::too_many, fmt::format("there are {} silences; end some first", lasting)});
  if (const Stored<void> stored = world_.store.add_silence(silence); !stored) return not_kept(stored.error());
  silences_.push_back(silence);
  ++state_.revision;
  state_.silences = silences_;
  for (Problem& problem : problems_) {
    if (problem.state != ProblemState::open || !concerns(silence, problem)) continue;
    problem.silenced = silenced_by(silences_, problem, silence.remark.at);
    ProblemEvent event{
        .number = 0, .at = silence.remark.at, .step = ProblemStep::silenced, .problem = problem};
    if (const Stored<void> stored = world_.store.add_event(event); !stored)
      note_store_trouble(stored.error());
    tell(std::move(event));
  }
  return silence;
}

Acted<void> Watcher::end_silence(uint64_t number) {
  const auto found = std::ranges::find(silences_, number, &Silence::number);
  const Instant now = world_.wall_clock();
  if (found == silences_.end() || found->until <= now)
    return unknown("there is no silence of this number; it may be over by now");
  if (const Stored<void> stored = world_.store.end_silence(number, now); !stored)
    return not_kept(stored.error());
  found->until = now;
  for (ProblemEvent& event : forget_ended_silences(problems_, now)) {
    if (const Stored<void> stored = world_.store.add_event(event); !stored)
      note_store_trouble(stored.error());
    tell(std::move(event));
  }
  state_.silences = silences_;
  ++state_.revision;
  return {};
}

Acted<void> Watcher::ask_soon(PairOnNode pair) {
  for (const std::string& name : {pair.from, pair.to})
    if (!is_among(name, state_.names)) return unknown(fmt::format("{} is not watched", name));
  if (!is_among(pair.node, std::span(state_.nodes).first(own_nodes_)))
    return unknown(fmt::format("the node {} is not asked by this watcher", pair.node));
  if (!asking_soon_.admit(world_.loop.now()))
    return Failure<ActionRefusal>(
        {ActionRefusal::Kind::too_many,
         fmt::format("{} pairs were asked for within a minute; wait a little", most_asked_soon)});
  if (std::ranges::find(soon_, pair) == soon_.end()) soon_.push_back(std::move(pair));
  hurried_.open();
  return {};
}

/// Events for the problems that last and are silenced no longer.
std::vector<ProblemEvent> Watcher::forget_ended_silences(std::vector<Problem>& problems, Instant now) {
  std::vector<Silence> ended;
  std::erase_if(silences_, [&](const Silence& silence) {
    if (now < silence.until) return false;
    ended.push_back(silence);
    return true;
  });
  std::vector<ProblemEvent> events;
  for (Problem& problem : problems) {
    problem.silenced = silenced_by(silences_, problem, now);
    const bool was_silenced =
        std::ranges::any_of(ended, [&](const Silence& silence) { return concerns(silence, problem); });
    if (problem.state == ProblemState::open && was_silenced && !problem.silenced)
      events.push_back({.number = 0, .at = now, .step = ProblemStep::unsilenced, .problem = problem});
  }
  return events;
}

/// The round was begun before some of what people said.
void Watcher::mark(RoundRecord& round) {
  const Instant now = world_.wall_clock();
  const auto take_over = [&](Problem& problem) {
    const auto known = std::ranges::find(problems_, problem.id, &Problem::id);
    if (known != problems_.end()) problem.acknowledged = known->acknowledged;
    problem.silenced = silenced_by(silences_, problem, now);
  };
  for (Problem& problem : round.problems) take_over(problem);
  for (ProblemEvent& event : round.events) take_over(event.problem);
  for (ProblemEvent& event : forget_ended_silences(round.problems, now))
    round.events.push_back(std::move(event));
}

}  // namespace astray::watch
