#include "http1/client.h"

#include <gtest/gtest.h>

#include "http1/transcript_test.h"

namespace astray::http1::client_test {
namespace {

enum class Then : uint8_t { stays_open, ends };

struct Case {
  const char* name;
  std::vector<std::string> methods;  // of the requests sent before
  std::string bytes;
  Then then;
  const char* expected;
};

const std::string nul(1, '\0');

const Case cases[] = {
    // framing, RFC 9112 §6.3
    {"length",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
     Then::stays_open,
     "200 OK {Content-Length: 5} content_length=5 / \"hello\" / end keeps"},
    {"length_zero",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
     Then::stays_open,
     "200 OK {Content-Length: 0} content_length=0 / end keeps"},
    {"until_close",
     {"GET"},
     "HTTP/1.1 421 Misdirected Request\r\nA: b\r\n\r\nhello",
     Then::ends,
     "421 Misdirected Request {A: b} until_close / \"hello\" / end closes"},
    {"chunked_rfc9112_7_1",
     {"GET"},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;ieof;x=\"y\"\r\nWiki\r\nA\r\npedia in "
     "\n\r\n0\r\n\r\n",
     Then::stays_open,
     "200 OK {Transfer-Encoding: chunked} chunked / \"Wikipedia in \n\" / end keeps"},
    {"trailers",
     {"GET"},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\nX: y\r\nZ:\r\n\r\n",
     Then::stays_open,
     "200 OK {Transfer-Encoding: Chunked} chunked / trailers {X: y; Z: } / end keeps"},
    {"trailers_do_not_frame",
     {"GET", "GET"},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\nHTTP/1.1 204 "
     "N\r\n\r\n",
     Then::stays_open,
     "200 OK {Transfer-Encoding: chunked} chunked / trailers {Content-Length: 9} / end keeps / "
     "204 N {} no_body / end keeps"},
    {"head",
     {"HEAD"},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
     Then::stays_open,
     "200 OK {Content-Length: 5} no_body / end keeps"},
    {"not_modified",
     {"GET"},
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
     Then::stays_open,
     "304 Not Modified {Content-Length: 5} no_body / end keeps"},
    {"no_content_with_coding",
     {"GET"},
     "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
     Then::stays_open,
     "204 No Content {Transfer-Encoding: chunked} no_body / end keeps"},
    {"coding_not_chunked_last",
     {"GET"},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nx",
     Then::ends,
     "200 OK {Transfer-Encoding: chunked, gzip} until_close !transfer_coding_kept / \"x\" / "
     "end closes !transfer_coding_kept"},
    {"gzip_chunked",
     {"GET"},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     Then::stays_open,
     "200 OK {Transfer-Encoding: gzip; Transfer-Encoding: chunked} chunked !transfer_coding_kept / "
     "end keeps !transfer_coding_kept"},
    {"coding_and_length",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
     Then::stays_open,
     "200 OK {Content-Length: 3; Transfer-Encoding: chunked} chunked !length_with_transfer_encoding / \"x\" "
     "/ "
     "end closes !length_with_transfer_encoding"},
    {"coding_in_1_0",
     {"GET"},
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     Then::stays_open,
     "1.0 200 OK {Connection: keep-alive; Transfer-Encoding: chunked} chunked !transfer_encoding_in_1_0 / "
     "end closes !transfer_encoding_in_1_0"},
    {"chunked_twice",
     {"GET"},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
     Then::stays_open,
     "failed bad_transfer_encoding"},
    {"coding_empty",
     {"GET"},
     "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n\r\n",
     Then::stays_open,
     "failed bad_transfer_encoding"},
    {"same_lengths",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\nContent-Length: 01\r\n\r\nx",
     Then::stays_open,
     "200 OK {Content-Length: 1, 1; Content-Length: 01} content_length=1 !repeated_content_length / \"x\" / "
     "end keeps !repeated_content_length"},
    {"differing_lengths",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
     Then::stays_open,
     "failed conflicting_content_lengths"},
    {"length_signed",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
     Then::stays_open,
     "failed bad_content_length"},
    {"length_empty",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nx",
     Then::stays_open,
     "failed bad_content_length"},
    {"length_above_64_bits",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nx",
     Then::stays_open,
     "failed bad_content_length"},
    {"length_just_64_bits",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nx",
     Then::stays_open,
     "200 OK {Content-Length: 18446744073709551615} content_length=18446744073709551615 / \"x\""},
    // keep-alive, RFC 9112 §9.3
    {"close",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, Close\r\n\r\nleft",
     Then::ends,
     "200 OK {Content-Length: 0; Connection: x, Close} content_length=0 / end closes"},
    {"version_1_0",
     {"GET"},
     "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
     Then::stays_open,
     "1.0 200 OK {Content-Length: 0} content_length=0 / end closes"},
    {"version_1_0_keep_alive",
     {"GET"},
     "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
     Then::stays_open,
     "1.0 200 OK {Content-Length: 0; Connection: Keep-Alive} content_length=0 / end keeps"},
    {"pipelined",
     {"HEAD", "GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
     Then::ends,
     "200 OK {Content-Length: 9} no_body / end keeps / 200 OK {Content-Length: 1} content_length=1 / \"x\" / "
     "end keeps"},
    {"pipelined_then_closed",
     {"GET", "GET"},
     "HTTP/1.1 204 N\r\nConnection: close\r\n\r\n",
     Then::stays_open,
     "204 N {Connection: close} no_body / end closes / failed closed_before_response"},
    // 1xx and tunnels
    {"informational",
     {"GET"},
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
     Then::stays_open,
     "100 Continue {} / 103 Early Hints {Link: </a>} / 204 N {} no_body / end keeps"},
    {"upgrade",
     {"GET"},
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nHTTP/1.1 ?",
     Then::ends,
     "101 Switching Protocols {Upgrade: x} tunnel / upgraded / \"HTTP/1.1 ?\" / end closes"},
    {"connect",
     {"CONNECT"},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nraw bytes",
     Then::ends,
     "200 OK {Content-Length: 5} tunnel / upgraded / \"raw bytes\" / end closes"},
    {"connect_refused",
     {"CONNECT"},
     "HTTP/1.1 421 M\r\nContent-Length: 1\r\n\r\nx",
     Then::stays_open,
     "421 M {Content-Length: 1} content_length=1 / \"x\" / end keeps"},
    // tolerated, RFC 9112 §2.2, §4, §5
    {"bare_lf",
     {"GET"},
     "HTTP/1.1 204 N\nA: b\n\n",
     Then::stays_open,
     "204 N {A: b} no_body !bare_lf / end keeps !bare_lf"},
    {"obs_fold",
     {"GET"},
     "HTTP/1.1 204 N\r\nA: b\r\n  c\r\n\td \r\nE:\r\n f\r\n\r\n",
     Then::stays_open,
     "204 N {A: b    c  \td; E: f} no_body !obs_fold / end keeps !obs_fold"},
    {"obs_fold_blank_lines",
     {"GET"},
     "HTTP/1.1 204 N\r\nA:\r\n \r\n\t\n b\n \r\nC: d\r\n\r\n",
     Then::stays_open,
     "204 N {A: b; C: d} no_body !bare_lf !obs_fold / end keeps !bare_lf !obs_fold"},
    {"space_before_colon",
     {"GET"},
     "HTTP/1.1 204 N\r\nA \t: b\r\n\r\n",
     Then::stays_open,
     "204 N {A: b} no_body !space_before_colon / end keeps !space_before_colon"},
    {"odd_name",
     {"GET"},
     "HTTP/1.1 204 N\r\nA B: c\r\n\r\n",
     Then::stays_open,
     "204 N {A B: c} no_body !odd_field_name / end keeps !odd_field_name"},
    {"control_in_value",
     {"GET"},
     "HTTP/1.1 204 N\r\nA: b\x01"
     "c\r\n\r\n",
     Then::stays_open,
     "204 N {A: b\x01"
     "c} no_body !control_in_field_value / end keeps !control_in_field_value"},
    {"obs_text",
     {"GET"},
     "HTTP/1.1 204 \xe9\r\nA: \xff\r\n\r\n",
     Then::stays_open,
     "204 \xe9 {A: \xff} no_body / end keeps"},
    {"no_reason", {"GET"}, "HTTP/1.1 204 \r\n\r\n", Then::stays_open, "204  {} no_body / end keeps"},
    {"no_space_after_status",
     {"GET"},
     "HTTP/1.1 204\r\n\r\n",
     Then::stays_open,
     "204  {} no_body !odd_status_line / end keeps !odd_status_line"},
    {"two_spaces",
     {"GET"},
     "HTTP/1.1  204 N\r\n\r\n",
     Then::stays_open,
     "204 N {} no_body !odd_status_line / end keeps !odd_status_line"},
    {"blank_lines_first",
     {"GET"},
     "\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
     Then::stays_open,
     "204 N {} no_body !blank_line_before_head / end keeps !blank_line_before_head"},
    {"minor_version_2", {"GET"}, "HTTP/1.2 204 N\r\n\r\n", Then::stays_open, "204 N {} no_body / end keeps"},
    {"chunk_size_blanks",
     {"GET"},
     "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n1  \r\nx\r\n0 ;e\n\n",
     Then::stays_open,
     "200 O {Transfer-Encoding: chunked} chunked / \"x\" / end keeps !bare_lf !space_after_chunk_size"},
    // failures of head syntax
    {"bare_cr", {"GET"}, "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", Then::stays_open, "failed bare_cr"},
    {"nul_in_value",
     {"GET"},
     "HTTP/1.1 200 OK\r\nA: b" + nul + "\r\n\r\n",
     Then::stays_open,
     "failed nul_byte"},
    {"control_in_name",
     {"GET"},
     "HTTP/1.1 200 OK\r\nA\x02: b\r\n\r\n",
     Then::stays_open,
     "failed bad_field_name"},
    {"control_in_status_line",
     {"GET"},
     "HTTP/1.1 200 O\x02K\r\n\r\n",
     Then::stays_open,
     "failed control_byte"},
    {"empty_name", {"GET"}, "HTTP/1.1 200 OK\r\n: b\r\n\r\n", Then::stays_open, "failed bad_field_name"},
    {"no_colon", {"GET"}, "HTTP/1.1 200 OK\r\nA b\r\n\r\n", Then::stays_open, "failed field_without_colon"},
    {"space_first",
     {"GET"},
     "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
     Then::stays_open,
     "failed space_before_first_field"},
    {"status_of_two_digits", {"GET"}, "HTTP/1.1 20 OK\r\n\r\n", Then::stays_open, "failed bad_status_line"},
    {"status_099", {"GET"}, "HTTP/1.1 099 OK\r\n\r\n", Then::stays_open, "failed bad_status_line"},
    {"status_not_digits", {"GET"}, "HTTP/1.1 2x0 OK\r\n\r\n", Then::stays_open, "failed bad_status_line"},
    {"no_minor_version", {"GET"}, "HTTP/1 200 OK\r\n\r\n", Then::stays_open, "failed bad_status_line"},
    {"http_2_text",
     {"GET"},
     "HTTP/2 200\r\n\r\n",
     Then::stays_open,
     "failed unsupported_version 'HTTP/2 200'"},
    // failures of chunks
    {"chunk_no_digit",
     {"GET"},
     "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
     Then::stays_open,
     "200 O {Transfer-Encoding: chunked} chunked / failed bad_chunk_size"},
    {"chunk_overflow",
     {"GET"},
     "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
     Then::stays_open,
     "200 O {Transfer-Encoding: chunked} chunked / failed chunk_size_overflow"},
    {"chunk_end",
     {"GET"},
     "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy",
     Then::stays_open,
     "200 O {Transfer-Encoding: chunked} chunked / \"x\" / failed bad_chunk_end"},
    // the peer ends too early
    {"nothing", {"GET"}, "", Then::ends, "failed closed_before_response"},
    {"nothing_asked", {}, "", Then::ends, ""},
    {"half_prefix", {"GET"}, "HTT", Then::ends, "failed closed_in_head"},
    {"half_head", {"GET"}, "HTTP/1.1 200 OK\r\nA: b\r\n", Then::ends, "failed closed_in_head"},
    {"after_100", {"GET"}, "HTTP/1.1 100 C\r\n\r\n", Then::ends, "100 C {} / failed closed_in_head"},
    {"half_length",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx",
     Then::ends,
     "200 OK {Content-Length: 2} content_length=2 / \"x\" / failed closed_in_body"},
    {"half_chunked",
     {"GET"},
     "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
     Then::ends,
     "200 O {Transfer-Encoding: chunked} chunked / \"x\" / failed closed_in_body"},
    // bytes that nobody asked for
    {"body_after_head",
     {"HEAD"},
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
     Then::ends,
     "200 OK {Content-Length: 5} no_body / end keeps / failed unsolicited_bytes 'hello' other_text"},
    {"second_response",
     {"GET"},
     "HTTP/1.1 204 N\r\n\r\nHTTP/1.1 408 T\r\n\r\n",
     Then::stays_open,
     "204 N {} no_body / end keeps / failed unsolicited_bytes 'HTTP/1.1 408 T'"},
    {"response_unasked",
     {},
     "HTTP/1.1 408 Timeout\r\n\r\n",
     Then::stays_open,
     "failed unsolicited_bytes 'HTTP/1.1 408 Timeout'"},
    {"blank_line_after_body",
     {"GET"},
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx\r\n",
     Then::ends,
     "200 OK {Content-Length: 1} content_length=1 / \"x\" / end keeps"},
    // other protocols
    {"ftp_greeting",
     {},
     "220 ftp.example ready\r\n",
     Then::stays_open,
     "failed not_http1 '220 ftp.example ready' numeric_reply"},
    {"reply_421",
     {"GET"},
     "421-Too many\r\n421 connections\r\n",
     Then::stays_open,
     "failed not_http1 '421-Too many' numeric_reply"},
    {"ssh",
     {"GET"},
     "SSH-2.0-OpenSSH_9.2\r\n",
     Then::stays_open,
     "failed not_http1 'SSH-2.0-OpenSSH_9.2' ssh"},
    {"tls_alert",
     {"GET"},
     "\x15\x03\x01" + nul + "\x02\x02\x46",
     Then::stays_open,
     "failed not_http1 '\\x15\\x03\\x01\\x00\\x02\\x02F' tls"},
    {"http2_settings",
     {"GET"},
     nul + nul + "\x0a\x04" + nul + nul + nul + nul + nul + "\r\n",
     Then::stays_open,
     "failed not_http1 '\\x00\\x00\\x0a\\x04\\x00\\x00\\x00\\x00\\x00' http_2"},
    {"http_0_9", {"GET"}, "<html>\nhello", Then::stays_open, "failed not_http1 '<html>' http_0_9"},
    {"http_0_9_without_line_end",
     {"GET"},
     "\r\n <html>hi",
     Then::ends,
     "failed not_http1 ' <html>hi' http_0_9"},
    {"imap", {"GET"}, "* OK ready\r\n", Then::stays_open, "failed not_http1 '* OK ready' mail_greeting"},
    {"text", {"GET"}, "hello\n", Then::stays_open, "failed not_http1 'hello' other_text"},
    {"lower_case",
     {"GET"},
     "http/1.1 200 OK\r\n",
     Then::stays_open,
     "failed not_http1 'http/1.1 200 OK' other_text"},
    {"bytes", {"GET"}, "\x01\x02\n", Then::stays_open, "failed not_http1 '\\x01\\x02' other_bytes"},
};

std::string run(const Case& c, size_t piece) {
  Http1Client client;
  for (const std::string& method : c.methods) client.send(Request{.method = method});
  Transcript transcript;
  feed(client, c.bytes, piece, transcript);
  if (c.then == Then::ends) {
    client.receive_end();
    feed(client, "", piece, transcript);
  }
  return transcript.text();
}

TEST(Http1Client, ReadsEveryCaseHoweverItIsCut) {
  for (const Case& c : cases)
    for (size_t piece : {all_at_once, size_t{1}, size_t{2}, size_t{3}, size_t{7}})
      EXPECT_EQ(run(c, piece), c.expected) << c.name << ", pieces of " << piece;
}

TEST(Http1Client, KeepsLongFirstBytesToTheLimit) {
  for (size_t piece : {all_at_once, size_t{1}, size_t{50}})
    for (const char* line_end : {"\n", "\r\n", "xx"}) {
      const std::string first(max_kept_first_bytes, 'x');
      const Case c{"", {"GET"}, first + line_end, Then::stays_open, ""};
      EXPECT_EQ(run(c, piece), "failed not_http1 '" + first + "' other_text") << piece;
    }
}

TEST(Http1Client, WritesRequestsAsAsked) {
  Http1Client client;
  client.send(Request{.method = "G\x01T",
                      .target = "http://a b/",
                      .version = "HTTP/9.9",
                      .field_lines = {"host : A", "Host:", "no colon", "HOST: b "}});
  EXPECT_EQ(take_output(client),
            "G\x01T http://a b/ HTTP/9.9\r\nhost : A\r\nHost:\r\nno colon\r\nHOST: b \r\n\r\n");
  client.send(Request{.method = "POST", .field_lines = {"Content-Length: 3"}, .body = BodyWriting::as_it_is});
  client.send_body("ab");
  client.send_body("");
  client.end_body();
  client.send(Request{.method = "PUT", .body = BodyWriting::chunked});
  client.send_body("0123456789abcdef");
  client.send_body("");
  client.end_body({"X: y"});
  EXPECT_EQ(take_output(client),
            "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab"
            "PUT / HTTP/1.1\r\n\r\n10\r\n0123456789abcdef\r\n0\r\nX: y\r\n\r\n");
  EXPECT_EQ(client.outstanding(), 3u);
  EXPECT_EQ(client.queued_bytes(), 0u);
}

TEST(Http1Client, DoesNotKeepWhatTheRequestAskedToClose) {
  const struct {
    const char* version;
    const char* line;
    const char* response_line;
    const char* end;
  } table[] = {
      {"HTTP/1.1", "connection: TE, CLOSE", "A: b", "end closes"},
      {"HTTP/1.1", "Connection: keep-alive", "A: b", "end keeps"},
      {"HTTP/1.0", "A: b", "A: b", "end closes"},
      {"HTTP/1.0", "Connection: keep-alive", "A: b", "end closes"},
      {"HTTP/1.0", "Connection: keep-alive", "Connection: keep-alive", "end keeps"},
  };
  for (const auto& row : table) {
    Http1Client client;
    client.send(Request{.version = row.version, .field_lines = {row.line}});
    Transcript transcript;
    feed(client, std::string("HTTP/1.1 204 N\r\n") + row.response_line + "\r\n\r\n", 1, transcript);
    EXPECT_TRUE(transcript.text().ends_with(row.end)) << row.line << ": " << transcript.text();
  }
}

TEST(Http1Client, SendsTheNextRequestAfterAnAnswer) {
  Http1Client client;
  Transcript transcript;
  for (int i = 0; i < 3; ++i) {
    client.send(Request{});
    feed(client, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 5, transcript);
    EXPECT_EQ(client.outstanding(), 0u);
  }
  EXPECT_FALSE(client.failed());
}

TEST(Http1Client, KnowsThatItAskedToCloseHoweverThatWasWritten) {
  for (const std::string_view line : {"Connection: close", "connection: TE, Close", " Connection : close"}) {
    Http1Client client;
    client.send(Request{.field_lines = {"Host: a", line}});
    take_output(client);
    client.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    std::optional<KeepsAlive> keeps;
    while (const auto event = client.next_event())
      if (const auto* end = std::get_if<ResponseEnd>(&*event)) keeps = end->keeps_alive;
    EXPECT_EQ(keeps, KeepsAlive::no) << line;
  }
}

}  // namespace
}  // namespace astray::http1::client_test
