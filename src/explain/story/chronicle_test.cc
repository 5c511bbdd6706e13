#include "explain/story/chronicle.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "explain/source.h"
#include "explain/story/advice.h"
#include "explain/text_bytes.h"

namespace astray::explain::chronicle_test {
namespace {

struct Reading {
  size_t step = SIZE_MAX;
  unsigned threads = 1;
  size_t block_bytes = size_t{1} << 20;
  ChronicleOptions chronicle{};
};

Story story_of(std::string text, const Reading& reading = {}, std::string* error = nullptr) {
  Chronicle chronicle(reading.chronicle);
  chronicle.begin_source("log");
  TextBytes bytes(std::move(text), reading.step);
  SourceOptions options;
  options.threads = reading.threads;
  options.block_bytes = reading.block_bytes;
  const Result<SourceSummary> summary = read_source(bytes, options, chronicle);
  if (summary) {
    chronicle.end_source(summary->format, summary->server, summary->lines, "");
  } else {
    if (error != nullptr) *error = summary.error().message;
    chronicle.end_source("", LogServer::unknown, 0, summary.error().message);
  }
  return chronicle.finish();
}

/// A line of nginx' variables as JSON.
std::string line(int second, int connection, int number, std::string_view sni, std::string_view host, int status,
                 std::string_view protocol = "HTTP/2.0", std::string_view client = "192.0.2.1") {
  return fmt::format(
      R"({{"msec":"{}.000","remote_addr":"{}","connection":"{}","connection_requests":"{}","ssl_server_name":"{}","http_host":"{}","server_protocol":"{}","status":"{}"}})"
      "\n",
      1'790'000'000 + second, client, connection, number, sni, host, protocol, status);
}

TEST(Chronicle, TellsCausesApart) {
  struct Case {
    std::string text;
    Cause cause;
    Confidence confidence;
  };
  const std::string_view of_astray =
      R"({"time":"2026-02-28T23:59:58Z","astray.connection.id":7,"astray.tls.sni":"a.test","astray.http.authority":"a.test","astray.http.status":)";
  const Case cases[] = {
      // After a reload: the handshake is older than what the name asks for.
      {fmt::format("{}200}}\n{}421,\"astray.reason\":\"client-authentication-differs\"}}\n", of_astray, of_astray), Cause::stale_connection,
       Confidence::likely},
      {fmt::format("{}421,\"astray.reason\":\"client-authentication-differs\"}}\n", of_astray), Cause::policy_differs, Confidence::certain},
      // mod_ssl's AH02032 is not there, and who else would say 421.
      {"[Sat Nov 28 22:38:50.123456 2026] [http2:debug] [pid 1:tid 2] h2_request.c(1): [client 192.0.2.1:5] AH03367: h2_request: "
       "access_status=421, request_create failed\n",
       Cause::policy_differs, Confidence::possible},
      {line(0, 1, 1, "a.test", "a.test", 200) + line(1, 1, 2, "a.test", "b.test", 421), Cause::coalesced, Confidence::likely},
      {line(0, 1, 1, "a.test", "b.test", 421), Cause::host_rewritten, Confidence::likely},
      {line(0, 1, 1, "a.test", "a.test", 200, "HTTP/1.1") + line(1, 1, 2, "a.test", "b.test", 421, "HTTP/1.1"), Cause::back_pool_shared,
       Confidence::likely},
      // nginx compares nothing without an SNI (servers.md §1.2); another server may.
      {line(0, 1, 1, "", "b.test", 421), Cause::could_not_tell, Confidence::none},
      {R"({"requested_server_name":"","authority":"b.test","response_code":421,"protocol":"HTTP/2"})", Cause::sni_missing, Confidence::likely},
      {line(0, 1, 1, "b.test", "b.test", 421), Cause::application_allow_list, Confidence::likely},
      {line(0, 1, 1, "b.test", "b.test", 200) + line(9, 1, 2, "b.test", "b.test", 421), Cause::stale_connection, Confidence::likely},
      // The same name, in other letters, with a port and a dot.
      {line(0, 1, 1, "b.test", "B.TEST.:443", 421), Cause::application_allow_list, Confidence::likely},
      {R"(192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 421 26)", Cause::could_not_tell, Confidence::none},
      {"421 4.7.0 Too many connections\n", Cause::other_protocol, Confidence::certain},
      {"Jan 1 host postfix/smtp[9]: said: 421 4.7.0 Try again later (in reply to MAIL FROM command)", Cause::other_protocol,
       Confidence::certain},
  };
  for (const Case& given : cases) {
    const Story story = story_of(given.text);
    ASSERT_EQ(story.incidents.size(), 1U) << given.text;
    EXPECT_EQ(info(story.incidents[0].judgement.cause).id, info(given.cause).id) << given.text;
    EXPECT_EQ(story.incidents[0].judgement.confidence, given.confidence) << given.text;
  }
}

/// Over HTTP/3 Caddy 2.6 compares the Host with nothing (its issue 5078), as it wrote it here; over HTTP/2 a missing SNI was missing.
TEST(Chronicle, KnowsThatCaddyDoesNotSeeTheSniOfHttp3) {
  const auto refused = [](std::string_view protocol) {
    return fmt::format(
        R"({{"level":"debug","ts":1795972452.3,"logger":"http.log.error","msg":"strict host matching: TLS ServerName () and HTTP Host (b.test) values differ","request":{{"remote_ip":"192.0.2.1","remote_port":"52275","proto":"{}","method":"GET","host":"b.test","uri":"/","tls":{{"resumed":false,"version":0,"cipher_suite":0,"proto":"","server_name":""}}}},"status":421}})"
        "\n",
        protocol);
  };
  const Story quic = story_of(refused("HTTP/3.0"));
  ASSERT_EQ(quic.incidents.size(), 1U);
  EXPECT_EQ(quic.incidents[0].judgement.cause, Cause::protocol_off);
  EXPECT_EQ(quic.incidents[0].judgement.confidence, Confidence::likely);
  EXPECT_EQ(quic.incidents[0].evidence.sni.state, Fact::State::not_logged);
  EXPECT_NE(quic.incidents[0].judgement.because.find("whatever the client sent"), std::string::npos);
  const Story tcp = story_of(refused("HTTP/2.0"));
  ASSERT_EQ(tcp.incidents.size(), 1U);
  EXPECT_EQ(tcp.incidents[0].judgement.cause, Cause::sni_missing);
  EXPECT_EQ(tcp.incidents[0].judgement.confidence, Confidence::certain);
  EXPECT_EQ(tcp.incidents[0].judgement.because.find("whatever the client sent"), std::string::npos);
}

TEST(Chronicle, Counts404OnlyWhereEnvoyHadNoRouteForAnotherName) {
  const auto envoy = [](std::string_view sni, std::string_view flags) {
    return fmt::format(
        R"({{"start_time":"2026-11-28T10:00:00Z","requested_server_name":"{}","authority":"b.test","response_code":404,"response_flags":"{}","protocol":"HTTP/2"}})",
        sni, flags);
  };
  EXPECT_EQ(story_of(envoy("a.test", "NR")).refused, 1U);
  EXPECT_EQ(story_of(envoy("b.test", "NR")).refused, 0U);
  EXPECT_EQ(story_of(envoy("a.test", "-")).refused, 0U);
}

TEST(Chronicle, FollowsRetries) {
  const std::string refused = line(0, 1, 1, "a.test", "a.test", 200) + line(1, 1, 2, "a.test", "b.test", 421);
  const auto retries = [&](const std::string& then) { return story_of(refused + then).retries; };
  EXPECT_EQ(retries(line(2, 2, 1, "b.test", "b.test", 200)).succeeded, 1U);
  EXPECT_EQ(retries(line(2, 2, 1, "b.test", "b.test", 200)).on_fresh, 1U);
  EXPECT_EQ(retries(line(2, 2, 1, "b.test", "b.test", 500)).failed, 1U);
  EXPECT_EQ(retries(line(2, 1, 3, "a.test", "b.test", 421)).refused_again, 1U);
  EXPECT_EQ(retries(line(2, 1, 3, "a.test", "b.test", 421)).on_same, 1U);
  EXPECT_EQ(retries(line(90, 2, 1, "b.test", "b.test", 200)).not_seen, 1U);
  EXPECT_EQ(retries(line(2, 2, 1, "b.test", "b.test", 200, "HTTP/2.0", "192.0.2.2")).not_seen, 1U);
}

/// Lines are written when requests end, by threads that do not wait for each other: httpd wrote that of a retry before the refusal's.
TEST(Chronicle, FindsARetryThatWasLoggedBeforeTheRefusal) {
  const std::string first = line(0, 1, 1, "a.test", "a.test", 200);
  const std::string refused = line(1, 1, 2, "a.test", "b.test", 421);
  const auto retries = [&](const std::string& before, const std::string& after = "") {
    return story_of(first + before + refused + after).retries;
  };
  EXPECT_EQ(retries(line(1, 2, 1, "b.test", "b.test", 200)).succeeded, 1U);
  EXPECT_EQ(retries(line(1, 2, 1, "b.test", "b.test", 200)).on_fresh, 1U);
  EXPECT_EQ(retries(line(1, 2, 1, "b.test", "b.test", 200)).not_seen, 0U);
  EXPECT_EQ(retries(line(1, 2, 1, "b.test", "b.test", 500)).failed, 1U);
  // One that came later is surely it.
  const Retries later = retries(line(1, 2, 1, "b.test", "b.test", 500), line(2, 3, 1, "b.test", "b.test", 200));
  EXPECT_EQ(later.succeeded, 1U);
  EXPECT_EQ(later.failed, 0U);
  // Before the refused request began; somebody else; another name; on a connection that was there.
  EXPECT_EQ(retries(line(0, 2, 1, "b.test", "b.test", 200)).not_seen, 1U);
  EXPECT_EQ(retries(line(1, 2, 1, "b.test", "b.test", 200, "HTTP/2.0", "192.0.2.2")).not_seen, 1U);
  EXPECT_EQ(retries(line(1, 2, 1, "c.test", "c.test", 200)).not_seen, 1U);
  EXPECT_EQ(retries(line(0, 2, 1, "b.test", "c.test", 200) + line(1, 2, 2, "b.test", "b.test", 200)).not_seen, 1U);
  // A line is the retry of one request.
  const Retries two = story_of(first + line(1, 2, 1, "b.test", "b.test", 200) + refused + line(60, 1, 3, "a.test", "b.test", 421)).retries;
  EXPECT_EQ(two.succeeded, 1U);
  EXPECT_EQ(two.not_seen, 1U);
}

/// Both logs of one nginx, and a request that the error log does not mean.
TEST(Chronicle, JoinsAnErrorLogWithItsOwnRequestsAlone) {
  Chronicle chronicle({.on_refused = {}});
  const std::string access = line(0, 1, 1, "a.test", "a.test", 200) + line(1, 1, 2, "a.test", "b.test", 421) +
                             line(700, 2, 1, "", "b.test", 421, "HTTP/1.1", "192.0.2.9");
  // date -u -d @1790000001: 2026-09-21 14:13:21; the machine is two hours east of it.
  const std::string error =
      "2026/09/21 16:13:21 [info] 1#1: *1 client attempted to request the server name different from the one that was negotiated "
      "while processing HTTP/2 connection, client: 192.0.2.1, server: a.test, host: \"b.test\"\n";
  for (const std::string& text : {access, error}) {
    chronicle.begin_source("log");
    TextBytes bytes(text, SIZE_MAX);
    SourceOptions options;
    ASSERT_TRUE(read_source(bytes, options, chronicle));
    chronicle.end_source("", LogServer::unknown, 0, "");
  }
  const Story story = chronicle.finish();
  EXPECT_EQ(story.refused, 2U);
  ASSERT_EQ(story.incidents.size(), 2U);
  const bool first = story.incidents[0].judgement.cause == Cause::policy_differs;
  const Incident& told = story.incidents[first ? 0 : 1];
  const Incident& other = story.incidents[first ? 1 : 0];
  EXPECT_EQ(told.judgement.cause, Cause::policy_differs);
  EXPECT_EQ(told.judgement.confidence, Confidence::certain);
  EXPECT_EQ(told.evidence.sni.text, "a.test");
  EXPECT_EQ(other.judgement.cause, Cause::could_not_tell);
  EXPECT_TRUE(other.evidence.sni.absent());
}

/// `grep 421 access.log | astray explain`, or one line that was pasted: what came before on the connection is not there.
TEST(Chronicle, TakesNoLineOfAnExcerptForAFirstRequest) {
  const auto unnumbered = [](std::string_view host, int status) {
    return fmt::format(
        R"({{"msec":"1790000000.000","remote_addr":"192.0.2.1","connection":"7","ssl_server_name":"a.test","http_host":"{}","server_protocol":"HTTP/2.0","status":{}}})"
        "\n",
        host, status);
  };
  const std::string refused = unnumbered("b.test", 421);
  const Story excerpt = story_of(refused);
  ASSERT_EQ(excerpt.incidents.size(), 1U);
  EXPECT_EQ(excerpt.incidents[0].evidence.freshness, Freshness::unknown);
  EXPECT_EQ(excerpt.incidents[0].judgement.cause, Cause::coalesced);
  EXPECT_EQ(excerpt.incidents[0].judgement.confidence, Confidence::possible);
  ASSERT_EQ(blindnesses(excerpt).size(), 1U);
  EXPECT_NE(blindnesses(excerpt)[0].cannot.find("the whole log tells"), std::string::npos);
  // What the log numbers is known, and so is what stands in a log with other lines.
  EXPECT_EQ(story_of(line(0, 7, 1, "a.test", "b.test", 421)).incidents[0].evidence.freshness, Freshness::fresh);
  EXPECT_EQ(story_of(refused + line(0, 9, 1, "a.test", "a.test", 200)).incidents[0].evidence.freshness, Freshness::fresh);
  EXPECT_EQ(story_of(unnumbered("a.test", 200) + refused).incidents[0].judgement.confidence, Confidence::likely);
}

TEST(Chronicle, NamesAStorm) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += line(i, i, 1, "b.test", "b.test", 421);
  const Story story = story_of(text);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].judgement.cause, Cause::retry_storm);
  EXPECT_EQ(story.refused, 25U);
}

TEST(Chronicle, SeesAReusedNumber) {
  const Story story = story_of(line(0, 1, 1, "a.test", "a.test", 200) + line(1, 1, 1, "b.test", "b.test", 421));
  EXPECT_EQ(story.troubles[static_cast<size_t>(Trouble::reused_id)].count, 1U);
  EXPECT_EQ(story.incidents[0].evidence.freshness, Freshness::fresh);
}

TEST(Chronicle, SaysWhenConnectionsMakeRoom) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += line(i, i + 1, 1, "a.test", "a.test", 200);
  Reading reading;
  reading.chronicle.open_connections = 64;
  const Story story = story_of(text, reading);
  EXPECT_EQ(story.connections_bound, 64U);
  EXPECT_EQ(story.connections_evicted, 1000U - 64U);
}

TEST(Chronicle, LeavesOutWhatLiesOutside) {
  Reading reading;
  reading.chronicle.since = int64_t{1'790'000'001} * 1'000'000;
  reading.chronicle.until = int64_t{1'790'000'002} * 1'000'000;
  std::string text;
  for (int i = 0; i < 5; ++i) text += line(i, i, 1, "a.test", "a.test", 200);
  const Story story = story_of(text, reading);
  EXPECT_EQ(story.requests, 2U);
  EXPECT_EQ(story.outside, 3U);
}

/// 403 is what sites say themselves; Traffic Server alone says it for a misdirected request.
TEST(Chronicle, TakesNo403OfAnOriginForARefusal) {
  LineFormats formats;
  ASSERT_FALSE(formats.add("%<cqtq> %<chi> %<ccid> %<cssn> %<{Host}cqh> %<pssc> %<sssc> %<cqssv>", "test"));
  const auto refused = [&](std::string log) {
    Chronicle chronicle(ChronicleOptions{});
    chronicle.begin_source("log");
    TextBytes bytes(std::move(log));
    SourceOptions options;
    options.given = &formats;
    EXPECT_TRUE(read_source(bytes, options, chronicle).has_value());
    return chronicle.finish().refused;
  };
  const std::string before = "1756000000.123 192.0.2.1 9 a.test a.test 200 200 TLSv1.3\n";
  EXPECT_EQ(refused(before + "1756000000.124 192.0.2.1 9 a.test b.test 403 000 TLSv1.3\n"), 1U);
  EXPECT_EQ(refused(before + "1756000000.124 192.0.2.1 9 a.test b.test 403 403 TLSv1.3\n"), 0U);
  EXPECT_EQ(refused(before + "1756000000.124 192.0.2.1 9 a.test a.test 403 000 TLSv1.3\n"), 0U);
  EXPECT_EQ(refused("1756000000.124 192.0.2.1 9 - b.test 403 000 TLSv1.3\n"), 1U);
  EXPECT_EQ(refused("1756000000.124 192.0.2.1 9 - b.test 403 000 -\n"), 0U);
}

/// Logs in which nothing was misdirected, whatever else went wrong. "@" stands for the status.
TEST(Chronicle, FindsNothingInHealthyLogs) {
  const std::string_view formats[] = {
      R"~(192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET /421 HTTP/2.0" @ 421 "https://a.test/421" "421")~",
      R"~(b.test:443 192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" @ 5 "-" "curl")~",
      R"~(10.0.1.2:33317 [06/Feb/2009:12:14:14.655] f~ b/s 10/0/30/69/109 @ 2750 - - ---- 1/1/1/1/0 0/0 "GET https://b.test/ HTTP/2.0" 0/0/0/0/0 a.test/TLSv1.3/TLS_AES_256_GCM_SHA384)~",
      R"~([2016-04-15T20:17:00.310Z] "GET / HTTP/2" @ - 154 0 226 100 "-" "curl" "id" "b.test" "10.0.2.1:80")~",
      R"~({"start_time":"2026-11-28T10:00:00Z","requested_server_name":"b.test","authority":"b.test","response_code":@,"response_flags":"NR","protocol":"HTTP/2"})~",
      R"~({"level":"info","ts":1646861401.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"192.0.2.1","remote_port":"4","proto":"HTTP/2.0","method":"GET","host":"b.test","uri":"/","tls":{"server_name":"a.test"}},"status":@})~",
      R"~({"ClientAddr":"192.0.2.1:6","DownstreamStatus":@,"RequestHost":"b.test","RequestMethod":"GET","RequestPath":"/","RequestProtocol":"HTTP/2.0","StartUTC":"2026-11-28T10:00:00Z"})~",
      R"~({"ClientIP":"192.0.2.7","ClientRequestHost":"b.test","EdgeResponseStatus":@,"EdgeStartTimestamp":"2026-11-28T10:00:00Z"})~",
      R"~({"msec":"1790000000.000","remote_addr":"192.0.2.1","ssl_server_name":"a.test","http_host":"b.test","status":"@"})~",
      R"~({"time":"2026-02-28T23:59:58Z","astray.connection.id":7,"astray.tls.sni":"a.test","astray.http.authority":"b.test","astray.http.status":@,"astray.reason":"coalesced"})~",
      R"~(1756000000.123 5 192.0.2.1 TCP_MISS/@ 421 GET https://b.test/ - DIRECT/10.0.0.1 text/html)~",
  };
  for (const std::string_view format : formats) {
    for (const int status : {200, 304, 404, 403, 500}) {
      std::string log;
      for (const char c : format) log += c == '@' ? std::to_string(status) : std::string(1, c);
      const Story story = story_of(log + "\n" + log + "\n");
      EXPECT_EQ(story.requests, 2U) << log;
      EXPECT_EQ(story.refused, 0U) << log;
    }
  }
}

/// Everything bad at once; nothing of it may be lost without a word.
std::string bad_log() {
  std::string text = line(0, 1, 1, "a.test", "a.test", 200);
  text += "not a log line\n";
  text += std::string(3'000'000, 'x') + "\n";
  text += line(1, 1, 2, "a.test", "b.test", 421);
  text += "{\"http_host\":\"\xff\",\"status\":200,\"ssl_server_name\":\"a.test\"}\n\n";
  text += line(-9000, 2, 1, "a.test", "a.test", 200);
  return text + R"({"status":42)";
}

TEST(Log, CountsWhatIsBad) {
  const Story story = story_of(bad_log());
  const auto count = [&](Trouble trouble) { return story.troubles[static_cast<size_t>(trouble)].count; };
  EXPECT_EQ(story.requests, 4U);
  EXPECT_EQ(story.refused, 1U);
  EXPECT_EQ(count(Trouble::unreadable_line), 1U);
  EXPECT_EQ(count(Trouble::long_line), 1U);
  EXPECT_EQ(count(Trouble::bad_utf8), 1U);
  EXPECT_EQ(count(Trouble::clock_back), 1U);
  EXPECT_EQ(count(Trouble::truncated), 1U);
  EXPECT_EQ(story.troubles[static_cast<size_t>(Trouble::long_line)].first.line, 3U);
  EXPECT_EQ(story.incidents[0].examples[0].line, 4U);
  EXPECT_EQ(story.sources[0].lines, 8U);
}

TEST(Log, IsTheSameInAnyPieces) {
  std::string text = bad_log();
  for (int i = 0; i < 3000; ++i) text += "\n" + line(i, i, 1, "a.test", i % 50 == 0 ? "b.test" : "a.test", i % 50 == 0 ? 421 : 200);
  const Story whole = story_of(text);
  for (const Reading& reading : {Reading{.step = 4093}, Reading{.block_bytes = 3000}, Reading{.threads = 3, .block_bytes = 5000}}) {
    const Story story = story_of(text, reading);
    EXPECT_EQ(story.requests, whole.requests);
    EXPECT_EQ(story.refused, whole.refused);
    EXPECT_EQ(story.sources[0].lines, whole.sources[0].lines);
    ASSERT_EQ(story.incidents.size(), whole.incidents.size());
    for (size_t i = 0; i < story.incidents.size(); ++i) {
      EXPECT_EQ(story.incidents[i].count, whole.incidents[i].count);
      EXPECT_EQ(story.incidents[i].examples[0].line, whole.incidents[i].examples[0].line);
    }
  }
}

std::string gzipped(std::string_view text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

TEST(Log, ReadsCompressedOnes) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += line(i, i, 1, "a.test", "b.test", i == 77 ? 421 : 200);
  for (const auto& compress : {gzipped, zstd}) {
    const std::string half = compress(text);
    for (const size_t step : {SIZE_MAX, size_t{1000}}) {
      const Story story = story_of(half + half, {.step = step});  // two members, two frames
      EXPECT_EQ(story.requests, 10000U);
      EXPECT_EQ(story.refused, 2U);
    }
    std::string error;
    const Story cut = story_of(half.substr(0, half.size() / 2), {}, &error);
    EXPECT_NE(error.find("ends too early"), std::string::npos) << error;
    EXPECT_GT(cut.requests, 0U);
  }
}

TEST(Response, SaysWhoWroteIt) {
  const Story nginx = story_of("HTTP/2 421 \r\nserver: gateway\r\ncontent-type: text/html\r\n\r\n<html><center><h1>421 Misdirected "
                               "Request</h1></center>\r\n<hr><center>nginx/1.22.1</center>");
  ASSERT_EQ(nginx.incidents.size(), 1U);
  EXPECT_EQ(nginx.incidents[0].judgement.sender, "nginx");
  EXPECT_EQ(nginx.incidents[0].judgement.confidence, Confidence::possible);
  const Story fastly = story_of("HTTP/1.1 421 Misdirected Request\n\nRequested host does not match any Subject Alternative Names "
                                "(SANs) on TLS certificate");
  EXPECT_EQ(fastly.incidents[0].judgement.cause, Cause::certificate_gap);
  const Story redirected = story_of("HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nfine");
  EXPECT_EQ(redirected.requests, 2U);
  EXPECT_EQ(redirected.refused, 0U);
  EXPECT_EQ(story_of("421 Misdirected Request").incidents[0].judgement.cause, Cause::could_not_tell);
}

/// curl without -i, and what people copy out of a browser's window.
TEST(Response, NeedsNoHead) {
  const std::pair<std::string_view, std::string_view> pages[] = {
      {"<html>\r\n<head><title>421 Misdirected Request</title></head>\r\n<body>\r\n<center><h1>421 Misdirected Request</h1></center>\r\n"
       "<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>",
       "nginx"},
      {"<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>421 Misdirected Request</title>\n</head><body>\n"
       "<h1>Misdirected Request</h1>\n<p>The client needs a new connection for this\nrequest as the requested host name does not match\n",
       "Apache httpd"},
      {"Misdirected Request\nThe client needs a new connection for this request as the requested host name does not match", "Apache httpd"},
      {"The client needs a new connection for this request as the requested host name does not match", "Apache httpd"},
      {"Misdirected Request\n", "a server that left no signature"},
  };
  for (const auto& [page, sender] : pages) {
    const Story story = story_of(std::string(page));
    ASSERT_EQ(story.incidents.size(), 1U) << page;
    EXPECT_EQ(story.incidents[0].judgement.sender, sender) << page;
    EXPECT_EQ(story.incidents[0].evidence.status, 421) << page;
  }
  // Another page is none, and neither is a log in which somebody has such a name.
  EXPECT_EQ(story_of("<html><title>404 Not Found</title>").refused, 0U);
  EXPECT_EQ(story_of(R"~(192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 5 "-" "<html>421 Misdirected Request")~").refused, 0U);
}

}  // namespace
}  // namespace astray::explain::chronicle_test
