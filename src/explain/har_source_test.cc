// Entries as HAR 1.2 states them, with the members that Chrome adds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>

#include "explain/chronicle.h"
#include "explain/source.h"

namespace astray::explain {
namespace {

class HarBytes : public ByteSource {
 public:
  HarBytes(std::string text, size_t step) : text_(std::move(text)), step_(step) {}
  Result<size_t> read(char* into, size_t size) override {
    const size_t bytes = std::min({size, step_, text_.size() - at_});
    std::memcpy(into, text_.data() + at_, bytes);
    at_ += bytes;
    return bytes;
  }

 private:
  std::string text_;
  size_t step_;
  size_t at_ = 0;
};

Story har_story(const std::string& text, size_t step = SIZE_MAX) {
  Chronicle chronicle({.on_refused = {}});
  chronicle.begin_source("page.har");
  HarBytes bytes(text, step);
  const Result<SourceSummary> summary = read_source(bytes, SourceOptions{}, chronicle);
  chronicle.end_source(summary ? summary->format : "", LogServer::unknown, summary ? summary->lines : 0, "");
  return chronicle.finish();
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

}  // namespace
}  // namespace astray::explain
