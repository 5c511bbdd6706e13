// Entries as HAR 1.2 states them, with the members that Chrome adds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "explain/captures/story_of_texts_test.h"

namespace astray::explain::har_source_test {
namespace {

Story har_story(const std::string& text, size_t step = SIZE_MAX) {
  return story_of_texts({text}, step);
}

std::string entry(std::string_view host, int status, int connection, int second) {
  return fmt::format(
      R"({{"startedDateTime":"2026-11-28T10:00:{:02}.000Z","time":1,"request":{{"method":"GET","url":"https://{}/p","httpVersion":"h2","headers":[{{"name":":authority","value":"{}"}}]}},)"
      R"("response":{{"status":{},"statusText":"","httpVersion":"h2","headers":[{{"name":"server","value":"gateway"}}],"content":{{"size":9,"mimeType":"text/html","text":"<center><h1>421 Misdirected Request</h1></center>\r\n<hr><center>nginx</center>"}}}},)"
      R"("serverIPAddress":"192.0.2.80","connection":"{}"}})",
      second, host, host, status, connection);
}

std::string har(std::string_view entries) {
  return fmt::format("{{\n  \"log\": {{\n  \"version\": \"1.2\",\n  \"creator\": {{\"name\": \"WebInspector\", \"version\": \"537.36\"}},\n  "
                     "\"entries\": [{}]}}}}\n",
                     entries);
}

TEST(Har, TellsWhichRequestsSharedAConnection) {
  const std::string text =
      har(entry("a.test", 200, 7, 0) + ",\n" + entry("b.test", 421, 7, 1) + ",\n" + entry("b.test", 200, 8, 2) + R"(,{"request":{"url":"data:,x"}})");
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    const Story story = har_story(text, step);
    EXPECT_EQ(story.requests, 3U);
    EXPECT_EQ(story.sources[0].format, "HAR of WebInspector");
    ASSERT_EQ(story.incidents.size(), 1U);
    const Incident& incident = story.incidents[0];
    // The SNI is not in a HAR: the connection's first name stands for it, and that is no certainty.
    EXPECT_EQ(incident.evidence.sni.state, Fact::State::not_logged);
    EXPECT_EQ(incident.judgement.cause, Cause::coalesced);
    EXPECT_EQ(incident.judgement.confidence, Confidence::possible);
    EXPECT_EQ(incident.judgement.sender, "nginx");
    EXPECT_EQ(incident.retries.succeeded, 1U);
    EXPECT_EQ(incident.retries.on_fresh, 1U);
    for (const TroubleNote& note : story.troubles) EXPECT_EQ(note.count, 0U);
  }
  const Story cut = har_story(text.substr(0, text.find("WebInspector") + 900));
  EXPECT_EQ(cut.troubles[static_cast<size_t>(Trouble::truncated)].count, 1U);
  EXPECT_EQ(har_story(har("{\"request\":3},{x}")).troubles[static_cast<size_t>(Trouble::unreadable_line)].count, 2U);
}

/// An entry as Firefox 153 writes it (har-builder.js): "connection" is the port of the server.
std::string firefox_entry(std::string_view host, int status, int connect, int second) {
  return fmt::format(
      R"({{"startedDateTime":"2026-11-28T10:00:{:02}.000+00:00","request":{{"method":"GET","url":"https://{}/p","httpVersion":"HTTP/2","headers":[{{"name":"Host","value":"{}"}}]}},)"
      R"("response":{{"status":{},"statusText":"","httpVersion":"HTTP/2","headers":[],"content":{{"size":0}}}},"timings":{{"blocked":0,"dns":0,"connect":{},"ssl":0,"send":0,"wait":1,"receive":0}},)"
      R"("_securityState":"secure","serverIPAddress":"2001:db8::80","connection":"443"}})",
      second, host, host, status, connect);
}

TEST(Har, TheConnectionOfFirefoxIsAPort) {
  const Story story = har_story(har(firefox_entry("a.test", 200, 12, 0) + "," + firefox_entry("b.test", 421, 0, 1) + "," +
                                    firefox_entry("c.test", 421, 9, 2)));
  EXPECT_EQ(story.requests, 3U);
  EXPECT_FALSE(story.sources[0].has_connection);
  ASSERT_EQ(story.incidents.size(), 2U);
  for (const Incident& incident : story.incidents) {
    // Nothing says that it shared a connection with a.test.
    EXPECT_EQ(incident.evidence.first_authority, "");
    EXPECT_EQ(incident.evidence.freshness, incident.evidence.authority.text == "c.test" ? Freshness::fresh : Freshness::unknown);
    EXPECT_EQ(incident.backs.rows(1)[0].text, "[2001:db8::80]:443");
  }
}

TEST(Har, ReadsWhatPlaywrightAndChromeAdd) {
  const auto with = [](std::string_view members) {
    std::string text = entry("b.test", 421, 0, 1);
    return har_story(har(text.insert(text.size() - 1, members)));
  };
  const Story named = with(R"(,"_connectionId":"17","_serverPort":8443,"_securityDetails":{"protocol":"TLS 1.3","subjectName":"a.test","issuer":"CA"})");
  ASSERT_EQ(named.incidents.size(), 1U);
  ASSERT_TRUE(named.incidents[0].connection);
  EXPECT_EQ(named.incidents[0].connection->id, "connection 17");
  EXPECT_EQ(named.incidents[0].connection->certificate, "a.test");
  EXPECT_EQ(named.incidents[0].backs.rows(1)[0].text, "192.0.2.80:8443");
  const Story listed = with(R"(,"_connectionId":"17","_securityDetails":{"subjectName":"Some Company","sanList":["a.test","b.test"]})");
  EXPECT_EQ(listed.incidents[0].connection->certificate, "a.test,b.test");
  // "connection" 0 is none, and a company's name is no host's.
  const Story none = with(R"(,"_securityDetails":{"subjectName":"Some Company"})");
  EXPECT_FALSE(none.incidents[0].connection);
}

}  // namespace
}  // namespace astray::explain::har_source_test
