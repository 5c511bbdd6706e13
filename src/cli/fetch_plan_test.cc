#include "cli/fetch_plan.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "cli/fetch_data.h"
#include "cli/fetch_retry.h"
#include "cli/parse.h"

namespace astray {
namespace {

using Words = std::vector<std::string>;

Arguments arguments_of(Words words) {
  words.insert(words.begin(), "fetch");
  Result<Invocation, UsageError> invocation = parse_command_line(words);
  EXPECT_TRUE(invocation.has_value()) << (invocation ? "" : invocation.error().message);
  return invocation ? *invocation->arguments : Arguments(*find_command("fetch"));
}

FetchPlan planned(const Words& words) {
  Result<FetchPlan> plan = parse_fetch_plan(arguments_of(words));
  EXPECT_TRUE(plan.has_value()) << (plan ? "" : plan.error().message);
  return plan ? std::move(*plan) : FetchPlan{};
}

std::string refused(const Words& words) {
  const Result<FetchPlan> plan = parse_fetch_plan(arguments_of(words));
  EXPECT_FALSE(plan.has_value());
  return plan ? "" : plan.error().message;
}

/// "METHOD URL|field: value|…|body" of the first target.
std::string request_of(const Words& words) {
  const FetchPlan plan = planned(words);
  if (plan.targets.empty()) return "";
  const client::Request& request = plan.targets[0].request;
  std::string text = request.method + " " + request.url.text();
  for (const auto field : request.fields) {
    text += "|" + std::string(field.name) + ": " + std::string(field.value);
  }
  if (const auto* bytes = std::get_if<std::string>(&request.body)) text += "||" + *bytes;
  return text;
}

class FetchPlanFiles : public testing::Test {
 protected:
  void SetUp() override {
    path_ = testing::TempDir() + "astray-fetch-data";
    std::ofstream(path_, std::ios::binary) << "one\r\ntwo\n";
  }
  std::string path_;
};

TEST(FetchPlan, MakesRequestsAsCurlDoes) {
  const std::string form = "|Content-Type: application/x-www-form-urlencoded||";
  struct Case {
    Words words;
    std::string expected;
  };
  const Case cases[] = {
      {{"a.example"}, "GET http://a.example/"},
      {{"https://a.example:8443/x?y"}, "GET https://a.example:8443/x?y"},
      {{"-X", "DELETE", "http://a.example"}, "DELETE http://a.example/"},
      {{"-XPURGE", "http://a.example"}, "PURGE http://a.example/"},
      {{"-I", "http://a.example"}, "HEAD http://a.example/"},
      {{"-d", "a=1", "http://a.example"}, "POST http://a.example/" + form + "a=1"},
      {{"-d", "a=1", "-db=2", "--data-raw", "@c", "http://a.example"},
       "POST http://a.example/" + form + "a=1&b=2&@c"},
      {{"-d", "", "http://a.example"}, "POST http://a.example/" + form},
      {{"-d", "[1,2]", "http://a.example"}, "POST http://a.example/" + form + "[1,2]"},
      {{"-X", "PUT", "-d", "x", "http://a.example"}, "PUT http://a.example/" + form + "x"},
      {{"-d", "x", "-H", "content-type: text/plain", "http://a.example"},
       "POST http://a.example/|content-type: text/plain||x"},
      {{"-d", "x", "-H", "Content-Type:", "http://a.example"}, "POST http://a.example/||x"},
      {{"-G", "-d", "a=1", "-d", "b=2", "http://a.example/p"}, "GET http://a.example/p?a=1&b=2"},
      {{"-G", "-d", "a=1", "http://a.example/p?q=0"}, "GET http://a.example/p?q=0&a=1"},
      {{"-GI", "-d", "a=1", "http://a.example/"}, "HEAD http://a.example/?a=1"},
      {{"--data-urlencode", "a b&c", "http://a.example"}, "POST http://a.example/" + form + "a+b%26c"},
      {{"--data-urlencode", "=x=y", "http://a.example"}, "POST http://a.example/" + form + "x%3Dy"},
      {{"--data-urlencode", "n=x y", "http://a.example"}, "POST http://a.example/" + form + "n=x+y"},
      {{"--json", "{}", "--json", "[]", "http://a.example"},
       "POST http://a.example/|Content-Type: application/json|Accept: application/json||{}[]"},
      {{"-H", "X-A: 1", "-H", "X-B;", "-H", "X-C:2", "http://a.example"},
       "GET http://a.example/|X-A: 1|X-B: |X-C: 2"},
      {{"-A", "me", "-e", "http://r.example/", "http://a.example"},
       "GET http://a.example/|User-Agent: me|Referer: http://r.example/"},
      {{"-b", "a=1", "-b", "b=2", "http://a.example"}, "GET http://a.example/|Cookie: a=1; b=2"},
      {{"-u", "user:pass", "http://a.example"}, "GET http://a.example/|Authorization: Basic dXNlcjpwYXNz"},
      {{"-u", "user:p:%41", "http://a.example"},
       "GET http://a.example/|Authorization: Basic dXNlcjpwOiU0MQ=="},
      {{"http://user:p%41ss@a.example/"}, "GET http://a.example/|Authorization: Basic dXNlcjpwQXNz"},
      {{"-H", "Host: A.example", "http://a.example"}, "GET http://a.example/"},
      {{"-H", "Host: a.example:80", "http://a.example"}, "GET http://a.example/"},
      {{"-T", "/etc/passwd", "http://a.example/up/"}, "PUT http://a.example/up/passwd"},
      {{"-T", "-", "http://a.example/up/"}, "PUT http://a.example/up/"},
      {{"-T", "-", "-X", "POST", "http://a.example/up"}, "POST http://a.example/up"},
  };
  for (const Case& c : cases) EXPECT_EQ(request_of(c.words), c.expected);
}

TEST_F(FetchPlanFiles, ReadsDataFromFiles) {
  const std::string form = "POST http://a.example/|Content-Type: application/x-www-form-urlencoded||";
  const std::string at = "@" + path_;
  EXPECT_EQ(request_of({"-d", at, "http://a.example"}), form + "onetwo");
  EXPECT_EQ(request_of({"--data-binary", at, "http://a.example"}), form + "one\r\ntwo\n");
  EXPECT_EQ(request_of({"--data-urlencode", at, "http://a.example"}), form + "one%0D%0Atwo%0A");
  EXPECT_EQ(request_of({"--data-urlencode", "n" + at, "http://a.example"}), form + "n=one%0D%0Atwo%0A");
  EXPECT_NE(refused({"-d", "@/no/such/file", "http://a.example"}).find("cannot read /no/such/file"),
            std::string::npos);
}

TEST(FetchPlan, SendsAnswersWhereTheyBelong) {
  const FetchPlan plan =
      planned({"-o", "one", "http://a.example/1", "-O", "http://a.example/dir/two?q", "-o", "-", "--url",
               "http://a.example/3", "http://a.example/4", "--output-dir", "out"});
  ASSERT_EQ(plan.targets.size(), 4u);
  EXPECT_EQ(plan.targets[0].output.path, "out/one");
  EXPECT_EQ(plan.targets[1].output.path, "out/two");
  EXPECT_EQ(plan.targets[1].request.url.target, "/dir/two?q");
  EXPECT_EQ(plan.targets[2].output.kind, FetchOutput::Kind::standard_output);
  EXPECT_EQ(plan.targets[2].text, "http://a.example/3");
  EXPECT_EQ(plan.targets[3].output.kind, FetchOutput::Kind::standard_output);
  EXPECT_EQ(planned({"--remote-name-all", "http://a.example/x", "http://a.example/y"}).targets[1].output.path,
            "y");
}

TEST(FetchPlan, TakesLettersTogether) {
  const FetchPlan plan = planned({"-sSvLkfo", "file", "-w%{http_code}", "http://a.example"});
  EXPECT_EQ(plan.loudness, Loudness::errors);
  EXPECT_EQ(plan.narration, Narration::verbose);
  EXPECT_EQ(plan.fail_on, FailOn::bad_status);
  EXPECT_EQ(plan.settings.verification, client::Verification::off);
  EXPECT_EQ(plan.targets[0].request.redirects.limit, 50);
  EXPECT_EQ(plan.targets[0].output.path, "file");
  EXPECT_FALSE(plan.write_out.empty());
}

TEST(FetchPlan, TracesWithAndWithoutAForm) {
  struct Case {
    Words words;
    TraceForm form;
  };
  const Case cases[] = {
      {{"http://a.example"}, TraceForm::none},
      {{"--trace", "http://a.example"}, TraceForm::text},
      {{"http://a.example", "--trace"}, TraceForm::text},
      {{"--trace", "json", "http://a.example"}, TraceForm::json},
      {{"--trace=json", "http://a.example"}, TraceForm::json},
      {{"--trace-file", "x", "http://a.example"}, TraceForm::text},
  };
  for (const Case& c : cases) {
    const FetchPlan plan = planned(c.words);
    EXPECT_EQ(plan.trace, c.form);
    ASSERT_EQ(plan.targets.size(), 1u);
    EXPECT_EQ(plan.targets[0].text, "http://a.example");
  }
}

TEST(FetchPlan, ReadsTheRest) {
  const FetchPlan plan =
      planned({"-m", "1.5", "--connect-timeout", "0.25", "--max-filesize", "10k", "--http1.1", "--compressed",
               "--coalesce", "origin-frame", "--parallel-max", "3", "--retry", "2", "--retry-delay", "4",
               "--connect-identity", "b.example", "https://a.example"});
  const client::Request& request = plan.targets[0].request;
  EXPECT_EQ(request.timeouts.total, Duration(std::chrono::milliseconds(1500)));
  EXPECT_EQ(request.timeouts.handshake, Duration(std::chrono::milliseconds(250)));
  EXPECT_EQ(request.most_body_bytes, 10240u);
  EXPECT_EQ(request.versions, client::HttpVersions::h1_only);
  EXPECT_EQ(request.decoding, client::Decoding::decoded);
  ASSERT_TRUE(request.identity.has_value());
  EXPECT_EQ(request.identity->server_name->text(), "b.example");
  EXPECT_EQ(plan.settings.coalescing, client::CoalescePolicy::origin_frame);
  EXPECT_EQ(plan.most_at_once, 3u);
  EXPECT_EQ(plan.retry.most, 2u);
  EXPECT_EQ(planned({"--no-parallel", "http://a.example"}).most_at_once, 1u);
  EXPECT_FALSE(planned({"--connect-identity", "192.0.2.1", "https://a.example"})
                   .targets[0]
                   .request.identity->server_name.has_value());
}

TEST(FetchPlan, BoundsWhatWaitsForItsTurn) {
  const uint32_t usual = client::Settings().stream_window;
  struct Case {
    Words words;
    uint32_t window;
  };
  const Case cases[] = {
      {{"http://a.example"}, usual},
      {{"-o", "x", "-o", "y", "http://a.example", "http://a.example"}, usual},
      {{"--no-parallel", "http://a.example", "http://a.example"}, usual},
      {Words(16, "http://a.example"), 1 << 20},
      {Words(900, "http://a.example"), (16 << 20) / 50},
      {Words(4, "http://a.example"), 4 << 20},
  };
  for (const Case& c : cases) EXPECT_EQ(planned(c.words).settings.stream_window, c.window) << c.words.size();
  EXPECT_EQ(planned({"http://a.example"}).settings.connections_per_origin, 50u);
}

TEST(FetchPlan, RefusesWhatMeansNothing) {
  struct Case {
    Words words;
    std::string_view part;
  };
  const Case cases[] = {
      {{}, "nothing to fetch: name a URL"},
      {{"ftp://a.example"}, "ftp://a.example: "},
      {{"http://"}, "http://: "},
      {{"-H", "Host: b.example", "https://a.example:8443/"},
       "Ask https://b.example/ instead, with --connect-to ::a.example:8443 for where it goes, and "
       "--connect-identity "
       "a.example"},
      {{"-H", "nonsense", "http://a.example"}, "'nonsense' is no field"},
      {{"-u", "user", "http://a.example"}, "USER:PASSWORD is expected"},
      {{"-b", "cookies.txt", "http://a.example"}, "files of cookies are not read"},
      {{"-m", "soon", "http://a.example"}, "--max-time: 'soon' is no number of seconds"},
      {{"-m", "-1", "http://a.example"}, "is no number of seconds"},
      {{"--retry", "x", "http://a.example"}, "is no whole number"},
      {{"--parallel-max", "0", "http://a.example"}, "is no whole number from 1"},
      {{"--max-filesize", "1T", "http://a.example"}, "is no number of bytes"},
      {{"-w", "%{nope}", "http://a.example"}, "no variable 'nope'"},
      {{"-O", "http://a.example/"}, "has no file name"},
      {{"-o", "x", "-o", "y", "http://a.example/"}, "2 outputs are named for one URL"},
      {{"-o", "x", "-o", "x", "http://a.example/", "http://a.example/"}, "x is the output of two URLs"},
      {{"-d", "x", "-T", "y", "http://a.example/"}, "exclude each other"},
      {{"-I", "-d", "x", "http://a.example/"}, "exclude each other"},
      {{"--http1.1", "--http2-prior-knowledge", "http://a.example/"}, "exclude each other"},
      {{"-4", "-6", "http://a.example/"}, "leave no address"},
      {{"--tlsv1.3", "--tls-max", "1.2", "http://a.example/"}, "no version is left"},
      {{"--key", "x", "http://a.example/"}, "--key: it belongs to a --cert"},
      {{"--cacert", "/no/such", "http://a.example/"}, "--cacert: "},
      {{"--resolve", "a.example:443", "http://a.example/"}, "is not HOST:PORT:ADDRESS"},
      {{"--connect-to", "a:b", "http://a.example/"}, "is not HOST1:PORT1:HOST2:PORT2"},
      {{"--connect-identity", "a..b", "http://a.example/"}, "is no name"},
      {{"--dns", "192.0.2.53", "http://a.example/"}, "--dns: 192.0.2.53: "},
  };
  for (const Case& c : cases) {
    const std::string message = refused(c.words);
    EXPECT_NE(message.find(c.part), std::string::npos) << message << "\nexpected: " << c.part;
  }
}

TEST(FetchRetry, FollowsCurlsList) {
  client::FetchReport report;
  const auto judged = [&](RetryPlan plan, FailOn fail_on) {
    return RetryJudge(plan).would_retry(report, fail_on);
  };
  const RetryPlan usual{.most = 1};
  RetryPlan all = usual;
  all.errors = RetryPlan::Errors::all;
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    report.status = status;
    EXPECT_TRUE(judged(usual, FailOn::nothing)) << status;
    EXPECT_FALSE(judged(RetryPlan{}, FailOn::nothing)) << status;
  }
  for (const int status : {200, 404, 421, 501, 505}) {
    report.status = status;
    EXPECT_FALSE(judged(usual, FailOn::bad_status)) << status;
    EXPECT_FALSE(judged(all, FailOn::nothing)) << status;
    EXPECT_EQ(judged(all, FailOn::bad_status), status >= 400 && status != 421) << status;
  }
  report.failure.emplace().kind = client::FailureKind::timed_out;
  EXPECT_TRUE(judged(usual, FailOn::nothing));
  report.failure->kind = client::FailureKind::connect_failed;
  EXPECT_FALSE(judged(usual, FailOn::nothing));
  EXPECT_TRUE(judged(all, FailOn::nothing));
  RetryPlan refused_too = usual;
  refused_too.refused_connections = RetryPlan::Refused::retried;
  EXPECT_TRUE(judged(refused_too, FailOn::nothing));
  report.failure->kind = client::FailureKind::identity_split;
  EXPECT_FALSE(judged(all, FailOn::nothing));
}

TEST(FetchRetry, WaitsLongerEachTime) {
  using std::chrono::seconds;
  RetryJudge judge(RetryPlan{.most = 20});
  const std::optional<client::ResponseHead> none;
  EXPECT_EQ(judge.next_delay(none, {}), Duration(seconds(1)));
  EXPECT_EQ(judge.next_delay(none, {}), Duration(seconds(2)));
  EXPECT_EQ(judge.next_delay(none, {}), Duration(seconds(4)));
  for (int i = 0; i < 10; ++i) judge.next_delay(none, {});
  EXPECT_EQ(judge.next_delay(none, {}), Duration(seconds(600)));
  std::optional<client::ResponseHead> head(std::in_place);
  head->fields.add("Retry-After", "7");
  EXPECT_EQ(RetryJudge(RetryPlan{.most = 1}).next_delay(head, {}), Duration(seconds(7)));
  RetryPlan limited{.most = 3, .delay = Duration(seconds(5))};
  limited.most_time = seconds(9);
  EXPECT_EQ(RetryJudge(limited).next_delay(none, seconds(4)), Duration(seconds(5)));
  EXPECT_FALSE(RetryJudge(limited).next_delay(none, seconds(5)).has_value());
}

}  // namespace
}  // namespace astray
