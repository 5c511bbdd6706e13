#include "watch/outlets/nats/region_report.h"

#include <gtest/gtest.h>

#include "watch/model/problem_json.h"
#include "watch/outlets/gzip.h"
#include "watch/outlets/nats/nats_link.h"

namespace astray::watch {
namespace {

CellRecord own_cell(const std::string& node, const std::string& name) {
  CellRecord cell;
  cell.key.node = node;
  cell.key.sni = cell.key.authority = name;
  cell.answer.verdict = CellVerdict::own;
  cell.answer.reason = Reason::own_name;
  return cell;
}

RoundRecord round_with(std::vector<CellRecord> cells) {
  RoundRecord round;
  round.began = {1'764'400'000};
  round.answers = std::move(cells);
  return round;
}

std::string error_of(const std::string& json) {
  const Result<RegionReport> report = read_region_report(gzip(json));
  return report ? "" : report.error().message;
}

const std::string report_head = R"({"version":1,"region":"eu","watcher":"w","began":5,"answers":)";

TEST(RegionReport, ReadsBackEveryMemberOfAnOwnAnswer) {
  CellRecord cell = own_cell("192.0.2.1:443", "a.example");
  cell.key.alpn = AlpnOffer::h2_only;
  cell.key.client_certificate = 2;
  CellAnswer& answer = cell.answer;
  answer.verdict = CellVerdict::rejected_handshake;
  answer.reason = Reason::handshake_rejected;
  answer.failure = ProbeFailure::tls_alert;
  answer.agreement = Agreement::differs;
  answer.status = 421;
  answer.protocol = "h2";
  answer.certificate = std::string(64, 'f');
  answer.certificate_covers = false;
  answer.client_certificate_requested = true;
  answer.trust = ChainTrust::untrusted;
  answer.answered_as = "b.example";
  answer.answered_by = "httpd";
  answer.difference = "status: predicted 200, was 421";
  answer.source = "nginx.conf:1:2";
  answer.page = "0123";
  cell.sentence = "refused \"here\"";
  const auto reports = region_reports(round_with({cell, own_cell("n", "b.example")}), "eu-1", "5707e");
  ASSERT_EQ(reports.size(), 1u);
  const Result<RegionReport> report = read_region_report(reports[0]);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->region, "eu-1");
  EXPECT_EQ(report->watcher, "5707e");
  EXPECT_EQ(report->began, Instant{1'764'400'000});
  ASSERT_EQ(report->answers.size(), 2u);
  EXPECT_EQ(report->answers[0].key, cell.key);
  EXPECT_EQ(report->answers[0].answer, cell.answer);
  EXPECT_EQ(report->answers[0].sentence, cell.sentence);
}

TEST(RegionReport, TellsOwnAnswersAloneAndNoMoreInOneThanServersTake) {
  RoundRecord round = round_with({});
  for (size_t i = 0; i < most_answers_in_report + 1; ++i)
    round.answers.push_back(own_cell("n", std::to_string(i) + ".example"));
  round.answers.push_back(own_cell("n", "a.example"));
  round.answers.back().key.sni = "other.example";
  const auto reports = region_reports(round, "eu", "w");
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_LT(reports[0].size(), size_t{1024 * 1024});
  EXPECT_EQ(read_region_report(reports[1])->answers.size(), 1u);
  EXPECT_TRUE(region_reports(round_with({}), "eu", "w").empty());
}

TEST(RegionReport, AnAgentTellsWhatItAskedAboutPairsAndUnknownNamesToo) {
  RoundRecord round = round_with({own_cell("n", "a.example"), own_cell("n", "a.example"), own_cell("n", "unknown.invalid")});
  round.answers[1].key.sni = "other.example";
  const auto reports = region_reports(round, "eu", "w", ReportedAnswers::all);
  ASSERT_EQ(reports.size(), 1u);
  const Result<RegionReport> report = read_region_report(reports[0]);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->answers.size(), 3u);
  EXPECT_EQ(report->answers[1].key.sni, "other.example");
}

TEST(RegionReport, SaysWhatIsWrongWithAMessage) {
  EXPECT_NE(read_region_report("no gzip").error().message.find("no gzip"), std::string::npos);
  EXPECT_EQ(error_of("[]"), "it is no JSON object");
  EXPECT_EQ(error_of("{"), "it is no JSON object");
  EXPECT_EQ(error_of("{}"), "\"version\" is missing");
  EXPECT_EQ(error_of(R"({"version":2})"), "it is of another version of astray");
  EXPECT_EQ(error_of(report_head + "[]}"), "");
  EXPECT_EQ(error_of(report_head + "5}"), "\"answers\" is no array");
  EXPECT_EQ(error_of(report_head + "[5]}"), "an answer is no object");
  EXPECT_EQ(error_of(report_head + "[{}]}"), "\"node\" is missing");
  EXPECT_EQ(error_of(R"({"version":1,"region":"e u","watcher":"w","began":5,"answers":[]})"),
            "\"region\" is no name of a region");
  EXPECT_EQ(error_of(R"({"version":1,"region":"eu","watcher":"w","began":-1,"answers":[]})"),
            "\"began\" is no number that is possible");
}

TEST(RegionReport, RefusesWordsThatItDoesNotKnow) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object();
  write_cell_members(writer, own_cell("n", "a.example"));
  writer.member("page", "").end_object();
  ASSERT_EQ(error_of(report_head + "[" + json + "]}"), "");
  const size_t at = json.find("\"own\"");
  ASSERT_NE(at, std::string::npos);
  json.replace(at, 5, "\"mine\"");
  EXPECT_EQ(error_of(report_head + "[" + json + "]}"), "\"verdict\" is a word that is not known");
}

TEST(RegionReport, UnpacksNoBomb) {
  EXPECT_FALSE(read_region_report(gzip(std::string(most_report_bytes + 1, ' '))));
}

TEST(NatsAddress, ShowsNoPassword) {
  for (const auto& [url, shown] : {std::pair("nats://a.example:4222", "nats://a.example:4222"),
                                   std::pair("tls://me:se@cret@a.example", "tls://a.example"),
                                   std::pair("token@a.example:4222", "a.example:4222")})
    EXPECT_EQ(shown_address({url, "", ""}), shown) << url;
}

TEST(RegionName, IsATokenOfASubject) {
  for (const std::string_view good : {"eu", "eu-west_1", "A"}) EXPECT_TRUE(is_region_name(good)) << good;
  for (const std::string_view bad : {"", "a.b", "a b", "*", ">", "\xc3\xa4"})
    EXPECT_FALSE(is_region_name(bad)) << bad;
  EXPECT_FALSE(is_region_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace astray::watch
