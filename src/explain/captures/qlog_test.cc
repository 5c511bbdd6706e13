// Events as the drafts of qlog state them (draft-ietf-quic-qlog-h3-events, HTTP3HeadersFrame).
#include <gtest/gtest.h>

#include "explain/captures/story_of_texts_test.h"

namespace astray::explain::qlog_test {
namespace {

TEST(Qlog, TellsWhichRequestsSharedAConnection) {
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    const Story story = story_of_texts({corpus_file("explain_qlog/document_0_4")}, step);
    EXPECT_EQ(story.requests, 3U);
    ASSERT_EQ(story.incidents.size(), 1U);
    const Incident& incident = story.incidents[0];
    EXPECT_EQ(incident.evidence.authority.text, "b.test");
    EXPECT_EQ(incident.evidence.first_authority, "a.test");
    EXPECT_EQ(incident.evidence.protocol, Protocol::h3);
    // A qlog has no SNI: the connection's first name stands for it, and that is no certainty.
    EXPECT_EQ(incident.evidence.sni.state, Fact::State::not_logged);
    EXPECT_EQ(incident.judgement.cause, Cause::coalesced);
    EXPECT_EQ(incident.judgement.confidence, Confidence::possible);
    EXPECT_EQ(incident.first, 1795933724003000);
    EXPECT_EQ(incident.retries.succeeded, 1U);
    EXPECT_EQ(incident.retries.on_fresh, 1U);
    EXPECT_EQ(incident.backs.rows(1)[0].text, "192.0.2.80:443");
    EXPECT_EQ(story.last, 1795933724007000);  // 1795933724006 and a delta of 1
    for (const TroubleNote& note : story.troubles) EXPECT_EQ(note.count, 0U);
  }
}

TEST(Qlog, ReadsSequences) {
  const std::string text = corpus_file("explain_qlog/sequence_0_3");
  const Story story = story_of_texts({text}, 1);
  EXPECT_EQ(story.requests, 2U);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].first, 1795933724004000);
  EXPECT_EQ(story.incidents[0].backs.rows(1)[0].text, "192.0.2.80:443");
  // A record may have several lines (RFC 7464 §2.1).
  std::string wide = text;
  for (size_t at = 0; (at = wide.find(",\"data\"", at)) != std::string::npos; at += 2) wide.insert(at, "\n");
  EXPECT_EQ(story_of_texts({wide}).refused, 1U);
  const Story cut = story_of_texts({text.substr(0, text.size() - 30)});
  EXPECT_EQ(cut.refused, 0U);
  EXPECT_EQ(count_of(cut, Trouble::truncated), 1U);
  EXPECT_EQ(count_of(cut, Trouble::unreadable_line), 1U);
}

TEST(Qlog, CountsWhatIsNoEvent) {
  const Story story = story_of_texts(
      {R"({"qlog_version":"0.3","traces":[{"events":[3,{"x":1},{"name":"http:frame_parsed","data":{"frame":{"frame_type":"headers","headers":[]}}},{"name":"x:y"}]}]})"});
  EXPECT_EQ(count_of(story, Trouble::unreadable_line), 3U);
  EXPECT_EQ(story.requests, 0U);
}

}  // namespace
}  // namespace astray::explain::qlog_test
