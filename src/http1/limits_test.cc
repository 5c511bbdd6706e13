#include "http1/limits.h"

#include <gtest/gtest.h>

#include "http1/transcript_test.h"

// Each limit: what just reaches it passes, one more fails with the limit's own reason, however it is cut.
namespace astray::http1::limits_test {
namespace {

std::string client_reads(const Limits& limits, const std::string& bytes, size_t piece) {
  Http1Client client(limits);
  client.send(Request{});
  Transcript transcript;
  feed(client, bytes, piece, transcript);
  return transcript.text();
}

std::string server_reads(const Limits& limits, const std::string& bytes, size_t piece) {
  Http1Server server(limits);
  Transcript transcript;
  feed(server, bytes, piece, transcript);
  return transcript.text();
}

const std::string ok = "HTTP/1.1 200 OK\r\n";
const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(Http1Limits, EndAResponse) {
  const struct {
    const char* name;
    Limits limits;
    std::string passes;
    std::string fails;
    const char* reason;
  } table[] = {
      {"head", {.head_bytes = 27}, ok + "A: bcd\r\n\r\n", ok + "A: bcdefg\r\n\r\n", "failed head_too_large"},
      {"head_endless_line",
       {.head_bytes = 27},
       ok + "A: bcd\r\n\r\n",
       ok + std::string(99, 'x'),
       "failed head_too_large"},
      {"blank_lines",
       {.head_bytes = 21},
       "\r\n" + ok + "\r\n",
       "\r\n\r\n" + ok + "\r\n",
       "failed head_too_large"},
      {"line",
       {.line_bytes = 20},
       ok + "Abcdefghijklmno: p\r\n\r\n",
       ok + "Abcdefghijklmnop: q\r\n\r\n",
       "failed line_too_large"},
      {"status_line", {.line_bytes = 17}, ok + "\r\n", "HTTP/1.1 200 OKK\r\n\r\n", "failed line_too_large"},
      {"fields",
       {.fields = 2},
       ok + "A: b\r\nA: b\r\n\r\n",
       ok + "A: b\r\nA: b\r\nA: b\r\n\r\n",
       "failed too_many_fields"},
      {"chunk_extensions",
       {.chunk_extension_bytes = 4},
       chunked + "1;a\r\nx\r\n0;b\r\n\r\n",
       chunked + "1;a\r\nx\r\n0;bc\r\n\r\n",
       "failed chunk_extensions_too_large"},
      {"chunk_size_blanks",
       {.chunk_extension_bytes = 1},
       chunked + "0 \r\n\r\n",
       chunked + "0  \r\n\r\n",
       "failed chunk_extensions_too_large"},
      {"trailers",
       {.trailer_bytes = 8},
       chunked + "0\r\nA: b\r\n\r\n",
       chunked + "0\r\nA: bc\r\n\r\n",
       "failed trailers_too_large"},
      {"trailer_count",
       {.fields = 1},
       chunked + "0\r\nA: b\r\n\r\n",
       chunked + "0\r\nA: b\r\nA: b\r\n\r\n",
       "failed trailers_too_large"},
  };
  for (const auto& row : table) {
    const Limits& limits = row.limits;
    for (size_t piece : {all_at_once, size_t{1}, size_t{4}}) {
      EXPECT_EQ(client_reads(limits, row.passes, piece).find("failed"), std::string::npos) << row.name;
      EXPECT_TRUE(client_reads(limits, row.fails, piece).ends_with(row.reason))
          << row.name << ": " << client_reads(limits, row.fails, piece);
    }
  }
}

TEST(Http1Limits, EndlessInformationalResponses) {
  const std::string hint = "HTTP/1.1 103 H\r\n\r\n";
  for (size_t piece : {all_at_once, size_t{1}}) {
    EXPECT_EQ(client_reads({.informational_responses = 2}, hint + hint + ok + "\r\n", piece),
              "103 H {} / 103 H {} / 200 OK {} until_close");
    EXPECT_EQ(client_reads({.informational_responses = 2}, hint + hint + hint, piece),
              "103 H {} / 103 H {} / failed too_many_informational");
  }
}

TEST(Http1Limits, CountInformationalResponsesPerRequest) {
  const std::string exchange = "HTTP/1.1 103 H\r\n\r\nHTTP/1.1 204 N\r\n\r\n";
  Http1Client client({.informational_responses = 1});
  client.send(Request{});
  client.send(Request{});
  Transcript transcript;
  feed(client, exchange + exchange, all_at_once, transcript);
  EXPECT_FALSE(client.failed()) << transcript.text();
}

TEST(Http1Limits, EndARequest) {
  const struct {
    const char* name;
    Limits limits;
    std::string passes;
    std::string fails;
    const char* reason;
  } table[] = {
      {"target",
       {.target_bytes = 4},
       "GET /abc HTTP/1.1\r\n\r\n",
       "GET /abcd HTTP/1.1\r\n\r\n",
       "failed target_too_large 414"},
      {"endless_target",
       {.target_bytes = 4},
       "GET /abc HTTP/1.1\r\n\r\n",
       "GET /" + std::string(999, 'x'),
       "failed target_too_large 414"},
      {"head",
       {.head_bytes = 27},
       "GET / HTTP/1.1\r\nA: bcde\r\n\r\n",
       "GET / HTTP/1.1\r\nA: bcdef\r\n\r\n",
       "failed head_too_large 431"},
      {"line",
       {.line_bytes = 8},
       "GET / HTTP/1.1\r\nA: bcd\r\n\r\n",
       "GET / HTTP/1.1\r\nA: bcde\r\n\r\n",
       "failed line_too_large 431"},
      {"fields",
       {.fields = 1},
       "GET / HTTP/1.1\r\nA: b\r\n\r\n",
       "GET / HTTP/1.1\r\nA: b\r\nA: b\r\n\r\n",
       "failed too_many_fields 431"},
      {"length",
       {.request_body_bytes = 3},
       "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
       "PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\n",
       "failed body_too_large 413"},
      {"chunked",
       {.request_body_bytes = 3},
       "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
       "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n",
       "\"abc\" / failed body_too_large 413"},
      {"held",
       {.held_bytes = 3},
       "GET / HTTP/1.1\r\n\r\nGET",
       "GET / HTTP/1.1\r\n\r\nGET ",
       "failed too_much_held 400"},
  };
  for (const auto& row : table) {
    const Limits& limits = row.limits;
    for (size_t piece : {all_at_once, size_t{1}, size_t{4}}) {
      EXPECT_EQ(server_reads(limits, row.passes, piece).find("failed"), std::string::npos)
          << row.name << ": " << server_reads(limits, row.passes, piece);
      EXPECT_TRUE(server_reads(limits, row.fails, piece).ends_with(row.reason))
          << row.name << ": " << server_reads(limits, row.fails, piece);
    }
  }
}

}  // namespace
}  // namespace astray::http1::limits_test
