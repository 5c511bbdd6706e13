// Sends requests through client::Client, so many at once, and prints "REQUESTS BODY_BYTES CPU_SECONDS
// SECONDS" (user and system time of this process) for what came after one request of each of them:
//   client_astray h1|h2 AT_ONCE REQUESTS URL AUTHORITIES.pem
// h2: one connection; h1: a connection for each of them. The URL's host is taken to be 127.0.0.1.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>

#include "client/client.h"
#include "io/cares_resolver.h"
#include "io/socket_network.h"
#include "io/task_group.h"

using namespace astray;

namespace {

[[noreturn]] void give_up(std::string_view why) {
  fmt::print(stderr, "client_astray: {}\n", why);
  std::exit(2);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Counts the body and drops it.
class Discard final : public client::ResponseConsumer {
 public:
  void on_head(const client::ResponseHead&, client::BodyFlow&) override {}
  client::Demand on_body(std::string_view bytes) override {
    bytes_ += bytes.size();
    return client::Demand::more;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  uint64_t bytes_ = 0;
};

struct Work {
  Loop& loop;
  client::Client& client;
  const client::Request& request;
  size_t left;  ///< requests that nobody has begun
  Discard discard{};
};

Task<void> ask(Work& work, size_t most) {
  for (; most != 0 && work.left != 0; --most) {
    --work.left;
    Task<client::FetchReport> fetching = work.client.fetch(work.request, work.discard);
    const client::FetchReport report = co_await std::move(fetching);
    if (report.failure) give_up(report.failure->sentence);
    if (report.status != 200) give_up(fmt::format("status {}", report.status));
  }
}

/// `at_once` askers, each for at most `most` requests.
Task<void> ask_all(Work& work, size_t at_once, size_t most) {
  TaskGroup askers(work.loop, at_once);
  for (size_t i = 0; i < at_once; ++i) {
    Task<void> starting = askers.start(ask(work, most));
    co_await std::move(starting);
  }
  Task<void> ending = askers.all_ended();
  co_await std::move(ending);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) give_up("usage: client_astray h1|h2 AT_ONCE REQUESTS URL AUTHORITIES.pem");
  const bool h2 = std::string_view(argv[1]) == "h2";
  const auto at_once = static_cast<size_t>(std::atol(argv[2]));
  const auto requests = static_cast<size_t>(std::atol(argv[3]));
  auto url = Url::parse(argv[4]);
  if (!url) give_up(describe(url.error()));
  auto trust = tls::TrustStore::load(argv[5]);
  if (!trust) give_up(trust.error().message);

  client::Settings settings;
  settings.trust = *trust;
  settings.wall_clock = [] { return Instant{std::time(nullptr)}; };
  settings.connections_per_origin = static_cast<uint32_t>(at_once);
  settings.streams_per_connection = static_cast<uint32_t>(at_once);
  settings.resolve.push_back({{}, {}, {IpAddress::v4({127, 0, 0, 1})}});
  EpollLoop loop;
  SocketNetwork network(loop);
  CaresResolver resolver(loop);
  client::Client client(loop, network, resolver, std::move(settings));
  client::Request request{.url = *url};
  request.versions = h2 ? client::HttpVersions::h2_or_h1 : client::HttpVersions::h1_only;

  Work warm_up{loop, client, request, requests == 1 ? 0 : at_once};
  if (!loop.run_until_done(ask_all(warm_up, at_once, 1))) give_up("stalled");
  Work work{loop, client, request, requests};
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const double cpu_before = cpu_seconds();
  if (!loop.run_until_done(ask_all(work, at_once, requests))) give_up("stalled");
  const double cpu = cpu_seconds() - cpu_before;
  const std::chrono::duration<double> seconds = Clock::now() - began;
  const uint64_t expected = h2 ? 1 : at_once;
  if (client.counters().opened != expected)
    give_up(fmt::format("{} connections instead of {}", client.counters().opened, expected));
  fmt::print("{} {} {:.6f} {:.6f}\n", requests, work.discard.bytes(), cpu, seconds.count());
  if (!loop.run_until_done(client.close())) give_up("stalled");
}
