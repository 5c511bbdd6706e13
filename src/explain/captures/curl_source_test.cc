// Lines as Debian's curl 7.88.1 printed them of an nginx 1.22.1, shortened; where they are of curl 8, its lib/ says so.
#include <gtest/gtest.h>

#include "explain/captures/story_of_texts_test.h"

namespace astray::explain::curl_source_test {
namespace {

Story trace_story(const std::string& text, size_t step = SIZE_MAX) {
  return story_of_texts({text}, step);
}

constexpr std::string_view handshake =
    "*   Trying 127.0.0.1:16389...\n"
    "* Connected to open.test (127.0.0.1) port 16389 (#0)\n"
    "* ALPN: offers h2,http/1.1\n"
    "} [5 bytes data]\n"
    "* TLSv1.2 (IN), TLS handshake, Certificate (11):\n"
    "{ [431 bytes data]\n"
    "* SSL connection using TLSv1.2 / ECDHE-ECDSA-AES256-GCM-SHA384\n"
    "* ALPN: server accepted h2\n"
    "*  subject: CN=astray test\n"
    "*  subjectAltName: host \"open.test\" matched cert's \"open.test\"\n"
    "* using HTTP/2\n";
constexpr std::string_view own =
    "> GET /1 HTTP/2\n> Host: open.test:16389\n> user-agent: curl/7.88.1\n> accept: */*\n> \n"
    "< HTTP/2 200 \n< server: nginx/1.22.1\n< \n* Connection #0 to host open.test left intact\n";
constexpr std::string_view page =
    "<html>\n<center><h1>421 Misdirected Request</h1></center>\n<hr><center>nginx/1.22.1</center>\n</html>\n";

TEST(CurlTrace, TellsAHostThatWasSetByHand) {
  // The body of the first transfer ends without a line feed, and the meter stands before curl's words.
  const std::string text = std::string(handshake) + std::string(own) +
                           "open* Re-using existing connection #0 with host open.test\n"
                           "  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0* h2h3 [:method: GET]\n"
                           "> GET /2 HTTP/2\n> Host: priv.test\n> \n< HTTP/2 421 \n< server: gateway\n< content-type: text/html\n< \n" +
                           std::string(page) + "* Connection #0 to host open.test left intact\n";
  for (const size_t step : {SIZE_MAX, size_t{1}}) {
    const Story story = trace_story(text, step);
    EXPECT_EQ(story.requests, 2U);
    ASSERT_EQ(story.incidents.size(), 1U);
    const Incident& incident = story.incidents[0];
    EXPECT_EQ(incident.judgement.cause, Cause::host_rewritten);
    EXPECT_EQ(incident.judgement.confidence, Confidence::certain);
    EXPECT_EQ(incident.judgement.sender, "nginx");
    EXPECT_EQ(incident.evidence.sni.text, "open.test");
    EXPECT_EQ(incident.evidence.authority.text, "priv.test");
    EXPECT_EQ(incident.evidence.freshness, Freshness::reused);
    EXPECT_EQ(incident.evidence.protocol, Protocol::h2);
    EXPECT_EQ(incident.evidence.client_certificate_asked, false);
    EXPECT_EQ(incident.retries.not_seen, 1U);
  }
}

TEST(CurlTrace, ReadsTraceAsciiWithTimes) {
  const std::string text =
      "00:09:10.400000 == Info: Connected to open.test (127.0.0.1) port 16389 (#0)\n"
      "00:09:10.400001 == Info: SSL connection using TLSv1.2 / ECDHE-ECDSA-AES256-GCM-SHA384\n"
      "00:09:10.405531 => Send SSL data, 5 bytes (0x5)\n0000: ....b\n"
      "00:09:10.405724 => Send header, 74 bytes (0x4a)\n0000: GET /2 HTTP/1.1\n0011: Host: open.test\n0048: \n"
      "00:09:10.405748 <= Recv header, 34 bytes (0x22)\n0000: HTTP/1.1 421 Misdirected Request\n"
      "00:09:10.405755 <= Recv header, 22 bytes (0x16)\n0000: Server: nginx/1.22.1\n"
      "00:09:10.405785 <= Recv data, 173 bytes (0xad)\n0000: <html>\n"
      "0045: <center><h1>421 Misdirected Request</h1></center>\n0078: <hr><center>nginx/1.22.1</center>\n";
  const Story story = trace_story(text);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].judgement.cause, Cause::application_allow_list);
  EXPECT_EQ(story.incidents[0].judgement.sender, "nginx");
  EXPECT_EQ(story.incidents[0].evidence.freshness, Freshness::fresh);
  EXPECT_EQ(story.incidents[0].evidence.protocol, Protocol::h1);
}

/// curl 8 numbers no connection when it opens one, and says the scheme of one that it takes again.
TEST(CurlTrace, ReadsCurl8) {
  const Story story = trace_story(
      "* Host a.test:443 was resolved.\n*   Trying 192.0.2.1:443...\n* Established connection to a.test (192.0.2.1 port 443) from 192.0.2.9 "
      "port 50000 \n* SSL connection using TLSv1.3 / X / x25519 / id-ecPublicKey\n> GET / HTTP/2\n> Host: a.test\n> \n< HTTP/2 200 \n< \n"
      "* Re-using existing https: connection with host a.test\n> GET / HTTP/2\n> Host: b.test\n> \n< HTTP/2 421 \n< \n");
  EXPECT_EQ(story.requests, 2U);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].evidence.freshness, Freshness::reused);
  EXPECT_EQ(story.incidents[0].evidence.sni.text, "a.test");
}

/// curl 7.88.1 and pyftpdlib.
TEST(CurlTrace, KnowsTheReplyOfAnotherProtocol) {
  const Story story = trace_story(
      "*   Trying 127.0.0.1:37913...\n* Connected to 127.0.0.1 (127.0.0.1) port 37913 (#0)\n"
      "< 421 Too many connections. Service temporarily unavailable.\n* We got a 421 - timeout\n* Closing connection 0\n");
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].judgement.cause, Cause::other_protocol);
  EXPECT_EQ(story.incidents[0].examples[0].line, 3U);
}

/// --connect-to names another host than the SNI has; without the certificate's line the SNI is not logged.
TEST(CurlTrace, GuessesNoSni) {
  const std::string elsewhere =
      "* Added a.test:443:192.0.2.1 to DNS cache\n* Connecting to hostname: origin.test\n* Connected to origin.test (192.0.2.1) port 443 (#0)\n"
      "* SSL connection using TLSv1.3\n";
  const std::string request = "> GET / HTTP/2\n> Host: a.test\n> \n< HTTP/2 421 \n< \n";
  const Story story = trace_story(elsewhere + request);
  ASSERT_EQ(story.incidents.size(), 1U);
  EXPECT_EQ(story.incidents[0].evidence.sni.state, Fact::State::not_logged);
  const Story verified = trace_story(elsewhere + "*  subjectAltName: host \"a.test\" matched cert's \"a.test\"\n" + request);
  EXPECT_EQ(verified.incidents[0].evidence.sni.text, "a.test");
  const Story address = trace_story("* Connected to 192.0.2.1 (192.0.2.1) port 443 (#0)\n* SSL connection using TLSv1.3\n> GET / HTTP/2\n"
                                    "> Host: 192.0.2.1\n> \n< HTTP/2 421 \n< \n");
  EXPECT_TRUE(address.incidents[0].evidence.sni.absent());
}

}  // namespace
}  // namespace astray::explain::curl_source_test
