#include "watch/watcher.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "io/deadline.h"
#include "io/sleep.h"

namespace astray::watch {
namespace {

/// 421s of this time are the mean that a round is held against.
constexpr int64_t mean_seconds = 3600;
constexpr size_t most_mean_pairs = 4096;
constexpr size_t most_mean_rounds = 3600;
/// Rows that are forgotten in one go, and goes after one round.
constexpr size_t rows_of_a_slice = 2000;
constexpr int slices_of_a_round = 5;
/// Also for those who cannot wait.
constexpr Duration least_between_rounds = std::chrono::seconds(5);

std::string store_trouble_text(const StoreError& error) {
  return "the store fails: " + error.message;
}

bool is_at_rest(const Problem& problem) {
  return problem.state == ProblemState::resolved || problem.state == ProblemState::accepted;
}

}  // namespace

Result<std::unique_ptr<Watcher>> Watcher::make(WatchSettings settings, WatcherWorld world) {
  Result<RefusalCounter> refusals = RefusalCounter::of(settings.logs);
  if (!refusals) return Failure<Error>(refusals.error());
  return std::unique_ptr<Watcher>(new Watcher(std::move(settings), std::move(world), std::move(*refusals)));
}

Watcher::Watcher(WatchSettings settings, WatcherWorld world, RefusalCounter refusals)
    : settings_(std::move(settings)),
      world_(std::move(world)),
      finder_(world_.loop, world_.resolver),
      refusals_(std::move(refusals)),
      stopped_(world_.loop),
      hurried_(world_.loop) {
  state_.version = world_.version;
  state_.started = world_.wall_clock();
}

Result<void> Watcher::adopt(WatchSettings settings) {
  Result<RefusalCounter> refusals = RefusalCounter::of(settings.logs);
  if (!refusals) return Failure<Error>(refusals.error());
  new_settings_.emplace(NewSettings{std::move(settings), std::move(*refusals)});
  return {};
}

void Watcher::take_new_settings() {
  if (!new_settings_) return;
  settings_ = std::move(new_settings_->settings);
  new_settings_->refusals.take_over(refusals_);
  refusals_ = std::move(new_settings_->refusals);
  new_settings_.reset();
}

void Watcher::stop() {
  stopped_.open();
  hurried_.open();
}

Task<void> Watcher::run() {
  while (!stopping()) {
    const MonotonicTime began = world_.loop.now();
    (void)co_await one_round();
    if (stopping()) co_return;
    const Duration jitter(static_cast<int64_t>(static_cast<double>(settings_.pace.interval.count()) *
                                               settings_.pace.jitter * world_.chance()));
    const MonotonicTime due = began + settings_.pace.interval;
    const MonotonicTime now = world_.loop.now();
    pace_trouble_.clear();
    if (now > due)
      pace_trouble_ = fmt::format(
          "a round takes longer than the interval: {} s of {} s; ask fewer cells in a round, or more connections a "
          "second",
          std::chrono::duration_cast<std::chrono::seconds>(now - began).count(),
          std::chrono::duration_cast<std::chrono::seconds>(settings_.pace.interval).count());
    const MonotonicTime next = std::max(due + jitter, now);
    const auto wait = std::chrono::duration_cast<std::chrono::seconds>(next - now).count();
    state_.next_round = Instant{world_.wall_clock().unix_seconds + wait};
    co_await wait_for_turn(began, next);
    // A round that is late leaves the others their turn.
    co_await next_turn(world_.loop);
  }
}

Task<void> Watcher::wait_for_turn(MonotonicTime began, MonotonicTime due) {
  Task<void> hurried = hurried_.pass();
  (void)co_await with_deadline(world_.loop, std::move(hurried), due);
  const MonotonicTime soonest = std::min(due, began + least_between_rounds);
  if (stopping() || world_.loop.now() >= soonest) co_return;
  Task<void> stopped = stopped_.pass();
  (void)co_await with_deadline(world_.loop, std::move(stopped), soonest);
}

Task<ProbeNodes> Watcher::find_nodes_now() {
  const std::shared_ptr<const Configured> configured = world_.configured(settings_);
  std::vector<ProbeTarget> targets = settings_.targets.empty() ? configured->targets : settings_.targets;
  std::vector<NodeOverride> instead = settings_.nodes;
  NodeFinder::Found found =
      co_await finder_.find(std::move(targets), std::move(instead), settings_.pace.interval / 2);
  troubles_ = std::move(found.troubles);
  troubles_.insert(troubles_.end(), configured->troubles.begin(), configured->troubles.end());
  co_return std::move(found.nodes);
}

RoundFrame Watcher::frame(const ProbeNodes& found, const Configured& configured) {
  return {.settings = settings_,
          .found = found,
          .configured = configured,
          .version = world_.version,
          .now = world_.wall_clock(),
          .number = last_number_ + 1,
          .problems = problems_,
          .soon = soon_,
          .progress = world_.progress,
          .stop = [this] { return stopping(); }};
}

Task<RoundPlan> Watcher::plan() {
  const ProbeNodes found = co_await find_nodes_now();
  const std::shared_ptr<const Configured> configured = world_.configured(settings_);
  co_return plan_round(frame(found, *configured));
}

Task<bool> Watcher::one_round() {
  take_new_settings();
  recall();
  ProbeNodes found = co_await find_nodes_now();
  const std::shared_ptr<const Configured> configured = world_.configured(settings_);
  for (std::string& trouble : own_troubles()) troubles_.push_back(std::move(trouble));
  note_names(found);
  for (Outlet* outlet : outlets_) outlet->leave_to_others(found);
  const RoundFrame now = frame(found, *configured);
  soon_.clear();
  if (!stopping()) hurried_.close();
  AskedRound asked = co_await ask_round(world_.asker, now);
  if (stopping()) co_return false;
  RoundRecord round = std::move(asked.round);
  hear_others(round);
  if (asked.interrupted) troubles_.emplace_back("the round was not asked to its end");
  RefusalCounter::Counted counted = refusals_.count();
  round.refusals = std::move(counted.refusals);
  troubles_.insert(troubles_.end(), counted.troubles.begin(), counted.troubles.end());
  round.troubles = troubles_;
  if (!settings_.is_agent) {
    const bool confirmed = co_await confirm(now, round);
    if (!confirmed) co_return false;
  }
  keep(std::move(round));
  forget_old();
  co_return true;
}

Task<bool> Watcher::confirm(const RoundFrame& frame, RoundRecord& round) {
  const Detector detector(settings_.alerts);
  const std::vector<Suspicion> suspicions = detector.detect(round, past_of(round));
  std::vector<std::optional<CellAnswer>> answers(suspicions.size());
  if (!suspicions.empty()) answers = co_await ask_suspicions(world_.asker, frame, round, suspicions);
  if (stopping()) co_return false;
  detector.settle(round, suspicions, answers);
  co_return true;
}

/// What was before this program: once, as soon as the store can tell.
void Watcher::recall() {
  if (knows_past_) return;
  const auto problems = world_.store.unresolved_problems();
  const auto rounds = world_.store.rounds(std::nullopt, 1);
  // What ended since the last round is told in the next one.
  const auto silences = world_.store.silences(
      rounds && !rounds->empty() ? rounds->front().began : world_.wall_clock());
  if (!problems || !rounds || !silences) return;
  knows_past_ = true;
  // What this program found while the store was away is newer.
  std::set<std::string> known;
  for (const Problem& problem : problems_) known.insert(problem.id);
  for (const Problem& problem : *problems)
    if (known.count(problem.id) == 0) problems_.push_back(problem);
  silences_.insert(silences_.begin(), silences->begin(), silences->end());
  if (!rounds->empty()) last_number_ = std::max(last_number_, rounds->front().number);
}

DetectionPast Watcher::past_of(const RoundRecord& round) {
  DetectionPast past;
  past.problems = problems_;
  past.rounds_before = last_number_;
  past.names = state_.names;
  past.nodes = state_.nodes;
  before_.assign(round.answers.size(), std::nullopt);
  past.before = before_;
  std::vector<CellKey> keys;
  for (const CellRecord& record : round.answers) keys.push_back(record.key);
  auto before = world_.store.latest(keys);
  if (!before) return past;
  before_ = std::move(*before);
  past.before = before_;
  if (auto known = world_.store.coalescible(round.coalescible)) past.coalescible = std::move(*known);
  const Instant from{round.began.unix_seconds - mean_seconds};
  const auto refusals = world_.store.refusals(from, round.began, most_mean_pairs);
  const auto rounds = world_.store.rounds(from, most_mean_rounds);
  if (!refusals || !rounds || rounds->empty()) return past;
  for (const RefusalCount& each : *refusals)
    past.mean_refusals.emplace_back(each, static_cast<double>(each.count) / static_cast<double>(rounds->size()));
  return past;
}

void Watcher::keep(RoundRecord round) {
  round.number = last_number_ + 1;
  mark(round);
  std::vector<Parcel> parcels;
  for (const Outlet* outlet : outlets_) {
    if (std::optional<std::string> payload = outlet->parcel(round))
      parcels.push_back({.outlet = outlet->name(), .payload = std::move(*payload)});
  }
  const Stored<void> stored = world_.store.add_round(round, parcels);
  if (!stored) note_store_trouble(stored.error());
  last_number_ = std::max(last_number_ + 1, round.number);
  problems_.clear();
  for (const Problem& problem : round.problems)
    if (!is_at_rest(problem)) problems_.push_back(problem);
  const auto shared = std::make_shared<const RoundRecord>(std::move(round));
  show(shared);
  for (Outlet* outlet : outlets_) outlet->offer(shared);
}

/// Said at once, and not a second time where the round knew it already.
void Watcher::note_store_trouble(const StoreError& error) {
  std::string text = store_trouble_text(error);
  if (std::find(troubles_.begin(), troubles_.end(), text) == troubles_.end()) troubles_.push_back(std::move(text));
}

void Watcher::forget_old() {
  const auto keep = std::chrono::duration_cast<std::chrono::seconds>(settings_.store.keep).count();
  const Instant then{world_.wall_clock().unix_seconds - keep};
  for (int slice = 0; slice < slices_of_a_round; ++slice) {
    const Stored<bool> more = world_.store.forget_before(then, rows_of_a_slice);
    if (!more || !*more) return;
  }
}

void Watcher::show(std::shared_ptr<const RoundRecord> round) {
  ++state_.rounds;
  state_.cells += round->cells;
  for (const ProblemEvent& event : round->events) {
    const bool is_new_drift = event.step == ProblemStep::opened && event.problem.kind == ProblemKind::drift;
    state_.drift_events += is_new_drift ? 1 : 0;
  }
  state_.store_id = world_.store.id();
  state_.last_round = std::move(round);
  state_.problems = problems_;
  state_.silences = silences_;
  state_.troubles = troubles_;
  ++state_.revision;
}

void Watcher::note_names(const ProbeNodes& found) {
  state_.nodes.clear();
  state_.names.clear();
  std::set<std::string> known;
  for (const ProbeNode& node : found.nodes) {
    const std::string text = node.endpoint.text();
    if (std::find(state_.nodes.begin(), state_.nodes.end(), text) == state_.nodes.end()) state_.nodes.push_back(text);
    for (const std::string& name : node.names)
      if (known.insert(name).second) state_.names.push_back(name);
  }
  own_nodes_ = state_.nodes.size();
}

/// Agents in other regions: whatever they ask is watched as well.
void Watcher::hear_others(RoundRecord& round) {
  const size_t own_nodes = round.nodes.size();
  for (Outlet* outlet : outlets_) outlet->add_to(round);
  std::set<std::string> known(state_.names.begin(), state_.names.end());
  for (size_t i = own_nodes; i < round.nodes.size(); ++i) {
    state_.nodes.push_back(round.nodes[i].node);
    for (const std::string& name : round.nodes[i].names)
      if (known.insert(name).second) state_.names.push_back(name);
  }
}

std::vector<std::string> Watcher::own_troubles() {
  std::vector<std::string> troubles;
  if (std::optional<std::string> jump = clock_.look(world_.wall_clock(), world_.loop.now()))
    troubles.push_back(std::move(*jump));
  if (world_.store.error()) troubles.push_back(store_trouble_text(*world_.store.error()));
  if (std::string said = world_.store.take_said(); !said.empty()) troubles.push_back(std::move(said));
  if (!pace_trouble_.empty()) troubles.push_back(pace_trouble_);
  if (!settings_.awaiting_restart.empty())
    troubles.push_back(fmt::format("settings: needs a restart: {}; until then these are as they were at the start",
                                   fmt::join(settings_.awaiting_restart, ", ")));
  for (const Outlet* outlet : outlets_)
    if (std::optional<std::string> trouble = outlet->trouble())
      troubles.push_back(fmt::format("{}: {}", outlet->name(), *trouble));
  return troubles;
}

}  // namespace astray::watch
