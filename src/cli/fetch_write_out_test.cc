#include "cli/fetch_write_out.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace astray {
namespace {

FetchOutcome answered() {
  FetchOutcome outcome;
  outcome.number = 1;
  outcome.url = "a.example";
  outcome.method = "GET";
  outcome.report.status = 200;
  outcome.report.protocol = Protocol::h2;
  outcome.report.url = *Url::parse("https://a.example/x");
  outcome.report.body_bytes = 1000;
  outcome.report.head_bytes = 120;
  outcome.report.connections_opened = 1;
  outcome.report.timings.resolved = std::chrono::microseconds(1500);
  outcome.report.timings.total = std::chrono::milliseconds(500);
  outcome.report.carried_on.connection = 3;
  outcome.report.carried_on.carriage = client::Carriage::coalesced;
  outcome.report.carried_on.server_name = "b.example";
  outcome.report.carried_on.opened_for = "b.example:443";
  outcome.report.carried_on.peer = *Endpoint::parse("192.0.2.1:443");
  client::ResponseHead& head = outcome.head.emplace();
  head.status = 200;
  head.protocol = Protocol::h2;
  head.fields.add("Content-Type", "text/plain");
  head.fields.add("X-Two", "one");
  head.fields.add("x-two", "two");
  return outcome;
}

FetchOutcome refused() {
  FetchOutcome outcome;
  outcome.url = "a.example";
  outcome.report.failure = client::FetchFailure{client::FailureKind::connect_failed, client::Phase::connect,
                                                "connection refused", client::Processing::impossible};
  conclude(outcome, FailOn::nothing);
  return outcome;
}

std::string written(std::string_view format, const FetchOutcome& outcome) {
  const Result<WriteOut> parsed = WriteOut::parse(format);
  EXPECT_TRUE(parsed.has_value()) << format << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->of(outcome).out : "";
}

TEST(FetchWriteOut, WritesVariablesAsCurlDoes) {
  struct Case {
    std::string_view format, expected;
  };
  // Spellings of curl 7.88.1 for the same exchange.
  const Case cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"a\\nb\\tc\\rd", "a\nb\tc\rd"},
      {"\\x\\", "\\x\\"},
      {"100%%", "100%"},
      {"50% off", "50% off"},
      {"%", "%"},
      {"%{http_code}", "200"},
      {"%{response_code}\\n", "200\n"},
      {"%{http_version}", "2"},
      {"%{size_download} %{size_header} %{size_upload}", "1000 120 0"},
      {"%{speed_download}", "2000"},
      {"%{time_total} %{time_namelookup} %{time_redirect}", "0.500000 0.001500 0.000000"},
      {"%{url} %{url_effective} %{urlnum}", "a.example https://a.example/x 1"},
      {"%{scheme} %{method}", "https GET"},
      {"%{remote_ip}:%{remote_port}", "192.0.2.1:443"},
      {"[%{local_ip}] %{local_port}", "[] 0"},
      {"%{content_type}", "text/plain"},
      {"%header{content-type}%header{none}", "text/plain"},
      {"%header{X-Two}", "one"},
      {"%{exitcode}%{errormsg}", "0"},
      {"%{num_connects} %{num_redirects} %{num_retries} %{num_headers}", "1 0 0 3"},
      {"%{astray_coalesced} %{astray_sni} %{astray_opened_for} %{astray_421s}",
       "1 b.example b.example:443 0"},
      {"%{conn_id}", "3"},
      {"out%{onerror}err", "out"},
      {"%{header_json}", R"({"content-type":["text/plain"],"x-two":["one","two"]})"},
  };
  const FetchOutcome outcome = answered();
  for (const Case& c : cases) EXPECT_EQ(written(c.format, outcome), c.expected) << c.format;
}

TEST(FetchWriteOut, WritesWhatFailed) {
  const FetchOutcome outcome = refused();
  EXPECT_EQ(written("%{http_code} %{exitcode} %{http_version}", outcome), "000 7 0");
  EXPECT_EQ(written("out%{onerror}err", outcome), "outerr");
  EXPECT_TRUE(written("%{errormsg}", outcome).starts_with("connect: connection refused; "));
  EXPECT_EQ(written("%{url_effective}", outcome), "a.example");
}

TEST(FetchWriteOut, TurnsToStandardErrorAndBack) {
  const Result<WriteOut> parsed = WriteOut::parse("a%{stderr}b%{stdout}c%{stderr}d");
  ASSERT_TRUE(parsed.has_value());
  const WriteOut::Texts texts = parsed->of(answered());
  EXPECT_EQ(texts.out, "ac");
  EXPECT_EQ(texts.err, "bd");
}

TEST(FetchWriteOut, JsonHasEveryVariable) {
  const std::string json = written("%{json}", answered());
  for (const std::string_view name : write_out_variables()) {
    EXPECT_NE(json.find('"' + std::string(name) + "\":"), std::string::npos) << name;
  }
  EXPECT_NE(json.find(R"("time_total":0.500000,)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("http_code":200,)"), std::string::npos);
  EXPECT_NE(json.find(R"("local_ip":null,)"), std::string::npos);
  const std::vector<std::string_view> names = write_out_variables();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST(FetchWriteOut, RefusesWhatThereIsNot) {
  struct Case {
    std::string_view format, part;
  };
  const Case cases[] = {
      {"%{http_cod}", "there is no variable 'http_cod'. Did you mean http_code?"},
      {"%{}", "there is no variable ''"},
      {"%{http_code", "lacks its closing brace"},
      {"%header{x", "lacks its closing brace"},
  };
  for (const Case& c : cases) {
    const Result<WriteOut> parsed = WriteOut::parse(c.format);
    ASSERT_FALSE(parsed.has_value()) << c.format;
    EXPECT_NE(parsed.error().message.find(c.part), std::string::npos) << parsed.error().message;
  }
}

TEST(FetchOutcome, SaysWhatAnEndMeans) {
  struct Case {
    int status;
    FailOn fail_on;
    ExitCode code;
    int curl;
  };
  const Case cases[] = {
      {200, FailOn::nothing, ExitCode::success, 0},
      {404, FailOn::nothing, ExitCode::success, 0},
      {404, FailOn::bad_status, ExitCode::findings, 22},
      {399, FailOn::bad_status, ExitCode::success, 0},
      {500, FailOn::bad_status_with_body, ExitCode::findings, 22},
      {421, FailOn::nothing, ExitCode::findings, 0},
      {421, FailOn::bad_status, ExitCode::findings, 22},
  };
  for (const Case& c : cases) {
    FetchOutcome outcome;
    outcome.report.status = c.status;
    conclude(outcome, c.fail_on);
    EXPECT_EQ(outcome.exit_code, c.code) << c.status;
    EXPECT_EQ(outcome.curl_code, c.curl) << c.status;
    EXPECT_EQ(outcome.message.empty(), c.code == ExitCode::success) << outcome.message;
  }
  FetchOutcome unwritten;
  unwritten.report.status = 200;
  unwritten.write_problem = "cannot write to x";
  conclude(unwritten, FailOn::nothing);
  EXPECT_EQ(unwritten.exit_code, ExitCode::failure);
  EXPECT_EQ(unwritten.curl_code, 23);
}

}  // namespace
}  // namespace astray
