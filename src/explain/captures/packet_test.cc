// What tshark 4.0 printed of two conversations of curl with nginx (tests/explain/live_packets.py): open.test
// 200, priv.test 421 on a connection of TLS 1.3, and the same on one of TLS 1.2.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "explain/captures/packet_source.h"
#include "explain/captures/story_of_texts_test.h"

namespace astray::explain::packet_test {
namespace {

using namespace std::string_view_literals;

TEST(Packets, TellOfConversationsWhoseKeysAreThere) {
  const std::string text = corpus_file("explain_packets/h2_tls13_and_tls12");
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    const Story story = story_of_texts({text}, step);
    EXPECT_EQ(story.requests, 4U);
    EXPECT_EQ(story.differing, 2U);
    EXPECT_EQ(story.sources[0].sealed_count, 0U);
    ASSERT_EQ(story.incidents.size(), 1U);
    const Incident& incident = story.incidents[0];
    EXPECT_EQ(incident.count, 2U);
    EXPECT_EQ(incident.evidence.sni.text, "open.test");
    EXPECT_EQ(incident.evidence.authority.text, "priv.test");
    EXPECT_EQ(incident.evidence.client_certificate_asked, false);
    ASSERT_TRUE(incident.connection);
    EXPECT_EQ(incident.connection->certificate, "open.test,priv.test");
    EXPECT_EQ(incident.clients.rows(1)[0].text, "127.0.0.1");
    ASSERT_EQ(incident.examples.size(), 2U);
    EXPECT_EQ(incident.examples[0].line, 17U);  // the number of the packet
    for (const TroubleNote& note : story.troubles) EXPECT_EQ(note.count, 0U);
  }
}

TEST(Packets, WithoutKeysTellOfHandshakes) {
  const Story story = story_of_texts({corpus_file("explain_packets/sealed")});
  EXPECT_EQ(story.requests, 0U);
  const std::vector<SealedConnection>& sealed = story.sources[0].sealed;
  ASSERT_EQ(sealed.size(), 2U);
  EXPECT_EQ(sealed[0].sni.text, "open.test");
  EXPECT_EQ(sealed[0].certificate, "");  // TLS 1.3
  EXPECT_EQ(sealed[0].back, "127.0.0.1:8443");
  EXPECT_EQ(sealed[1].certificate, "open.test,priv.test");
}

TEST(Packets, ResponsesOfHttp1AnswerInOrder) {
  const Story story = story_of_texts({corpus_file("explain_packets/http1_pipelined")});
  EXPECT_EQ(story.requests, 3U);
  EXPECT_EQ(story.refused, 2U);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].evidence.authority.text, "b.test");
  EXPECT_EQ(story.incidents[0].evidence.scheme, Scheme::http);
  EXPECT_EQ(story.incidents[0].examples[0].line, 3U);
}

TEST(Packets, TrailersAreNoHeads) {
  const Story story = story_of_texts({corpus_file("explain_packets/h2_with_trailers")});
  EXPECT_EQ(story.requests, 2U);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].evidence.authority.text, "b.test");
  EXPECT_EQ(count_of(story, Trouble::unreadable_line), 0U);
}

TEST(Packets, MoreConnectionsThanAreRememberedAreAllTold) {
  constexpr int connections = 70'000;
  std::string text =
      "frame.number\ttcp.stream\ttls.handshake.type\ttls.handshake.extensions_server_name\ttls.record."
      "content_type\n";
  for (int i = 0; i < connections; ++i)
    text += fmt::format(
        "{}\t{}\t1\ta.test\t22\x1f"
        "23\n",
        i + 1, i);
  const Story story = story_of_texts({text});
  EXPECT_EQ(story.sources[0].sealed_count, 70'000U);
  EXPECT_EQ(story.sources[0].format, "packets of 70000 connections");
  EXPECT_EQ(count_of(story, Trouble::unreadable_line), 0U);
}

TEST(Packets, WhatDoesNotFitIsCounted) {
  const Story story = story_of_texts({corpus_file("explain_packets/broken")});
  EXPECT_EQ(count_of(story, Trouble::unreadable_line), 2U);
  EXPECT_EQ(count_of(story, Trouble::truncated), 1U);
}

TEST(Packets, AreKnownByTheirMagicNumbers) {
  for (const std::string_view head :
       {"\xd4\xc3\xb2\xa1"sv, "\xa1\xb2\xc3\xd4"sv, "\x4d\x3c\xb2\xa1"sv, "\xa1\xb2\x3c\x4d"sv,
        "\x34\xcd\xb2\xa1"sv, "\xa1\xb2\xcd\x34"sv, "\n\r\r\n\x6c\0\0\0\x4d\x3c\x2b\x1a"sv,
        "\n\r\r\n\0\0\0\x6c\x1a\x2b\x3c\x4d"sv})
    EXPECT_TRUE(is_packet_capture(head));
  for (const std::string_view head : {""sv, "\xd4\xc3\xb2"sv, "\n\r\r\n"sv, "\n\r\r\n192.0.2.1 - -"sv})
    EXPECT_FALSE(is_packet_capture(head));
  const Story story = story_of_texts({"\xd4\xc3\xb2\xa1 and more"});
  EXPECT_NE(story.sources[0].failure.find("has to be a file"), std::string::npos);
}

}  // namespace
}  // namespace astray::explain::packet_test
