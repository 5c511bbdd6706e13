// The text of metrics, what it is made of, and the reader that tests hold it against.
#include <gtest/gtest.h>

#include "support/prometheus_parser.h"
#include "web/counter.h"
#include "web/process_facts.h"
#include "web/prometheus_text.h"

namespace astray::web {
namespace {

using namespace std::chrono_literals;

astray::test::ParsedMetrics parse_metrics(std::string_view text) {
  return astray::test::parse_metrics(text, "astray_gateway_");
}

// The parser is worth something only when it refuses.
TEST(PrometheusParser, Refuses) {
  const std::string good = "# HELP astray_gateway_x_total X.\n# TYPE astray_gateway_x_total counter\n";
  EXPECT_TRUE(parse_metrics(good + "astray_gateway_x_total 1\n").problems.empty());
  EXPECT_TRUE(parse_metrics(good + "astray_gateway_x_total{a=\"b\\\"\\n\\\\\"} 1\n").problems.empty());
  for (const char* bad :
       {"astray_gateway_x_total 1", "astray_gateway_x_total  1\n", "astray_gateway_x_total{} 1\n",
        "astray_gateway_x_total{a=\"b} 1\n", "astray_gateway_x_total{a=b} 1\n",
        "astray_gateway_x_total{a=\"\\b\"} 1\n", "astray_gateway_x_total{a=\"1\",a=\"2\"} 1\n",
        "astray_gateway_x_total -1\n", "astray_gateway_x_total one\n", "astray_gateway_x_total nan\n",
        "astray_gateway_y_total 1\n", "\n", "astray_gateway_x_total 1\nastray_gateway_x_total 2\n"})
    EXPECT_FALSE(parse_metrics(good + bad).problems.empty()) << bad;
  const std::string histogram =
      "# HELP astray_gateway_x_seconds X.\n# TYPE astray_gateway_x_seconds histogram\n";
  const std::string end = "astray_gateway_x_seconds_sum 1\nastray_gateway_x_seconds_count 2\n";
  const std::string first = "astray_gateway_x_seconds_bucket{le=\"1\"} 1\n";
  EXPECT_TRUE(parse_metrics(histogram + first + "astray_gateway_x_seconds_bucket{le=\"+Inf\"} 2\n" + end)
                  .problems.empty());
  for (const std::string& buckets :
       {std::string(), first, first + "astray_gateway_x_seconds_bucket{le=\"+Inf\"} 0\n",
        first + "astray_gateway_x_seconds_bucket{le=\"0.5\"} 2\nastray_gateway_x_seconds_bucket{le=\"+Inf\"} "
                "2\n"})
    EXPECT_FALSE(parse_metrics(histogram + buckets + end).problems.empty()) << buckets;
}

TEST(DurationHistogram, BoundsOfBucketsBelongToThem) {
  DurationHistogram histogram;
  for (const Duration duration : {Duration(-1ns), Duration(0ns), Duration(500us), Duration(500us + 1ns),
                                  Duration(60s), Duration(60s + 1ns)})
    histogram.observe(duration);
  DurationCounts counts;
  histogram.add_to(counts);
  EXPECT_EQ(counts.in_bucket.front(), 3u);
  EXPECT_EQ(counts.in_bucket[1], 1u);
  EXPECT_EQ(counts.in_bucket[counts.in_bucket.size() - 2], 1u);
  EXPECT_EQ(counts.in_bucket.back(), 1u);
}

struct StatCase {
  std::string_view line;
  bool good;
};
// A line of proc(5), with names that a process can give itself.
const StatCase stat_cases[] = {
    {"7 (astray) S 1 7 7 0 -1 4194304 100 0 0 0 11 22 0 0 20 0 4 0 555 1000000 300 184467 1 1 0 0", true},
    {"7 (a) R 9 9) S 1 7 7 0 -1 4194304 100 0 0 0 11 22 0 0 20 0 4 0 555 1000000 300 184467 1 1 0 0", true},
    {"7 (astray) S 1 7 7 0 -1 4194304 100 0 0 0 11 22 0 0 20 0 4 0 555 1000000 300\n", true},
    {"7 (astray) S 1 7 7 0 -1 4194304 100 0 0 0 11 22 0 0 20 0 4 0 555 1000000", false},
    {"7 (astray) S 1 7 7 0 -1 4194304 100 0 0 0 x 22 0 0 20 0 4 0 555 1000000 300", false},
    {"7 (astray)", false},
    {"", false},
};

TEST(ProcessFacts, LinesOfStat) {
  for (const StatCase& c : stat_cases) {
    const auto stat = parse_process_stat(c.line);
    ASSERT_EQ(stat.has_value(), c.good) << c.line;
    if (!stat) continue;
    EXPECT_EQ(stat->user_ticks, 11u);
    EXPECT_EQ(stat->system_ticks, 22u);
    EXPECT_EQ(stat->threads, 4u);
    EXPECT_EQ(stat->start_ticks, 555u);
    EXPECT_EQ(stat->virtual_bytes, 1'000'000u);
    EXPECT_EQ(stat->resident_pages, 300u);
  }
}

}  // namespace
}  // namespace astray::web
