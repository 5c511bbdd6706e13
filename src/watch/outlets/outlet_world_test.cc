#include "watch/outlets/outlet_world_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/ascii.h"
#include "io/sleep.h"

namespace astray::watch::test {
namespace {

client::Settings http_settings(const fake::VirtualLoop& loop) {
  client::Settings settings;
  settings.wall_clock = [&loop] {
    return Instant{OutletWorld::began.unix_seconds +
                   std::chrono::duration_cast<std::chrono::seconds>(loop.elapsed()).count()};
  };
  return settings;
}

size_t length_of(std::string_view head) {
  Received received;
  received.head = std::string(head);
  const std::string length = received.field("Content-Length");
  return length.empty() ? 0 : std::stoul(length);
}

}  // namespace

std::string Received::field(std::string_view name) const {
  for (size_t begin = 0; begin < head.size();) {
    const size_t end = std::min(head.find("\r\n", begin), head.size());
    const std::string_view line = std::string_view(head).substr(begin, end - begin);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && ascii_iequals(line.substr(0, colon), name))
      return std::string(ascii_trim(line.substr(colon + 1)));
    begin = end + 2;
  }
  return "";
}

Response Response::status(int status, const std::string& body, const std::string& fields) {
  return {fmt::format("HTTP/1.1 {} x\r\n{}Content-Length: {}\r\n\r\n{}", status, fields, body.size(), body)};
}

OutletWorld::OutletWorld()
    : network(loop), resolver(loop), sender_(loop, network, resolver, http_settings(loop)) {
  up();
}

void OutletWorld::up() {
  serving_ = std::make_unique<TaskGroup>(loop, 100);
  listener_ = std::move(*network.listen(*Endpoint::parse("192.0.2.9:8080")));
  listening_ = loop.spawn(listen());
}

void OutletWorld::down() {
  listening_.cancel();
  serving_.reset();
  listener_.reset();
}

Task<void> OutletWorld::listen() {
  for (;;) {
    auto stream = co_await listener_->accept();
    if (!stream) co_return;
    Task<void> serving = serve(std::move(*stream), ++connections_);
    co_await serving_->start(std::move(serving));
  }
}

Task<void> OutletWorld::serve(std::unique_ptr<Stream> stream, uint64_t number) {
  std::string bytes;
  char buffer[4096];
  for (;;) {
    const size_t head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos || bytes.size() < head_end + 4 + length_of(bytes.substr(0, head_end))) {
      const ReadResult count = co_await stream->read_some(buffer);
      if (!count || *count == 0) co_return;
      bytes.append(buffer, *count);
      continue;
    }
    const size_t size = length_of(bytes.substr(0, head_end));
    received.push_back({bytes.substr(0, head_end), bytes.substr(head_end + 4, size), loop.elapsed(), number});
    bytes.erase(0, head_end + 4 + size);
    Response response;
    if (!responses.empty()) {
      response = responses.front();
      responses.pop_front();
    }
    if (response.closes) co_return;
    if (!response.bytes.empty()) {
      const auto written = co_await stream->write_all(response.bytes);
      if (!written) co_return;
    }
  }
}

namespace {

Task<void> sleep_task(Loop& loop, Duration duration) {
  co_await sleep_for(loop, duration);
}

}  // namespace

void OutletWorld::run_for(Duration duration) {
  ASSERT_TRUE(loop.run_until_done(sleep_task(loop, duration)));
}

Instant OutletWorld::now() const {
  return http_settings(loop).wall_clock();
}

OutletTools OutletWorld::tools() {
  return {loop, sender_, [this] { return &store; }, [this] { return now(); }, 7, "1.2.3"};
}

void OutletWorld::add_round(Outlet& outlet, RoundRecord round) {
  std::vector<Parcel> parcels;
  if (const auto payload = outlet.parcel(round)) parcels.push_back({0, outlet.name(), *payload});
  const Stored<void> added = store.add_round(round, parcels);
  EXPECT_EQ(added.has_value(), !store.fails);
  outlet.offer(std::make_shared<const RoundRecord>(std::move(round)));
}

Problem problem_of(const std::string& id, ProblemState state) {
  Problem problem;
  problem.id = id;
  problem.kind = ProblemKind::certificate_gap;
  problem.cause_key = id;
  problem.severity = Severity::error;
  problem.state = state;
  problem.from = problem.to = id + ".example";
  problem.sentence = "the certificate does not cover " + problem.to;
  problem.nodes = {"192.0.2.1:443"};
  problem.affected_names = {problem.to};
  problem.first_seen = problem.last_seen = OutletWorld::began;
  problem.opened = OutletWorld::began;
  return problem;
}

ProblemEvent event_of(ProblemStep step, const Problem& problem) {
  return {0, problem.last_seen, step, problem};
}

RoundRecord round_of(ProblemStep step, const std::string& id) {
  const bool lasts = step == ProblemStep::opened || step == ProblemStep::grown;
  Problem problem = problem_of(id, lasts ? ProblemState::open : ProblemState::resolved);
  if (!lasts) problem.closed = {OutletWorld::began.unix_seconds + 60};
  RoundRecord round;
  round.began = OutletWorld::began;
  round.events.push_back(event_of(step, problem));
  if (lasts) round.problems.push_back(problem);
  return round;
}

}  // namespace astray::watch::test
