#include "watch/outlets/metrics_outlet.h"

#include <gtest/gtest.h>

#include "io/fake/virtual_loop.h"
#include "support/prometheus_parser.h"

namespace astray::watch {
namespace {

using namespace std::chrono_literals;
using astray::test::MetricFamily;
using astray::test::ParsedMetrics;

CellRecord cell(const std::string& node, const std::string& sni, const std::string& authority,
                CellVerdict verdict) {
  CellRecord record;
  record.key.node = node;
  record.key.sni = sni;
  record.key.authority = authority;
  record.answer.verdict = verdict;
  record.answer.status = 200;
  record.took = 3ms;
  return record;
}

CellRecord own(const std::string& node, const std::string& name, CellVerdict verdict = CellVerdict::own) {
  return cell(node, name, name, verdict);
}

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() { state.version = "1.2.3"; }
  void offer(std::vector<CellRecord> cells, Instant began = {1'764'400'000}) {
    RoundRecord round;
    round.began = began;
    round.answers = std::move(cells);
    offer(std::move(round));
  }
  void offer(RoundRecord round) {
    const auto shared = std::make_shared<const RoundRecord>(std::move(round));
    outlet->offer(shared);
    state.last_round = shared;
  }
  ParsedMetrics parsed() const {
    ParsedMetrics metrics = astray::test::parse_metrics(outlet->text(state, all, {}), "astray_");
    EXPECT_EQ(metrics.problems, std::vector<std::string>());
    return metrics;
  }
  size_t series(const std::string& family) const {
    for (const MetricFamily& each : parsed().families)
      if (each.name == family) return each.samples.size();
    return 0;
  }

  fake::VirtualLoop loop;
  std::unique_ptr<MetricsOutlet> outlet = std::make_unique<MetricsOutlet>(
      loop, MetricLimits{.baselines = 4, .pairs = 2, .names = 1, .certificates = 1, .nodes = 2, .logs = 1});
  std::vector<std::unique_ptr<Outlet>> all;
  WatchState state;
};

TEST_F(MetricsTest, AnEmptyWatcherHasWellFormedMetrics) {
  const ParsedMetrics metrics = parsed();
  EXPECT_EQ(metrics.value("astray_build_info", {{"version", "1.2.3"}}), 1);
  EXPECT_EQ(metrics.value("astray_problems",
                          {{"kind", "certificate-gap"}, {"severity", "error"}, {"state", "open"}}),
            0);
  EXPECT_EQ(series("astray_problems"), 16u * 3 * 2);
}

TEST_F(MetricsTest, SuccessNeedsEveryAlpnAndSomeClientCertificate) {
  CellRecord h1 = own("n1", "a", CellVerdict::own);
  h1.key.alpn = AlpnOffer::h1;
  const CellRecord h2_fails = own("n1", "a", CellVerdict::failed);
  const CellRecord without = own("n2", "a", CellVerdict::rejected_handshake);
  CellRecord with = own("n2", "a", CellVerdict::indistinct);
  with.key.client_certificate = 1;
  offer({h1, h2_fails, without, with});
  EXPECT_EQ(parsed().value("astray_probe_success", {{"node", "n1"}, {"name", "a"}}), 0);
  EXPECT_EQ(parsed().value("astray_probe_success", {{"node", "n2"}, {"name", "a"}}), 1);
}

TEST_F(MetricsTest, TheNameThatNobodyConfiguresIsNoName) {
  offer({own("n1", "unknown.invalid"), own("n1", "a")});
  EXPECT_EQ(series("astray_probe_success"), 1u);
}

TEST_F(MetricsTest, WhatALaterRoundDidNotAskStaysAsItWas) {
  offer({own("n1", "a", CellVerdict::failed), own("n1", "b")});
  offer({own("n1", "b")});
  EXPECT_EQ(parsed().value("astray_probe_success", {{"node", "n1"}, {"name", "a"}}), 0);
}

TEST_F(MetricsTest, APairIsThereWhileItIsMisdirectedWithItsWorstAnswer) {
  CellRecord reused = cell("n1", "a", "b", CellVerdict::authentication_bypass);
  reused.key.use = ConnectionUse::reused;
  offer({cell("n1", "a", "b", CellVerdict::misdirected), reused,
         cell("n1", "a", "c", CellVerdict::rejected_421)});
  EXPECT_EQ(series("astray_pair_verdict"), 1u);
  EXPECT_EQ(
      parsed().value("astray_pair_verdict",
                     {{"node", "n1"}, {"from", "a"}, {"to", "b"}, {"verdict", "authentication-bypass"}}),
      1);
  reused.answer.verdict = CellVerdict::own;
  offer({cell("n1", "a", "b", CellVerdict::own), reused});
  EXPECT_EQ(series("astray_pair_verdict"), 0u);
}

TEST_F(MetricsTest, AMisdirectionThatNobodyAsksAboutIsForgottenAfterADay) {
  offer({cell("n1", "a", "b", CellVerdict::misdirected)}, {1'000'000});
  offer({own("n1", "a")}, {1'000'000 + 24 * 3600});
  EXPECT_EQ(series("astray_pair_verdict"), 1u);
  offer({own("n1", "a")}, {1'000'001 + 24 * 3600});
  EXPECT_EQ(series("astray_pair_verdict"), 0u);
}

TEST_F(MetricsTest, DivergenceCountsTheNodesThatDifferFromMost) {
  outlet = std::make_unique<MetricsOutlet>(loop);
  CellRecord other_status = own("n3", "a");
  other_status.answer.status = 503;
  offer({own("n1", "a"), own("n2", "a", CellVerdict::indistinct), other_status, own("n1", "b"),
         own("n2", "b")});
  EXPECT_EQ(parsed().value("astray_parity_divergence", {{"name", "a"}}), 1);
  EXPECT_EQ(series("astray_parity_divergence"), 1u);
  EXPECT_EQ(parsed().value("astray_parity_divergent_names"), 1);
}

TEST_F(MetricsTest, ACertificateIsThereWhileANameIsAnsweredWithIt) {
  outlet = std::make_unique<MetricsOutlet>(loop);
  RoundRecord round;
  round.answers = {own("n1", "a")};
  round.answers[0].answer.certificate = std::string(64, 'a');
  round.certificates = {{std::string(64, 'a'), {"a", "b"}, "CN=a", "CN=ca", {0}, {1'900'000'000}}};
  offer(round);
  EXPECT_EQ(parsed().value("astray_certificate_not_after_timestamp_seconds",
                           {{"certificate", std::string(16, 'a')}, {"name", "a"}}),
            1'900'000'000);
  round.answers[0].answer.certificate = std::string(64, 'b');
  round.certificates = {{std::string(64, 'b'), {}, "CN=a", "CN=ca", {0}, {1'950'000'000}}};
  offer(round);
  EXPECT_EQ(series("astray_certificate_not_after_timestamp_seconds"), 1u);
  EXPECT_EQ(parsed().value("astray_certificate_not_after_timestamp_seconds",
                           {{"certificate", std::string(16, 'b')}, {"name", "CN=a"}}),
            1'950'000'000);
}

TEST_F(MetricsTest, DurationsAreCountedByNode) {
  RoundRecord round;
  round.answers = {own("n1", "a"), own("n1", "b")};
  round.nodes = {{"n1", {"a", "b"}, 2, 0, true}, {"n2", {}, 1, 1, false}};
  round.failed = 1;
  offer(round);
  EXPECT_EQ(parsed().value("astray_probe_duration_seconds_count", {{"node", "n1"}}), 2);
  EXPECT_NEAR(*parsed().value("astray_probe_duration_seconds_sum", {{"node", "n1"}}), 0.006, 1e-9);
  EXPECT_EQ(parsed().value("astray_probe_duration_seconds_bucket", {{"node", "n1"}, {"le", "0.0025"}}), 0);
  EXPECT_EQ(parsed().value("astray_probe_duration_seconds_bucket", {{"node", "n1"}, {"le", "0.005"}}), 2);
  EXPECT_EQ(parsed().value("astray_node_answers", {{"node", "n2"}}), 0);
  EXPECT_EQ(parsed().value("astray_watch_cells_failed_total"), 1);
}

TEST_F(MetricsTest, WhatFindsNoRoomIsCounted) {
  RoundRecord round;
  for (const std::string name : {"a", "b", "c"}) {
    for (const std::string node : {"n1", "n2", "n3"}) {
      round.answers.push_back(own(node, name, node == "n1" ? CellVerdict::failed : CellVerdict::own));
      round.answers.back().answer.certificate = name;
    }
    round.certificates.push_back({name, {name}, "", "", {}, {}});
    round.answers.push_back(cell("n1", name, "x", CellVerdict::misdirected));
    round.refusals.push_back({"log " + name, "", "", 5});
  }
  for (const std::string node : {"n1", "n2", "n3"}) round.nodes.push_back({node, {}, 1, 0, true});
  offer(round);
  const auto left_out = [this](const std::string& family) {
    return parsed().value("astray_metrics_series_left_out", {{"family", family}});
  };
  EXPECT_EQ(series("astray_probe_success"), 4u);
  EXPECT_EQ(left_out("astray_probe_success"), 5);
  EXPECT_EQ(series("astray_pair_verdict"), 2u);
  EXPECT_EQ(left_out("astray_pair_verdict"), 1);
  // a has three nodes in memory, b one: a alone diverges.
  EXPECT_EQ(series("astray_parity_divergence"), 1u);
  EXPECT_EQ(series("astray_certificate_not_after_timestamp_seconds"), 1u);
  EXPECT_EQ(left_out("astray_certificate_not_after_timestamp_seconds"), 1);
  EXPECT_EQ(series("astray_node_answers"), 2u);
  EXPECT_EQ(left_out("astray_node_answers"), 1);
  EXPECT_EQ(parsed().value("astray_refusals_logged_total", {{"node", "log a"}}), 5);
  EXPECT_EQ(left_out("astray_refusals_logged_total"), 2);
}

TEST_F(MetricsTest, TellsOfProblemsEventsAndRounds) {
  Problem problem;
  problem.kind = ProblemKind::parity;
  problem.severity = Severity::error;
  problem.state = ProblemState::open;
  state.problems = {problem, problem};
  state.rounds = 7;
  state.cells = 70'000;
  state.drift_events = 3;
  state.troubles = {"the disk is full"};
  RoundRecord round;
  round.began = {1'764'400'000};
  round.took = 1500ms;
  round.answers = {own("n1", "a"), own("n1", "b", CellVerdict::failed)};
  round.events = {{1, round.began, ProblemStep::opened, problem},
                  {2, round.began, ProblemStep::resolved, problem}};
  offer(round);
  const ParsedMetrics metrics = parsed();
  EXPECT_EQ(metrics.value("astray_problems", {{"kind", "parity"}, {"severity", "error"}, {"state", "open"}}),
            2);
  EXPECT_EQ(metrics.value("astray_problem_events_total", {{"step", "opened"}}), 1);
  EXPECT_EQ(metrics.value("astray_problem_events_total", {{"step", "accepted"}}), 0);
  EXPECT_EQ(metrics.value("astray_watch_rounds_total"), 7);
  EXPECT_EQ(metrics.value("astray_watch_cells_total"), 70'000);
  EXPECT_EQ(metrics.value("astray_drift_events_total"), 3);
  EXPECT_EQ(metrics.value("astray_watch_troubles"), 1);
  EXPECT_EQ(metrics.value("astray_watch_last_round_duration_seconds"), 1.5);
  EXPECT_EQ(metrics.value("astray_watch_round_cells", {{"verdict", "failed"}}), 1);
}

class StuckOutlet final : public Outlet {
 public:
  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>&) override {}
  Task<void> run() override { co_return; }
  std::optional<std::string> trouble() const override { return "it answers 503"; }
  OutletFigures figures() const override { return {5, 4, 1, Instant{1'764'400'000}}; }

 private:
  std::string name_ = "webhook \"x\"";
};

TEST_F(MetricsTest, TellsHowOutletsFare) {
  all.push_back(std::make_unique<StuckOutlet>());
  const ParsedMetrics metrics = parsed();
  const std::map<std::string, std::string> labels{{"outlet", "webhook \"x\""}};
  EXPECT_EQ(metrics.value("astray_outlet_trouble", labels), 1);
  EXPECT_EQ(metrics.value("astray_outlet_delivered_total", labels), 5);
  EXPECT_EQ(metrics.value("astray_outlet_failures_total", labels), 4);
  EXPECT_EQ(metrics.value("astray_outlet_refused_total", labels), 1);
  EXPECT_EQ(metrics.value("astray_outlet_waiting_since_timestamp_seconds", labels), 1'764'400'000);
}

}  // namespace
}  // namespace astray::watch
