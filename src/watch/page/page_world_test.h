#pragma once
// A watcher's world for tests: names on nodes, some of them broken, and a month of what happened. The same in
// every run.
#include "watch/page/page_cells_test.h"
#include "watch/page/page_source.h"
#include "watch/store/sqlite_store.h"

namespace astray::watch::test {

class PageWorld final : public PageSource {
 public:
  PageWorld(size_t names, size_t nodes) {
    state_.version = "1.2.3";
    state_.started = {world_now.unix_seconds - 3600};
    for (size_t i = 0; i < names; ++i) state_.names.push_back(world_name(i));
    for (size_t i = 0; i < nodes; ++i) state_.nodes.push_back(fmt::format("192.0.2.{}:443", i + 1));
    auto opened = open_store(":memory:", world_now);
    if (opened) store_ = std::move(opened->store);
    if (store_) state_.store_id = store_->id();
  }

  const WatchState& state() const override { return state_; }
  Actions* actions() override { return can_change; }
  Store* store() override { return store_is_away ? nullptr : store_.get(); }
  Instant now() const override { return now_; }

  WatchState& change_state() { return state_; }
  void set_now(Instant now) { now_ = now; }
  bool store_is_away = false;
  Actions* can_change = nullptr;  ///< before WatchPage::routes()

  CellAnswer good_answer(size_t name) const {
    CellAnswer answer;
    answer.verdict = CellVerdict::own;
    answer.reason = Reason::own_name;
    answer.agreement = Agreement::agrees;
    answer.status = 200;
    answer.protocol = "h2";
    answer.certificate = certificate_of(name);
    answer.trust = ChainTrust::trusted;
    answer.answered_as = state_.names[name];
    return answer;
  }

  CellRecord own_cell(size_t name, size_t node) const {
    CellRecord cell;
    cell.key.node = state_.nodes[node];
    cell.key.sni = cell.key.authority = state_.names[name];
    cell.answer = good_answer(name);
    cell.sentence = "got its own answer";
    return cell;
  }
  /// `to` on the connection of `from`: refused with 421 where the certificates differ.
  CellRecord pair_cell(size_t from, size_t to, size_t node) const {
    CellRecord cell = own_cell(to, node);
    cell.key.sni = state_.names[from];
    cell.key.use = ConnectionUse::reused;
    cell.answer.certificate = certificate_of(from);
    cell.answer.certificate_covers = from / 40 == to / 40;
    if (cell.answer.certificate_covers) return cell;
    cell.answer.verdict = CellVerdict::rejected_421;
    cell.answer.reason = Reason::certificate_gap;
    cell.answer.status = 421;
    cell.sentence = "was refused with 421, as it should be";
    return cell;
  }

  Problem problem(std::string id, ProblemKind kind, Severity severity, std::string sentence) const {
    Problem made;
    made.id = std::move(id);
    made.kind = kind;
    made.cause_key = made.id;
    made.severity = severity;
    made.state = ProblemState::open;
    made.sentence = std::move(sentence);
    made.first_seen = made.last_seen = now_;
    made.opened = now_;
    return made;
  }

  /// One round that asks every name's own answer on every node, and every pair on one node; five things are
  /// wrong in it.
  RoundRecord whole_round() const {
    RoundRecord round;
    const size_t names = state_.names.size(), nodes = state_.nodes.size();
    for (size_t i = 0; i < names; ++i)
      for (size_t node = 0; node < nodes; ++node) round.answers.push_back(own_cell(i, node));
    for (size_t from = 0; from < names; ++from)
      for (size_t to = 0; to < names; ++to)
        if (from != to) round.answers.push_back(pair_cell(from, to, (from + to) % nodes));
    for (CellRecord& cell : round.answers) spoil(cell);
    for (size_t i = 0; i < names; i += 40)
      round.certificates.push_back(certificate_record(
          i / 40, {state_.names.begin() + static_cast<std::ptrdiff_t>(i),
                   state_.names.begin() + static_cast<std::ptrdiff_t>(std::min(names, i + 40))}));
    finish(round);
    return round;
  }

  /// What is wrong: login.example.test is misdirected on the third node, the last node speaks no h2,
  /// static.example.test is silent on the second, and static → intern gets another's page.
  void spoil(CellRecord& cell) const {
    const CellKey& key = cell.key;
    if (key.is_baseline() && key.authority == world_name(2) && key.node == state_.nodes[2])
      break_cell(cell, CellVerdict::misdirected, "got the answer of www.example.test");
    if (key.is_baseline() && key.node == state_.nodes.back()) cell.answer.protocol = "http/1.1";
    if (key.is_baseline() && key.authority == world_name(3) && key.node == state_.nodes[1]) {
      break_cell(cell, CellVerdict::failed, "did not answer within 10 s");
      cell.answer.status = 0;
      cell.answer.failure = ProbeFailure::timed_out;
    }
    if (key.sni == world_name(3) && key.authority == world_name(4))
      break_cell(cell, CellVerdict::misdirected, "got the answer of www.example.test");
  }

  void finish(RoundRecord& round) const {
    round.began = {now_.unix_seconds - 20};
    round.took = std::chrono::milliseconds(4200);
    round.cells = round.answers.size();
    round.cells_of_whole = state_.names.size() * state_.names.size() * state_.nodes.size();
    for (const std::string& node : state_.nodes)
      round.nodes.push_back({.node = node, .names = {}, .cells = 10, .failed = 0, .answered = true});
  }

  /// The problem that goes with spoil().
  Problem misdirected_problem() const {
    Problem made = problem("0badc0de", ProblemKind::misdirected, Severity::error,
                           "login.example.test is answered by www.example.test on 192.0.2.3:443");
    made.from = made.to = world_name(2);
    made.cause = "the virtual host of login.example.test is missing there";
    made.next_step = "astray probe login.example.test@192.0.2.3:443";
    made.nodes = {state_.nodes[2]};
    made.affected_names = {world_name(2)};
    made.symptoms = {"static.example.test → intern.example.test is misdirected too"};
    made.symptom_count = 1;
    CellRecord cell = own_cell(2, 2);
    spoil(cell);
    made.evidence = {cell};
    made.before = good_answer(2);
    made.first_seen = {now_.unix_seconds - 7200};
    made.opened = Instant{now_.unix_seconds - 7100};
    return made;
  }

  /// Stores the round, and makes it what the state shows.
  void take(RoundRecord round) {
    if (store_ && !store_is_away) (void)store_->add_round(round, {});
    state_.problems.clear();
    for (const Problem& each : round.problems)
      if (each.state == ProblemState::open || each.state == ProblemState::suspected)
        state_.problems.push_back(each);
    ++state_.rounds;
    state_.cells += round.cells;
    state_.next_round = Instant{now_.unix_seconds + 40};
    state_.last_round = std::make_shared<const RoundRecord>(std::move(round));
    ++state_.revision;
  }

  /// Rounds of so many days before now, one each `minutes`; some have 421s, some open or end a problem.
  void add_history(int days, int minutes) {
    const int64_t step = int64_t{60} * minutes;
    for (int64_t at = world_now.unix_seconds - int64_t{86'400} * days; at < world_now.unix_seconds;
         at += step) {
      now_ = {at};
      RoundRecord round;
      finish(round);
      round.nodes.clear();
      const int64_t turn = at / step;
      if (turn % 7 == 0)
        round.refusals.push_back({"edge-1", world_name(0), world_name(1), static_cast<uint64_t>(turn % 50)});
      if (turn % 20 < 5) add_past_problem(round, turn);
      (void)store_->add_round(round, {});
    }
    now_ = world_now;
  }

 private:
  void add_past_problem(RoundRecord& round, int64_t turn) const {
    const auto which = static_cast<size_t>(turn / 20);
    Problem past =
        problem(fmt::format("{:016x}", which), ProblemKind::certificate_gap, Severity::warning,
                fmt::format("the certificate does not cover {}", world_name(which % state_.names.size())));
    past.to = world_name(which % state_.names.size());
    past.nodes = {state_.nodes[which % state_.nodes.size()]};
    past.affected_names = {past.to};
    if (turn % 20 == 0) round.events.push_back({0, now_, ProblemStep::opened, past});
    if (turn % 20 == 4) {
      past.state = ProblemState::resolved;
      past.closed = now_;
      round.events.push_back({0, now_, ProblemStep::resolved, past});
    }
    round.problems.push_back(past);
  }

  WatchState state_;
  std::unique_ptr<Store> store_;
  Instant now_ = world_now;
};

}  // namespace astray::watch::test
