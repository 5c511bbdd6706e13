#include "proxy/operation/metrics.h"

#include <gtest/gtest.h>

#include <ctime>
#include <thread>

#include <fmt/format.h>

#include "support/golden.h"
#include "support/prometheus_parser.h"
#include "web/process_facts.h"

namespace astray::proxy {
namespace {

using namespace std::chrono_literals;
using astray::test::ParsedMetrics;

ParsedMetrics parsed(const Metrics& metrics, const MetricsState& state = {}) {
  std::string text;
  metrics.append_text(text, state);
  ParsedMetrics result = astray::test::parse_metrics(text, "astray_gateway_");
  for (const std::string& problem : result.problems) ADD_FAILURE() << problem;
  return result;
}

TEST(Metrics, AreSumsOverTheWorkers) {
  Metrics metrics(2);
  const BackSlot app = metrics.slot_of("app");
  const BackSlot idle = metrics.slot_of("idle");
  EXPECT_EQ(metrics.slot_of("app"), app);
  EXPECT_NE(idle, app);
  for (size_t i = 0; i < 2; ++i) {
    WorkerMetrics& worker = metrics.worker(i);
    worker.connection_opened();
    worker.connection_opened();
    worker.handshake_done(tls::Version::tls1_3, WorkerMetrics::Session::resumed);
    worker.handshake_failed(tls::FailureKind::server_name_refused);
    worker.judged(Answer::misdirected, Reason::certificate_gap);
    worker.judged(Answer::serve, Reason::coalesced);
    worker.judged(Answer::serve, Reason::own_name);
    worker.judged(Answer::not_found, Reason::unowned);
    worker.request_ended(Protocol::h2, 421, 2ms);
    worker.back_connection(app, BackConnectionEvent::opened);
    worker.back_answered(app, 3ms);
    worker.back_failed(app, BackFailure::Kind::timed_out);
    worker.back_retried_after_421(app);
  }
  metrics.worker(0).connection_closed();
  metrics.worker(0).handshake_timed_out();
  metrics.worker(1).judged(Answer::bad_request, Reason::authority_malformed);
  metrics.worker(1).request_ended(Protocol::h1, 0, 1h);

  const ParsedMetrics read = parsed(metrics);
  using Labels = std::map<std::string, std::string>;
  struct Case {
    const char* name;
    Labels labels;
    double expected;
  };
  const Case cases[] = {
      {"connections_total", {}, 4},
      {"connections_open", {}, 3},
      {"handshakes_total", {{"version", "TLSv1.3"}, {"resumed", "true"}, {"outcome", "done"}}, 2},
      {"handshakes_total", {{"version", "TLSv1.3"}, {"resumed", "false"}, {"outcome", "done"}}, 0},
      {"handshakes_total",
       {{"version", "none"}, {"resumed", "false"}, {"outcome", "server_name_refused"}},
       2},
      {"handshakes_total", {{"version", "none"}, {"resumed", "false"}, {"outcome", "timed_out"}}, 1},
      {"misdirected_total", {{"reason", "certificate-gap"}}, 2},
      {"misdirected_total", {{"reason", "unowned"}}, 0},
      {"bad_requests_total", {{"reason", "authority-malformed"}}, 1},
      {"coalesced_requests_total", {}, 2},
      {"requests_total", {{"protocol", "h2"}, {"status_class", "4xx"}}, 2},
      {"requests_total", {{"protocol", "h1"}, {"status_class", "none"}}, 1},
      {"requests_total", {{"protocol", "h1"}, {"status_class", "2xx"}}, 0},
      {"request_duration_seconds_bucket", {{"le", "0.001"}}, 0},
      {"request_duration_seconds_bucket", {{"le", "0.0025"}}, 2},
      {"request_duration_seconds_bucket", {{"le", "60"}}, 2},
      {"request_duration_seconds_bucket", {{"le", "+Inf"}}, 3},
      {"request_duration_seconds_sum", {}, 3600.004},
      {"back_connections_total", {{"back", "app"}, {"event", "opened"}}, 2},
      {"back_connections_total", {{"back", "idle"}, {"event", "opened"}}, 0},
      {"back_requests_total", {{"back", "app"}, {"outcome", "answered"}}, 2},
      {"back_requests_total", {{"back", "app"}, {"outcome", "timed-out"}}, 2},
      {"back_retries_after_421_total", {{"back", "app"}}, 2},
      {"back_duration_seconds_count", {{"back", "app"}}, 2},
  };
  for (const Case& c : cases) {
    const auto value = read.value(std::string("astray_gateway_") + c.name, c.labels);
    ASSERT_TRUE(value) << c.name;
    EXPECT_DOUBLE_EQ(*value, c.expected) << c.name;
  }
}

TEST(Metrics, StateOfTheProcess) {
  const Metrics metrics(1);
  MetricsState state;
  state.version = "1.2\"\n\\\xff";
  state.generation = 3;
  state.reloads_done = 2;
  state.reloads_failed = 1;
  state.last_reload_seconds = 1764341150.25;
  state.serving = MetricsState::Serving::draining;
  state.log = {10, 4, 2};
  state.process = web::read_process_facts();
  const ParsedMetrics read = parsed(metrics, state);
  EXPECT_EQ(read.value("astray_gateway_build_info", {{"version", "1.2\"\n\\\xef\xbf\xbd"}}), 1);
  EXPECT_EQ(read.value("astray_gateway_configuration_generation"), 3);
  EXPECT_EQ(read.value("astray_gateway_configuration_reloads_total", {{"outcome", "failed"}}), 1);
  EXPECT_EQ(read.value("astray_gateway_configuration_last_reload_success_timestamp_seconds"), 1764341150.25);
  EXPECT_EQ(read.value("astray_gateway_draining"), 1);
  EXPECT_EQ(read.value("astray_gateway_log_lines_total"), 10);
  EXPECT_EQ(read.value("astray_gateway_log_lines_dropped_total"), 4);
  EXPECT_EQ(read.value("astray_gateway_log_failures_total"), 2);
  EXPECT_GT(read.value("process_resident_memory_bytes").value_or(0), 100'000);
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_NEAR(read.value("process_start_time_seconds").value_or(0), now, 600) << "the test runs for less";
  EXPECT_GT(read.value("process_open_fds").value_or(0), 2);
}

TEST(Metrics, LabelsOfBacksAreBounded) {
  Metrics metrics(1);
  for (size_t i = 0; i < most_back_slots + 10; ++i)
    metrics.worker(0).back_answered(metrics.slot_of(fmt::format("b{}", i)), 1ms);
  EXPECT_EQ(metrics.slot_of("b0"), BackSlot{0});
  EXPECT_EQ(metrics.slot_of("another"), BackSlot{most_back_slots});
  const ParsedMetrics read = parsed(metrics);
  EXPECT_EQ(read.value("astray_gateway_back_requests_total", {{"back", "(other)"}, {"outcome", "answered"}}),
            10);
  EXPECT_EQ(read.value("astray_gateway_back_requests_total", {{"back", "b1023"}, {"outcome", "answered"}}),
            1);
}

// Also under TSan: one thread for each worker counts while another reads, and no counter ever goes back.
TEST(Metrics, AreReadWhileWorkersCount) {
  constexpr uint64_t requests = 20'000;
  Metrics metrics(3);
  std::atomic<size_t> running{metrics.workers()};
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < metrics.workers(); ++i)
    threads.emplace_back([&metrics, &running, i] {
      WorkerMetrics& worker = metrics.worker(i);
      for (uint64_t n = 0; n < requests; ++n) {
        worker.connection_opened();
        worker.request_ended(Protocol::h1, 200, std::chrono::microseconds(n));
        if (n % 64 == 0) worker.back_answered(metrics.slot_of(fmt::format("b{}", n % 7)), 1ms);
        worker.connection_closed();
      }
      --running;
    });
  std::map<std::pair<std::string, std::map<std::string, std::string>>, double> before;
  while (running > 0) {
    const ParsedMetrics read = parsed(metrics);
    for (const auto& family : read.families) {
      if (family.type == "gauge") continue;
      for (const auto& sample : family.samples) {
        double& last = before[{sample.name, sample.labels}];
        EXPECT_GE(sample.value, last) << sample.name;
        last = sample.value;
      }
    }
    EXPECT_LE(read.value("astray_gateway_connections_open").value_or(1e9), 3.0 * requests);
  }
  threads.clear();
  const ParsedMetrics read = parsed(metrics);
  EXPECT_EQ(read.value("astray_gateway_requests_total", {{"protocol", "h1"}, {"status_class", "2xx"}}),
            3.0 * requests);
  EXPECT_EQ(read.value("astray_gateway_connections_open"), 0);
}

TEST(Metrics, StandInTheReference) {
  Metrics metrics(1);
  metrics.slot_of("app");
  MetricsState state;
  state.last_reload_seconds = 1;
  state.process = {1, 1, 1, 1, 1, 1, 1};
  std::string table;
  for (const astray::test::MetricFamily& family : parsed(metrics, state).families)
    table += fmt::format("| `{}` | {} | {} |\n", family.name, family.type, family.help);
  const std::string page = astray::test::read_file(std::string(ASTRAY_SOURCE_DIR) + "/docs/gateway-admin.md");
  EXPECT_NE(page.find("|---|---|---|\n" + table + "\n"), std::string::npos) << "the table should be:\n"
                                                                            << table;
}

}  // namespace
}  // namespace astray::proxy
