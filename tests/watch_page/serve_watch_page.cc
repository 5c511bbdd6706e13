// The watcher's page with a world made up for it: prints its port, and serves until its standard input ends.
//   serve_watch_page NAMES NODES DAYS [TOKEN]      at least five names and three nodes
// Lines of its input change the world: "break" finds a new problem in a new round, "mend" ends it, "trouble
// WORDS" is one of the watcher's own, "late" lets time pass without a round. With a token the page can change it too:
// what is asked soon is answered well.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "io/epoll_loop.h"
#include "io/socket_network.h"
#include "watch/page/page_world_test.h"
#include "watch/page/watch_page.h"
#include "web/server.h"

namespace {

using namespace astray;
using namespace astray::watch;

/// What a watcher does, in a world that is made up.
class WorldActions final : public Actions {
 public:
  explicit WorldActions(test::PageWorld& world) : world_(world) {}
  void show_on(WatchPage& page) { page_ = &page; }

  Acted<void> acknowledge(const std::string& id, Remark remark) override {
    for (Problem& problem : world_.change_state().problems) {
      if (problem.id != id) continue;
      remark.at = world_.now();
      problem.acknowledged = std::move(remark);
      tell(ProblemStep::acknowledged, problem);
      return {};
    }
    return Failure<ActionRefusal>({ActionRefusal::Kind::unknown, "there is no open problem of this id"});
  }
  Acted<Silence> silence(Silence silence) override {
    silence.remark.at = world_.now();
    silence.number = ++silences_;
    world_.change_state().silences.push_back(silence);
    mark();
    return silence;
  }
  Acted<void> end_silence(uint64_t number) override {
    std::erase_if(world_.change_state().silences, [&](const Silence& each) { return each.number == number; });
    mark();
    return {};
  }
  Acted<void> ask_soon(PairOnNode pair) override {
    world_.set_now({world_.now().unix_seconds + 1});  // no two rounds have the same time
    RoundRecord round;
    world_.finish(round);
    round.problems = world_.state().problems;
    const auto place = [](const std::vector<std::string>& list, const std::string& text) {
      return static_cast<size_t>(std::ranges::find(list, text) - list.begin());
    };
    const size_t to = place(world_.state().names, pair.to), node = place(world_.state().nodes, pair.node);
    if (to == world_.state().names.size() || node == world_.state().nodes.size())
      return Failure<ActionRefusal>({ActionRefusal::Kind::unknown, "it is not watched"});
    round.answers = {world_.own_cell(to, node)};
    world_.take(std::move(round));
    page_->offer(world_.state().last_round);
    return {};
  }

 private:
  void mark() {
    for (Problem& problem : world_.change_state().problems)
      problem.silenced = silenced_by(world_.state().silences, problem, world_.now());
    ++world_.change_state().revision;
  }
  void tell(ProblemStep step, const Problem& problem) {
    ProblemEvent event{.number = 0, .at = world_.now(), .step = step, .problem = problem};
    static_cast<void>(world_.store()->add_event(event));
    page_->tell(event);
    ++world_.change_state().revision;
  }

  test::PageWorld& world_;
  WatchPage* page_ = nullptr;
  uint64_t silences_ = 0;
};

class Input final : public DescriptorWatch {
 public:
  Input(EpollLoop& loop, test::PageWorld& world, WatchPage& page)
      : DescriptorWatch(loop, STDIN_FILENO, Interest::read, Trigger::level), world_(world), page_(page) {}
  bool ended() const { return ended_; }

 private:
  void on_readiness(Readiness) override {
    char buffer[256];
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
    if (count <= 0) {
      ended_ = true;
      return;
    }
    bytes_.append(buffer, static_cast<size_t>(count));
    for (size_t end = 0; (end = bytes_.find('\n')) != std::string::npos; bytes_.erase(0, end + 1))
      obey(bytes_.substr(0, end));
  }

  void obey(const std::string& line) {
    if (line.starts_with("trouble ")) {
      world_.change_state().troubles.push_back(line.substr(8));
      ++world_.change_state().revision;
    }
    if (line == "late") world_.set_now({world_.now().unix_seconds + 600});
    if (line == "break") play(ProblemStep::opened, ProblemState::open);
    if (line == "mend") play(ProblemStep::resolved, ProblemState::resolved);
  }

  void play(ProblemStep step, ProblemState state) {
    RoundRecord round;
    world_.finish(round);
    round.problems = {world_.misdirected_problem()};
    Problem fresh = world_.problem("f4e5", ProblemKind::protocol_changed, Severity::error,
                                   "h2 disappeared on 192.0.2.9:443");
    fresh.nodes = {"192.0.2.9:443"};
    fresh.state = state;
    if (state == ProblemState::resolved) fresh.closed = world_.now();
    round.events.push_back({0, world_.now(), step, fresh});
    round.problems.push_back(fresh);
    world_.take(std::move(round));
    page_.offer(world_.state().last_round);
  }

  test::PageWorld& world_;
  WatchPage& page_;
  std::string bytes_;
  bool ended_ = false;
};

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  test::PageWorld world(std::strtoul(words[1], nullptr, 10), std::strtoul(words[2], nullptr, 10));
  world.add_history(std::atoi(words[3]), 1);
  RoundRecord round = world.whole_round();
  round.problems = {world.misdirected_problem()};
  world.take(std::move(round));

  EpollLoop loop;
  SocketNetwork network(loop);
  auto listener = network.listen(Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1})));
  if (!listener) return 2;
  WorldActions actions(world);
  if (count > 4) world.can_change = &actions;
  WatchPage page(loop, world, "test");
  actions.show_on(page);
  web::Site site{.configured = (*listener)->local(), .routes = page.routes()};
  if (count > 4) site.token = web::BearerToken(words[4]);
  Input input(loop, world, page);
  const SpawnedTask running = loop.spawn(page.run());
  const SpawnedTask serving = loop.spawn(web::serve(loop, **listener, site));
  std::printf("%d\n", (*listener)->local().port.number());
  std::fflush(stdout);
  while (!input.ended()) loop.turn();
  return 0;
}
