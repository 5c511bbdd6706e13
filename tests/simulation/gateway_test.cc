// Clients, the gateway and origins that fail anywhere, by seed. Whatever happens: no virtual host gets a
// request that its connection may not carry, no answer goes to another request, every request ends, and when
// all is over nothing is left.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "client/client.h"
#include "io/sleep.h"
#include "io/task_group.h"
#include "simulation/fetch_world.h"
#include "simulation/gateway_world.h"

namespace astray::simulation {
namespace {

using namespace std::chrono_literals;

/// shared.pem covers all names but that of `own`.
/// On a connection of `a` a client may also ask for w; p has another TLS policy, n wants connections of its
/// own.
const std::map<std::string, std::set<std::string>> may_be_asked_on{
    {"a", {"a", "w"}}, {"w", {"a", "w"}}, {"p", {"p"}}, {"n", {"n"}}, {"own", {"own"}}};
const std::vector<std::string> labels{"a", "w", "p", "n", "own"};

std::string host_of(const std::string& label) {
  return label + ".example";
}

std::string yaml_of(std::string_view backs_protocol) {
  std::string yaml = "listeners: {tls: {address: \"10.0.0.1:443\"}}\nvirtual_hosts:\n";
  for (const std::string& label : labels) {
    const char* more = label == "p" ? ", tls: {minimum: TLSv1.3}" : label == "n" ? ", coalesce: never" : "";
    const char* certificate = label == "own" ? "own" : "shared";
    yaml += fmt::format(
        "  {0}: {{names: [{0}.example], certificates: [{{certificate: {1}.pem, key: {1}.key}}], "
        "routes: [{{backs: [{0}]}}]{2}}}\n",
        label, certificate, more);
  }
  yaml += "backs:\n";
  for (size_t i = 0; i < labels.size(); ++i)
    yaml += fmt::format(
        "  {}: {{addresses: [\"10.0.1.{}:443\"], protocol: {}, verify: off, timeouts: {{response: 5s}}, "
        "limits: {{connections: 3}}}}\n",
        labels[i], i + 1, backs_protocol);
  return yaml + "operation: {peers: {timeouts: {header: 5s, body: 5s, idle: 20s, write: 5s}}}\n";
}

class Chance {
 public:
  explicit Chance(uint64_t seed) : random_(seed * 2654435761u + 7) {}
  size_t below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(random_); }
  bool one_in(size_t bound) { return below(bound) == 0; }

 private:
  std::mt19937_64 random_;
};

enum class Weather : uint8_t { fair, foul };

fake::LinkDirection direction(Chance& chance, Weather weather) {
  fake::LinkDirection made;
  made.delivery = std::array{fake::Delivery::whole, fake::Delivery::whole, fake::Delivery::random_size,
                             fake::Delivery::one_byte}[chance.below(4)];
  if (weather == Weather::fair) return made;
  if (chance.one_in(4)) made.reset_after = chance.below(40'000);
  if (chance.one_in(8)) made.silent_after = chance.below(40'000);
  return made;
}

class GatewaySimulation {
 public:
  GatewaySimulation(uint64_t seed, Weather weather)
      : chance_(seed), weather_(weather), network_(loop_, seed), resolver_(loop_) {
    files_.issue("shared", {"a.example", "w.example", "p.example", "n.example"});
    files_.issue("own", {"own.example"});
    yaml_ = yaml_of(chance_.one_in(2) ? "h2" : "https");
    for (size_t i = 0; i < labels.size(); ++i) add_origin(i);
    gateway_ = std::make_unique<GatewayInMemory>(loop_, network_, resolver_, seed);
    gateway_->adopt(files_.build(yaml_, ++generation_));
    client::Settings settings;
    settings.trust = tls::TrustStore::parse(files_.authority(), "the gateway").value();
    settings.wall_clock = [] { return test_time(); };
    for (int i = 0; i < 3; ++i)
      clients_.push_back(std::make_unique<client::Client>(loop_, network_, resolver_, settings));
    for (const std::string& label : labels)
      resolver_.set(Hostname::parse(host_of(label)).value(), {IpAddress::v4({10, 0, 0, 1})});
  }

  void run(size_t requests);
  void check() const;
  void end();

 private:
  struct Exchanged {
    std::string label, target, expected;
    Fetched fetched;
    bool ended = false;
  };
  static Instant test_time();
  void add_origin(size_t i);
  std::optional<Answered> answer(const std::string& label, const Asked& asked);
  Task<void> ask(Exchanged& exchanged);
  Task<void> disturb();
  Task<void> all(size_t requests);
  Task<void> pause(Duration duration);
  void change_links();

  Chance chance_;
  Weather weather_;
  fake::VirtualLoop loop_;
  fake::Network network_;
  fake::Resolver resolver_;
  GatewayFiles files_;
  std::string yaml_;
  uint64_t generation_ = 0;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::unique_ptr<GatewayInMemory> gateway_;
  std::vector<std::unique_ptr<client::Client>> clients_;
  std::deque<Exchanged> exchanged_;
  bool asking_ = true;
};

Instant GatewaySimulation::test_time() {
  return Instant{1793491200};  // 2026-11-01
}

void GatewaySimulation::add_origin(size_t i) {
  OriginOptions options;
  options.sites = {{.name = host_of(labels[i]), .body = ""}};
  options.answer = [this, label = labels[i]](const Asked& asked) { return answer(label, asked); };
  if (chance_.one_in(3)) options.requests_per_connection = 3;
  origins_.push_back(std::make_unique<Origin>(
      loop_, network_, Endpoint::parse(fmt::format("10.0.1.{}:443", i + 1)).value(), std::move(options)));
}

/// Says who was asked for what, so that a client can tell whose answer it holds.
std::optional<Answered> GatewaySimulation::answer(const std::string& label, const Asked& asked) {
  EXPECT_EQ(asked.host, host_of(label)) << "a request crossed to another virtual host's back";
  Answered answered{.status = 200,
                    .body = fmt::format("{} {} {} {}", label, asked.host, asked.target, asked.body)};
  if (weather_ == Weather::fair) return answered;
  if (chance_.one_in(10)) answered.status = 421;
  if (chance_.one_in(20)) answered.speech = Speech::never;
  if (chance_.one_in(20)) answered.speech = Speech::half;
  if (chance_.one_in(20) && asked.protocol == Protocol::h2)
    answered.speech = chance_.one_in(2) ? Speech::refused : Speech::reset;
  return answered;
}

Task<void> GatewaySimulation::pause(Duration duration) {
  SleepUntil sleeping = sleep_for(loop_, duration);
  co_await sleeping;
}

Task<void> GatewaySimulation::ask(Exchanged& exchanged) {
  Task<void> waiting = pause(std::chrono::milliseconds(chance_.below(3000)));
  co_await std::move(waiting);
  client::Request request{.url =
                              Url::parse("https://" + host_of(exchanged.label) + exchanged.target).value()};
  std::string body;
  if (chance_.one_in(3)) {
    request.method = chance_.one_in(2) ? "POST" : "PUT";
    body = std::string(chance_.below(chance_.one_in(4) ? 90'000 : 300), 'b') + exchanged.target;
    request.body = body;
  }
  exchanged.expected =
      fmt::format("{} {} {} {}", exchanged.label, host_of(exchanged.label), exchanged.target, body);
  exchanged.fetched.kept = std::make_unique<Kept>();
  client::Client& client = *clients_[chance_.below(clients_.size())];
  Task<client::FetchReport> fetching = client.fetch(std::move(request), *exchanged.fetched.kept);
  exchanged.fetched.report = co_await std::move(fetching);
  exchanged.ended = true;
}

void GatewaySimulation::change_links() {
  network_.set_default_link({.latency = std::chrono::microseconds(100 + chance_.below(5000)),
                             .to_server = direction(chance_, weather_),
                             .to_client = direction(chance_, weather_)});
}

Task<void> GatewaySimulation::disturb() {
  while (asking_) {
    Task<void> waiting = pause(std::chrono::milliseconds(50 + chance_.below(200)));
    co_await std::move(waiting);
    change_links();
    if (chance_.one_in(4)) gateway_->adopt(files_.build(yaml_, ++generation_));
    if (weather_ == Weather::foul && chance_.one_in(6)) gateway_->abort_one(chance_.below(8));
  }
}

Task<void> GatewaySimulation::all(size_t requests) {
  TaskGroup group(loop_, SIZE_MAX);
  for (size_t i = 0; i < requests; ++i) {
    Exchanged& exchanged = exchanged_.emplace_back();
    exchanged.label = labels[chance_.below(labels.size())];
    exchanged.target = fmt::format("/request-{}", i);
    Task<void> starting = group.start(ask(exchanged));
    co_await std::move(starting);
  }
  Task<void> ending = group.all_ended();
  co_await std::move(ending);
}

void GatewaySimulation::run(size_t requests) {
  SpawnedTask disturbing = loop_.spawn(disturb());
  const Duration began = loop_.elapsed();
  ASSERT_TRUE(loop_.run_until_done(all(requests))) << "the loop stalled";
  EXPECT_LT(loop_.elapsed() - began, 10min);
  asking_ = false;
}

void GatewaySimulation::check() const {
  for (const Exchanged& each : exchanged_) {
    SCOPED_TRACE(fmt::format("{}{}: {}", each.label, each.target, each.fetched.text().substr(0, 200)));
    EXPECT_TRUE(each.ended);
    const client::FetchReport& report = each.fetched.report;
    EXPECT_NE(report.status, 421) << "a fresh connection was promised to do";
    if (weather_ == Weather::fair) {
      EXPECT_FALSE(report.failure);
      EXPECT_EQ(report.status, 200);
    }
    if (report.status != 200) continue;
    // What was broken off is the beginning of the right answer, and of no other.
    EXPECT_TRUE(each.expected.starts_with(each.fetched.kept->body));
    EXPECT_TRUE(report.failure || each.fetched.kept->body == each.expected);
  }
  for (const Served& each : gateway_->served) {
    if (each.answer != Answer::serve) continue;
    EXPECT_TRUE(may_be_asked_on.at(each.handshake).contains(each.virtual_host))
        << each.virtual_host << " on a connection of " << each.handshake;
    EXPECT_EQ(each.authority, host_of(each.virtual_host));
  }
}

void GatewaySimulation::end() {
  gateway_->drain();
  ASSERT_TRUE(loop_.run_until_done(pause(10s)));
  clients_.clear();
  ASSERT_TRUE(loop_.run_until_done(pause(2min)));
  EXPECT_EQ(gateway_->open(), 0u);
  EXPECT_EQ(gateway_->back_connections(), 0u);
}

class GatewayBySeed : public ::testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, GatewayBySeed, testing::Range<uint64_t>(1, 21));

TEST_P(GatewayBySeed, InFairWeatherEveryRequestGetsItsOwnAnswer) {
  GatewaySimulation simulation(GetParam(), Weather::fair);
  simulation.run(60);
  simulation.check();
  simulation.end();
}

TEST_P(GatewayBySeed, InFoulWeatherNoneGetsAnothers) {
  GatewaySimulation simulation(GetParam(), Weather::foul);
  simulation.run(60);
  simulation.check();
  simulation.end();
}

}  // namespace
}  // namespace astray::simulation
