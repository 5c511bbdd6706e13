// Events in the form in which Chromium 156 writes them (net/log/net_log_event_type_list.h), with numbers of
// the test's own: only the constants may say what they mean.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "explain/source.h"
#include "explain/story/chronicle.h"
#include "explain/text_bytes.h"

namespace astray::explain::netlog_test {
namespace {

Story netlog_story(std::string text, size_t step = SIZE_MAX, std::string* error = nullptr) {
  Chronicle chronicle({.on_refused = {}});
  chronicle.begin_source("netlog.json");
  TextBytes bytes(std::move(text), step);
  const Result<SourceSummary> summary = read_source(bytes, SourceOptions{}, chronicle);
  if (!summary && error != nullptr) *error = summary.error().message;
  chronicle.end_source(summary ? summary->format : "", LogServer::unknown, summary ? summary->lines : 0, "");
  return chronicle.finish();
}

/// Numbers start at `base`, as they differ from build to build.
struct Writer {
  int base = 100;
  std::string text;
  int time = 1000;
  static constexpr std::string_view types[] = {
      "REQUEST_ALIVE", "HTTP_STREAM_REQUEST_BOUND_TO_JOB", "HTTP_TRANSACTION_SEND_REQUEST_HEADERS",
      "HTTP_TRANSACTION_HTTP2_SEND_REQUEST_HEADERS", "HTTP_TRANSACTION_READ_RESPONSE_HEADERS",
      "HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION", "HTTP_STREAM_JOB_HTTP2_SESSION_AVAILABLE", "SOCKET_POOL_BOUND_TO_SOCKET",
      "SOCKET_POOL_CONNECT_JOB_CREATED", "CONNECT_JOB_SET_SOCKET", "HTTP2_SESSION", "HTTP2_SESSION_INITIALIZED",
      "HTTP2_SESSION_SEND_HEADERS", "HTTP2_SESSION_RECV_HEADERS", "TCP_CONNECT", "SSL_CONNECT", "SSL_CLIENT_CERT_REQUESTED",
      "HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION", "HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS", "QUIC_SESSION",
      "QUIC_SESSION_POOL_USE_EXISTING_SESSION", "QUIC_SESSION_PACKET_RECEIVED", "QUIC_SESSION_CERTIFICATE_VERIFIED"};

  explicit Writer(int first = 100) : base(first) {
    std::string list;
    int number = base;
    for (const std::string_view type : types) list += fmt::format("{}\"{}\":{}", list.empty() ? "" : ",", type, number++);
    text = fmt::format(
        R"({{"constants":{{"clientInfo":{{"name":"Chromium","version":"156.0.8078.108"}},"logEventPhase":{{"PHASE_BEGIN":{},"PHASE_END":{},"PHASE_NONE":{}}},"logEventTypes":{{{}}},"timeTickOffset":1790000000000}},)"
        "\n\"events\": [\n",
        base + 1, base + 2, base, list);
  }
  /// `phase`: 'b', 'e' or ' '.
  void event(std::string_view type, int source, std::string_view params, char phase = ' ') {
    int number = base;
    for (const std::string_view each : types) {
      if (each == type) break;
      ++number;
    }
    text += fmt::format(R"({{"params":{{{}}},"phase":{},"source":{{"id":{},"start_time":"1","type":11}},"time":"{}","type":{}}},)"
                        "\n",
                        params, phase == 'b' ? base + 1 : phase == 'e' ? base + 2 : base, source, time++, number);
  }
  void session(int id, std::string_view host, int socket) {
    event("TCP_CONNECT", socket, fmt::format(R"("local_address":"192.0.2.1:{}","remote_address":"192.0.2.80:443")", 40000 + socket), 'e');
    event("HTTP2_SESSION", id, fmt::format(R"("host":"{}:443","proxy":"[direct://]")", host), 'b');
    event("HTTP2_SESSION_INITIALIZED", id, fmt::format(R"("protocol":"h2","source_dependency":{{"id":{},"type":10}})", socket));
  }
  void send(int id, int stream, std::string_view authority, int job) {
    event("HTTP2_SESSION_SEND_HEADERS", id,
          fmt::format(R"("headers":[":method: GET",":authority: {}",":scheme: https",":path: /"],"source_dependency":{{"id":{},"type":17}},"stream_id":{})",
                      authority, job, stream));
  }
  void receive(int id, int stream, int status) {
    event("HTTP2_SESSION_RECV_HEADERS", id, fmt::format(R"("fin":false,"headers":[":status: {}","server: nginx/1.22.1"],"stream_id":{})", status, stream));
  }
  void refer(std::string_view type, int source, int to) {
    event(type, source, fmt::format(R"("source_dependency":{{"id":{},"type":1}})", to));
  }
  std::string whole() const { return text.substr(0, text.size() - 2) + "],\n\"polledData\": [{}]}\n"; }
};

/// a.test's connection is taken for b.test, refused, and b.test asked again on a connection of its own.
Writer coalesced(int base = 100) {
  Writer log(base);
  log.session(10, "a.test", 9);
  log.send(10, 1, "a.test", 5);
  log.receive(10, 1, 200);
  log.refer("HTTP_STREAM_JOB_HTTP2_SESSION_AVAILABLE", 6, 10);
  log.refer("HTTP_STREAM_REQUEST_BOUND_TO_JOB", 2, 6);
  log.send(10, 3, "b.test", 6);
  log.receive(10, 3, 421);
  log.refer("HTTP_STREAM_REQUEST_BOUND_TO_JOB", 2, 7);
  log.session(12, "b.test", 11);
  log.send(12, 1, "b.test", 7);
  log.receive(12, 1, 200);
  return log;
}

TEST(NetLog, TellsCoalescingAndItsRetry) {
  for (const int base : {100, 0, 7000}) {
    const std::string text = coalesced(base).whole();
    for (const size_t step : {SIZE_MAX, size_t{1}}) {
      const Story story = netlog_story(text, step);
      EXPECT_EQ(story.requests, 3U);
      EXPECT_EQ(story.sources[0].format, "NetLog of Chromium 156.0.8078.108");
      ASSERT_EQ(story.incidents.size(), 1U);
      const Incident& incident = story.incidents[0];
      EXPECT_EQ(incident.judgement.cause, Cause::coalesced);
      EXPECT_EQ(incident.judgement.confidence, Confidence::certain);
      EXPECT_EQ(incident.judgement.sender, "a server that calls itself nginx/1.22.1");
      EXPECT_EQ(incident.evidence.sni.text, "a.test");
      EXPECT_EQ(incident.evidence.authority.text, "b.test");
      EXPECT_EQ(incident.evidence.rung, Reason::coalesced);
      EXPECT_EQ(incident.evidence.freshness, Freshness::reused);
      EXPECT_EQ(incident.retries.succeeded, 1U);
      EXPECT_EQ(incident.retries.on_fresh, 1U);
      EXPECT_EQ(incident.first, 1'790'000'001'007'000);  // the eighth event, when it was sent
      for (const TroubleNote& note : story.troubles) EXPECT_EQ(note.count, 0U);
    }
  }
}

TEST(NetLog, TellsAnAliasThatWasMappedBefore) {
  Writer log;
  log.session(10, "a.test", 9);
  log.refer("HTTP2_SESSION_POOL_FOUND_EXISTING_SESSION", 6, 10);
  log.refer("HTTP_STREAM_REQUEST_BOUND_TO_JOB", 2, 6);
  log.send(10, 1, "b.test", 6);
  log.receive(10, 1, 421);
  const Story story = netlog_story(log.whole());
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].evidence.rung, Reason::pooled_alias);
  EXPECT_EQ(story.incidents[0].judgement.cause, Cause::coalesced);
  EXPECT_EQ(story.incidents[0].retries.not_seen, 1U);
}

/// HTTP/3, as Chromium 156 tells of it: b.test is asked for on a.test's session, refused, and asked again on the same one, which its
/// name is mapped to now.
TEST(NetLog, TellsCoalescingOverHttp3) {
  Writer log;
  log.event("QUIC_SESSION", 45, R"("host":"a.test","port":443,"proxy_chain":"[direct://]")", 'b');
  for (const char* const port : {"52275", "40000"})  // only the first address counts: it may move
    log.event("QUIC_SESSION_PACKET_RECEIVED", 45, fmt::format(R"("peer_address":"192.0.2.80:443","self_address":"192.0.2.1:{}","size":37)", port));
  log.event("QUIC_SESSION_CERTIFICATE_VERIFIED", 45, R"("subjects":["a.test","b.test"])");
  const auto ask = [&](int request, int job, std::string_view authority, int status) {
    log.refer("HTTP_STREAM_REQUEST_BOUND_TO_JOB", request, job);
    log.refer("HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION", request, 45);
    log.event("HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS", request,
              fmt::format(R"("headers":[":method: GET",":authority: {}",":scheme: https",":path: /"])", authority));
    log.event("HTTP_TRANSACTION_READ_RESPONSE_HEADERS", request, fmt::format(R"("headers":["HTTP/1.1 {}","server: Caddy"])", status));
  };
  ask(36, 39, "a.test", 200);
  ask(48, 51, "b.test", 421);
  log.refer("QUIC_SESSION_POOL_USE_EXISTING_SESSION", 56, 45);
  ask(48, 56, "b.test", 421);
  const Story story = netlog_story(log.whole());
  EXPECT_EQ(story.requests, 3U);
  // Both rungs lead to one story; the one that began it is told.
  ASSERT_EQ(story.incidents.size(), 1U);
  const Incident& incident = story.incidents[0];
  EXPECT_EQ(incident.count, 2U);
  EXPECT_EQ(incident.judgement.cause, Cause::coalesced);
  EXPECT_EQ(incident.judgement.confidence, Confidence::certain);
  EXPECT_EQ(incident.evidence.rung, Reason::coalesced);
  EXPECT_EQ(incident.evidence.protocol, Protocol::h3);
  EXPECT_EQ(incident.evidence.sni.text, "a.test");
  EXPECT_EQ(incident.evidence.authority.text, "b.test");
  EXPECT_EQ(incident.evidence.freshness, Freshness::reused);
  ASSERT_TRUE(incident.connection.has_value());
  EXPECT_EQ(incident.connection->client, "192.0.2.1");
  EXPECT_EQ(incident.connection->certificate, "a.test,b.test");
  EXPECT_EQ(incident.retries.refused_again, 1U);
  EXPECT_EQ(incident.retries.on_same, 1U);
  // A request whose name was there before is an alias from the first.
  Writer later;
  later.event("QUIC_SESSION", 45, R"("host":"a.test","port":443)", 'b');
  later.refer("QUIC_SESSION_POOL_USE_EXISTING_SESSION", 51, 45);
  later.refer("HTTP_STREAM_REQUEST_BOUND_TO_JOB", 48, 51);
  later.refer("HTTP_STREAM_REQUEST_BOUND_TO_QUIC_SESSION", 48, 45);
  later.event("HTTP_TRANSACTION_QUIC_SEND_REQUEST_HEADERS", 48, R"("headers":[":method: GET",":authority: b.test",":scheme: https",":path: /"])");
  later.event("HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 48, R"("headers":["HTTP/1.1 421"])");
  const Story alias = netlog_story(later.whole());
  ASSERT_EQ(alias.incidents.size(), 1U);
  EXPECT_EQ(alias.incidents[0].evidence.rung, Reason::pooled_alias);
}

/// HTTP/1.1 is told by the URL request, and its SNI by the group of the socket's pool.
TEST(NetLog, TellsHttp1) {
  Writer log;
  log.event("SOCKET_POOL_CONNECT_JOB_CREATED", 20, R"("backup_job":false,"group_id":"pm/https://a.test:8443 <null>")");
  log.refer("CONNECT_JOB_SET_SOCKET", 20, 9);
  log.refer("SOCKET_POOL_BOUND_TO_SOCKET", 6, 9);
  log.refer("HTTP_STREAM_REQUEST_BOUND_TO_JOB", 2, 6);
  log.event("HTTP_TRANSACTION_SEND_REQUEST_HEADERS", 2, R"("headers":["Host: a.test:8443","User-Agent: x"],"line":"GET /p HTTP/1.1\r\n")");
  log.event("HTTP_TRANSACTION_READ_RESPONSE_HEADERS", 2, R"("headers":["HTTP/1.1 421 Misdirected Request","Server: Apache"])");
  const Story story = netlog_story(log.whole());
  EXPECT_EQ(story.requests, 1U);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].judgement.cause, Cause::application_allow_list);
  EXPECT_EQ(story.incidents[0].evidence.protocol, Protocol::h1);
  EXPECT_EQ(story.incidents[0].evidence.sni.text, "a.test");
}

/// Chrome was killed: whatever is cut off, what was told until then counts, and no refusal comes up that was none.
TEST(NetLog, ReadsOneThatIsCutOff) {
  const std::string text = coalesced().whole();
  const size_t events = text.find("\"events\"");
  for (size_t size = events; size < text.size() - 2; size += 7) {
    const Story story = netlog_story(text.substr(0, size));
    EXPECT_EQ(story.troubles[static_cast<size_t>(Trouble::truncated)].count, 1U) << size;
    EXPECT_LE(story.refused, 1U);
    EXPECT_LE(story.requests, 3U);
  }
  // A session that was opened before the log began: its SNI is not logged, and not guessed.
  Writer late;
  late.send(10, 1, "b.test", 6);
  late.receive(10, 1, 421);
  const Story story = netlog_story(late.whole());
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].evidence.sni.state, Fact::State::not_logged);
  EXPECT_EQ(story.incidents[0].judgement.cause, Cause::could_not_tell);
}

TEST(NetLog, SaysWhatIsWrongWithOne) {
  std::string error;
  netlog_story(R"({"constants":{},"events":[{"type":1}]})", SIZE_MAX, &error);
  EXPECT_NE(error.find("no constants"), std::string::npos) << error;
  Writer log = coalesced();
  log.text += "{\"type\":},\n{\"phase\":1},\n";
  const Story story = netlog_story(log.whole());
  EXPECT_EQ(story.troubles[static_cast<size_t>(Trouble::unreadable_line)].count, 2U);
  EXPECT_EQ(story.refused, 1U);
}

/// An SNI is no address (RFC 6066 §3).
TEST(NetLog, KnowsThatAddressesHaveNoSni) {
  Writer log;
  log.session(10, "[2001:db8::1]", 9);
  log.send(10, 1, "[2001:db8::1]", 6);
  log.receive(10, 1, 421);
  const Story story = netlog_story(log.whole());
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_TRUE(story.incidents[0].evidence.sni.absent());
}

}  // namespace
}  // namespace astray::explain::netlog_test
