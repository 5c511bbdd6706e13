// One request that a client recorded and a server logged is one entry.
#include <gtest/gtest.h>

#include "explain/story/chronicle.h"

namespace astray::explain::join_test {
namespace {

constexpr int64_t noon = 1'795'953'600'000'000;

/// b.test on a connection whose SNI is a.test, over HTTP/2, refused.
Sighting refused_as(Witnessed kind, uint32_t file, uint64_t line) {
  Sighting s;
  s.file = file;
  s.line = line;
  s.kind = kind;
  s.time = noon;
  s.connection = Fact::logged(kind == Witnessed::capture ? "HTTP/2 session 12" : "41");
  s.protocol = Protocol::h2;
  s.sni = Fact::logged("a.test");
  s.authority = Fact::logged("b.test");
  s.status = 421;
  if (kind == Witnessed::access) {
    s.server = LogServer::nginx;
    s.client = Fact::logged("192.0.2.1");
  } else {
    s.rung = Fact::logged("coalesced");
    s.exchange = Fact::logged("7");
    s.client_certificate_asked = false;
    s.certificate = Fact::logged("a.test,b.test");
  }
  return s;
}

/// The connection carried a.test before.
Sighting served_before(Sighting s) {
  s.status = 200;
  s.authority = Fact::logged("a.test");
  s.rung = {};
  s.exchange = {};
  return s;
}

Story told(const std::vector<Sighting>& sightings) {
  Chronicle chronicle({.on_refused = {}});
  chronicle.begin_source("capture");
  chronicle.begin_source("access.log");
  for (const Sighting& s : sightings) chronicle.request(s);
  return chronicle.finish();
}

/// Refused, and refused again on the same connection, which is another rung to the client and the same line to the server.
TEST(JoinedCapture, IsOneEntryWithItsRetryToo) {
  const Sighting first = refused_as(Witnessed::capture, 0, 5);
  Sighting again = first;
  again.line = 7;
  again.rung = Fact::logged("pooled-alias");
  Sighting logged = refused_as(Witnessed::access, 1, 9);
  const Story story = told({served_before(first), first, again, served_before(logged), logged, logged});
  EXPECT_EQ(story.refused, 2U);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].count, 2U);
  EXPECT_EQ(story.incidents[0].evidence.rung, Reason::coalesced);
  EXPECT_EQ(story.incidents[0].judgement.confidence, Confidence::certain);
}

TEST(JoinedCapture, IsOneEntryWithTheAccessLog) {
  const Sighting capture = refused_as(Witnessed::capture, 0, 5);
  Sighting log = refused_as(Witnessed::access, 1, 9);
  log.time = noon + 1'900'000;  // the other machine's clock
  const Story story = told({served_before(capture), capture, served_before(log), log});
  EXPECT_EQ(story.refused, 1U);
  ASSERT_EQ(story.incidents.size(), 1U);
  const Incident& incident = story.incidents[0];
  EXPECT_EQ(incident.count, 1U);
  // Of the client: why it went there. Of the server: who it is.
  EXPECT_EQ(incident.judgement.cause, Cause::coalesced);
  EXPECT_EQ(incident.judgement.confidence, Confidence::certain);
  EXPECT_EQ(incident.judgement.sender, "nginx");
  ASSERT_EQ(incident.examples.size(), 1U);
  EXPECT_EQ(incident.examples[0].file, 1U);
  ASSERT_EQ(incident.captured_examples.size(), 1U);
  EXPECT_EQ(incident.captured_examples[0].line, 5U);
  ASSERT_TRUE(incident.connection);
  EXPECT_EQ(incident.connection->id, "41");
  EXPECT_EQ(incident.connection->certificate, "a.test,b.test");
}

TEST(JoinedCapture, GivesALogTheSniThatItLacks) {
  const Sighting capture = refused_as(Witnessed::capture, 0, 5);
  Sighting log = refused_as(Witnessed::access, 1, 9);
  log.sni = {};
  log.connection = {};
  const Story story = told({served_before(capture), capture, log});
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].evidence.sni.text, "a.test");
  EXPECT_EQ(story.incidents[0].evidence.freshness, Freshness::reused);
}

TEST(JoinedCapture, SaysOfOtherRequestsOnlyWhatTheLogDoes) {
  const Sighting capture = refused_as(Witnessed::capture, 0, 5);
  const Sighting log = refused_as(Witnessed::access, 1, 9);
  const Story story = told({served_before(capture), capture, served_before(log), log, log, log});
  EXPECT_EQ(story.refused, 3U);
  ASSERT_EQ(story.incidents.size(), 1U);
  // Why the others went there is not known from one that was captured.
  EXPECT_EQ(story.incidents[0].judgement.confidence, Confidence::likely);
  EXPECT_EQ(story.incidents[0].captured_examples.size(), 1U);
}

/// The client numbers its requests, and knows what became of each; the server's log may end before the retry does, or not have its line
/// where it is looked for.
TEST(JoinedCapture, KnowsTheRetryThatTheLogHasNot) {
  const Sighting capture = refused_as(Witnessed::capture, 0, 5);
  Sighting retried = capture;
  retried.line = 8;
  retried.connection = Fact::logged("HTTP/2 session 13");
  retried.sni = Fact::logged("b.test");
  retried.status = 200;
  const Sighting log = refused_as(Witnessed::access, 1, 9);
  const Retries known = told({served_before(capture), capture, retried, served_before(log), log}).retries;
  EXPECT_EQ(known.succeeded, 1U);
  EXPECT_EQ(known.on_fresh, 1U);
  EXPECT_EQ(known.not_seen, 0U);
  // A capture that ends with the 421 takes nothing from the log.
  Sighting logged_retry = log;
  logged_retry.connection = Fact::logged("42");
  logged_retry.sni = Fact::logged("b.test");
  logged_retry.status = 200;
  const Retries logged = told({served_before(capture), capture, served_before(log), log, logged_retry}).retries;
  EXPECT_EQ(logged.succeeded, 1U);
  EXPECT_EQ(logged.not_seen, 0U);
}

/// The line of the request that opened the connection was written after that of the refused one, which then looks like a first request.
TEST(JoinedCapture, PutsLinesInOrder) {
  const Sighting capture = refused_as(Witnessed::capture, 0, 5);
  const Sighting log = refused_as(Witnessed::access, 1, 9);
  const Story story = told({served_before(capture), capture, log, served_before(log)});
  ASSERT_EQ(story.incidents.size(), 1U);
  const Incident& incident = story.incidents[0];
  EXPECT_EQ(incident.evidence.freshness, Freshness::reused);
  EXPECT_EQ(incident.judgement.cause, Cause::coalesced);
  ASSERT_TRUE(incident.connection);
  EXPECT_EQ(incident.connection->id, "41");
  EXPECT_EQ(incident.connection->requests, 1U);
  EXPECT_EQ(incident.connection->authorities, std::vector<std::string>{"a.test"});
  // A log that numbers the requests of a connection is not to be doubted.
  Sighting numbered = log;
  numbered.request_number = 1;
  EXPECT_EQ(told({served_before(capture), capture, numbered}).incidents.size(), 2U);
}

TEST(JoinedCapture, LeavesOtherRequestsAlone) {
  const auto entries_with = [](const auto& change) {
    const Sighting capture = refused_as(Witnessed::capture, 0, 5);
    Sighting log = refused_as(Witnessed::access, 1, 9);
    change(log);
    return told({served_before(capture), capture, served_before(log), log}).incidents.size();
  };
  EXPECT_EQ(entries_with([](Sighting&) {}), 1U);
  EXPECT_EQ(entries_with([](Sighting& s) { s.time = noon + 3'000'000; }), 2U);
  EXPECT_EQ(entries_with([](Sighting& s) { s.authority = Fact::logged("c.test"); }), 2U);
  EXPECT_EQ(entries_with([](Sighting& s) { s.sni = Fact::logged("c.test"); }), 2U);
  EXPECT_EQ(entries_with([](Sighting& s) { s.protocol = Protocol::h1; }), 2U);
  // Two clients are known, and they differ.
  Sighting capture = refused_as(Witnessed::capture, 0, 5);
  capture.client = Fact::logged("198.51.100.1");
  EXPECT_EQ(told({capture, refused_as(Witnessed::access, 1, 9)}).incidents.size(), 2U);
}

}  // namespace
}  // namespace astray::explain::join_test
