// A log of Firefox 153 that an nginx misdirected (tests/explain/live_firefox.py). What nginx logged of it:
//   conn 2, SNI open.test: open.test 200 three times, priv.test 421; conn 3, SNI priv.test: priv.test 400
#include <gtest/gtest.h>

#include "explain/captures/moz_log_line.h"
#include "explain/captures/story_of_texts_test.h"

namespace astray::explain::moz_log_test {
namespace {

TEST(MozLog, TakesALineApart) {
  const auto line =
      read_moz_log_line("2026-11-29 06:23:40.593061 UTC - [Parent 13080: Socket Thread]: V/nsHttp   text");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->stamp, "2026-11-29 06:23:40.593061 UTC");
  EXPECT_EQ(line->thread, "13080: Socket Thread");
  EXPECT_EQ(line->module, "nsHttp");
  EXPECT_EQ(line->text, "  text");
  EXPECT_EQ(read_moz_log_line("[(null) 7: Main Thread]: D/nsHttp x")->thread, "7: Main Thread");
  EXPECT_EQ(read_moz_log_line("[7:Main Thread]: D/nsHttp x")->thread, "7:Main Thread");
  for (const std::string_view other :
       {"", "server: x", "[Parent 7: Main Thread]: nsHttp x", "[7]: D/nsHttp x", "[7: a]: D/",
        "[7: a]: D/nsHttp", "2026-11-29 06:23:40.593061 UTC [7: a]: D/nsHttp x",
        "[Parent 7: Main Thread]: X/nsHttp x"})
    EXPECT_FALSE(read_moz_log_line(other)) << other;
}

TEST(MozLog, ReadsOriginsOutOfKeys) {
  const MozLogOrigin origin =
      moz_log_origin(".SA...C....[tlsflags0x00000000]a.test:8443^partitionKey=%28https%2Ca.test%29 7f");
  EXPECT_EQ(origin.host, "a.test");
  EXPECT_EQ(origin.host_and_port, "a.test:8443");
  EXPECT_TRUE(origin.tls);
  EXPECT_FALSE(moz_log_origin("...........[tlsflags0x00000000]a.test:80").tls);
  EXPECT_EQ(moz_log_origin(".S.........[tlsflags0x00000000]2001:db8::1:443 [").host, "2001:db8::1");
  EXPECT_EQ(moz_log_origin("a.test:443").host, "");
}

TEST(MozLog, TellsOfTheMisdirectedRequestAndItsRetry) {
  const std::string text = corpus_file("explain_moz_log/firefox_153");
  ASSERT_FALSE(text.empty());
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    const Story story = story_of_texts({text}, step);
    EXPECT_EQ(story.sources[0].format, "log of Firefox");
    EXPECT_EQ(story.comparable, 9U);  // with four of the browser's own, which got no answer
    EXPECT_EQ(story.differing, 1U);
    ASSERT_EQ(story.incidents.size(), 1U);
    const Incident& incident = story.incidents[0];
    EXPECT_EQ(incident.judgement.cause, Cause::coalesced);
    EXPECT_EQ(incident.judgement.confidence, Confidence::certain);
    EXPECT_EQ(incident.evidence.sni.text, "open.test");
    EXPECT_EQ(incident.evidence.authority.text, "priv.test");
    EXPECT_EQ(incident.evidence.protocol, Protocol::h2);
    EXPECT_EQ(incident.evidence.freshness, Freshness::reused);
    EXPECT_EQ(incident.evidence.client_certificate_asked, false);
    EXPECT_EQ(incident.judgement.attribute, Reason::client_authentication_differs);
    EXPECT_EQ(incident.retries.failed, 1U);
    EXPECT_EQ(incident.retries.on_fresh, 1U);
    ASSERT_EQ(incident.backs.rows(1).size(), 1U);
    EXPECT_EQ(incident.backs.rows(1)[0].text, "127.0.0.1:8443");
    for (const TroubleNote& note : story.troubles) EXPECT_EQ(note.count, 0U);
  }
}

TEST(MozLog, OfHalfALineNothingIsBelieved) {
  const std::string text = corpus_file("explain_moz_log/firefox_153");
  const size_t misdirected = text.find("Misdirected Request.");
  ASSERT_NE(misdirected, std::string::npos);
  const Story story = story_of_texts({text.substr(0, misdirected)});
  EXPECT_EQ(count_of(story, Trouble::truncated), 1U);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].retries.not_seen, 1U);
}

TEST(MozLog, ProcessesOfOneFileHaveObjectsOfTheirOwn) {
  // Each line twice, for another process: the same pointers mean two requests on two connections.
  const Story story = story_of_texts({corpus_file("explain_moz_log/two_processes_without_stamps")});
  EXPECT_GT(story.requests, 0U);
  EXPECT_EQ(story.requests % 2, 0U);
  EXPECT_EQ(story.differing, 0U);
  EXPECT_FALSE(story.sources[0].has_time);
}

}  // namespace
}  // namespace astray::explain::moz_log_test
