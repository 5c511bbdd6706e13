#include "http1/server.h"

#include <gtest/gtest.h>

#include "http1/transcript_test.h"

namespace astray::http1::server_test {
namespace {

struct Case {
  const char* name;
  std::string bytes;
  const char* expected;
};

const std::string nul(1, '\0');
const std::string post = "POST / HTTP/1.1\r\n";
const std::string post_chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
#define HEAD_CHUNKED "POST / origin {Transfer-Encoding: chunked} chunked"

const Case requests[] = {
    {"get", "GET /a?b HTTP/1.1\r\nHost: A\r\nhost:\r\n\r\n",
     "GET /a?b origin {Host: A; host: } no_body / end"},
    {"no_fields", "GET / HTTP/1.0\r\n\r\n", "1.0 GET / origin {} no_body / end"},
    {"blank_lines_first", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "GET / origin {} no_body / end"},
    {"absolute", "GET http://A:80/x HTTP/1.1\r\n\r\n", "GET http://A:80/x absolute {} no_body / end"},
    {"connect", "CONNECT a:443 HTTP/1.1\r\n\r\n", "CONNECT a:443 authority {} no_body / end"},
    {"options", "OPTIONS * HTTP/1.1\r\n\r\n", "OPTIONS * asterisk {} no_body / end"},
    {"length", post + "Content-Length: 3\r\n\r\nabc",
     "POST / origin {Content-Length: 3} content_length=3 / \"abc\" / end"},
    {"length_zero", post + "Content-Length: 00\r\n\r\n",
     "POST / origin {Content-Length: 00} content_length=0 / end"},
    {"chunked", post_chunked + "3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n",
     HEAD_CHUNKED " / \"abc\" / trailers {T: u} / end"},
    {"chunk_extension_after_blank", post_chunked + "1 ; x\r\na\r\n0\r\n\r\n", HEAD_CHUNKED " / \"a\" / end"},
    {"coding_upper_case", post + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n",
     "POST / origin {Transfer-Encoding: CHUNKED} chunked / end"},
    {"expects", post + "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
     "POST / origin {Expect: 100-Continue; Content-Length: 1} content_length=1 expects / \"x\" / end"},
    {"expects_without_content", post + "Expect: 100-continue\r\n\r\n",
     "POST / origin {Expect: 100-continue} no_body / end"},
    {"next_is_held_back", "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", "GET /1 origin {} no_body / end"},
    {"obs_text", "GET / HTTP/1.1\r\nA: \xff\t.\r\n\r\n", "GET / origin {A: \xff\t.} no_body / end"},
    {"minor_version_9", "GET / HTTP/1.9\r\n\r\n", "GET / origin {} no_body / end"},
};

// Each could be read in two ways (RFC 9112 §11.2), or is forbidden outright.
const Case smuggling[] = {
    {"CL.TE", post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
     "failed length_with_transfer_encoding 400"},
    {"TE.CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nG\r\n0\r\n\r\n",
     "failed length_with_transfer_encoding 400"},
    {"TE.TE_twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "failed bad_transfer_encoding 400"},
    {"TE.TE_other", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
     "failed bad_transfer_encoding 400"},
    {"TE_list_twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n",
     "failed bad_transfer_encoding 400"},
    {"TE_x_chunked", post + "Transfer-Encoding: xchunked\r\n\r\n", "failed bad_transfer_encoding 400"},
    {"TE_identity", post + "Transfer-Encoding: identity\r\n\r\n", "failed bad_transfer_encoding 400"},
    {"TE_identity_chunked", post + "Transfer-Encoding: identity, chunked\r\n\r\n",
     "failed unknown_transfer_coding 501"},
    {"TE_gzip_chunked_lines", post + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
     "failed unknown_transfer_coding 501"},
    {"TE_empty_element", post + "Transfer-Encoding: ,chunked\r\n\r\n", "failed bad_transfer_encoding 400"},
    {"TE_empty", post + "Transfer-Encoding:\r\n\r\n", "failed bad_transfer_encoding 400"},
    {"TE_parameter", post + "Transfer-Encoding: chunked;a=b\r\n\r\n", "failed bad_transfer_encoding 400"},
    {"TE_quoted", post + "Transfer-Encoding: \"chunked\"\r\n\r\n", "failed bad_transfer_encoding 400"},
    {"TE_vertical_tab",
     post + "Transfer-Encoding: \x0b"
            "chunked\r\n\r\n",
     "failed control_byte 400"},
    {"TE_in_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
     "failed transfer_encoding_in_1_0 400"},
    {"TE_space_before_colon", post + "Transfer-Encoding : chunked\r\n\r\n", "failed space_before_colon 400"},
    {"TE_tab_before_colon", post + "Transfer-Encoding\t: chunked\r\n\r\n", "failed space_before_colon 400"},
    {"TE_obs_fold", post + "Transfer-Encoding:\r\n chunked\r\n\r\n", "failed obs_fold 400"},
    {"TE_in_first_line_blank", post + " Transfer-Encoding: chunked\r\n\r\n",
     "failed space_before_first_field 400"},
    {"CL.CL_differ", post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
     "failed conflicting_content_lengths 400"},
    {"CL.CL_same", post + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
     "failed conflicting_content_lengths 400"},
    {"CL_list", post + "Content-Length: 1, 1\r\n\r\n", "failed conflicting_content_lengths 400"},
    {"CL_plus", post + "Content-Length: +1\r\n\r\n", "failed bad_content_length 400"},
    {"CL_minus", post + "Content-Length: -1\r\n\r\n", "failed bad_content_length 400"},
    {"CL_hex", post + "Content-Length: 0x1\r\n\r\n", "failed bad_content_length 400"},
    {"CL_blank_inside", post + "Content-Length: 1 1\r\n\r\n", "failed bad_content_length 400"},
    {"CL_empty", post + "Content-Length:\r\n\r\n", "failed bad_content_length 400"},
    {"CL_overflow", post + "Content-Length: 18446744073709551617\r\n\r\n", "failed bad_content_length 400"},
    {"CL_underscore", post + "Content_Length: 1\r\n\r\nGET",
     "POST / origin {Content_Length: 1} no_body / end"},
    {"chunk_overflow", post_chunked + "10000000000000001\r\n",
     HEAD_CHUNKED " / failed chunk_size_overflow 400"},
    {"chunk_negative", post_chunked + "-1\r\n", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_plus", post_chunked + "+1\r\n", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_0x", post_chunked + "0x1\r\n", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_blank_before", post_chunked + " 1\r\n", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_blank_behind", post_chunked + "1 \r\na", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_blank_inside", post_chunked + "1 1\r\n", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_empty", post_chunked + "\r\n", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_only_extension", post_chunked + ";a\r\n", HEAD_CHUNKED " / failed bad_chunk_size 400"},
    {"chunk_bare_lf", post_chunked + "1\na", HEAD_CHUNKED " / failed bare_lf 400"},
    {"chunk_lf_in_extension", post_chunked + "1;a\nb\r\n", HEAD_CHUNKED " / failed bare_lf 400"},
    {"chunk_cr_in_extension", post_chunked + "1;a\rb\r\n", HEAD_CHUNKED " / failed bare_cr 400"},
    {"chunk_bare_cr", post_chunked + "1\ra", HEAD_CHUNKED " / failed bare_cr 400"},
    {"chunk_nul", post_chunked + "1;" + nul, HEAD_CHUNKED " / failed nul_byte 400"},
    {"chunk_control", post_chunked + "1;\x01", HEAD_CHUNKED " / failed control_byte 400"},
    {"chunk_too_long", post_chunked + "1\r\nab", HEAD_CHUNKED " / \"a\" / failed bad_chunk_end 400"},
    {"chunk_ends_in_lf", post_chunked + "1\r\na\n", HEAD_CHUNKED " / \"a\" / failed bare_lf 400"},
    {"chunk_ends_in_cr", post_chunked + "1\r\na\rb", HEAD_CHUNKED " / \"a\" / failed bad_chunk_end 400"},
    {"trailer_bare_lf", post_chunked + "0\r\nA: b\n\r\n", HEAD_CHUNKED " / failed bare_lf 400"},
    {"last_chunk_bare_lf", post_chunked + "0\r\n\n", HEAD_CHUNKED " / failed bare_lf 400"},
    {"bare_lf", "GET / HTTP/1.1\nHost: a\n\n", "failed bare_lf 400"},
    {"bare_cr", "GET / HTTP/1.1\r\nA: b\rHost: a\r\n\r\n", "failed bare_cr 400"},
    {"cr_cr_lf", "GET / HTTP/1.1\r\nA: b\r\r\n\r\n", "failed bare_cr 400"},
    {"nul", "GET / HTTP/1.1\r\nA: " + nul + "\r\n\r\n", "failed nul_byte 400"},
    {"control", "GET / HTTP/1.1\r\nA: \x7f\r\n\r\n", "failed control_byte 400"},
    {"name_with_space", "GET / HTTP/1.1\r\nA B: c\r\n\r\n", "failed bad_field_name 400"},
    {"name_empty", "GET / HTTP/1.1\r\n: c\r\n\r\n", "failed bad_field_name 400"},
    {"name_non_ascii", "GET / HTTP/1.1\r\n\xc3\xa9: c\r\n\r\n", "failed bad_field_name 400"},
    {"no_colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", "failed field_without_colon 400"},
};

const Case start_lines[] = {
    {"http_0_9", "GET /\r\n", "failed bad_request_line 400"},
    {"two_spaces", "GET  / HTTP/1.1\r\n", "failed bad_request_line 400"},
    {"tab", "GET\t/\tHTTP/1.1\r\n", "failed bad_request_line 400"},
    {"space_in_target", "GET /a b HTTP/1.1\r\n", "failed bad_request_line 400"},
    {"space_behind", "GET / HTTP/1.1 \r\n", "failed bad_request_line 400"},
    {"space_before", " GET / HTTP/1.1\r\n", "failed bad_request_line 400"},
    {"method_no_token", "G(T / HTTP/1.1\r\n", "failed bad_method 400"},
    {"version_lower_case", "GET / http/1.1\r\n", "failed bad_request_line 400"},
    {"version_long", "GET / HTTP/1.10\r\n", "failed bad_request_line 400"},
    {"version_2", "GET / HTTP/2.0\r\n", "failed unsupported_version 505 'GET / HTTP/2.0'"},
    {"version_0_9", "GET / HTTP/0.9\r\n", "failed unsupported_version 505 'GET / HTTP/0.9'"},
    {"preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "failed http2_preface 505 'PRI * HTTP/2.0' http_2"},
    {"tls", "\x16\x03\x01\x02", "failed not_http1 400 '\\x16' tls"},
    {"target_non_ascii", "GET /\xc3\xa9 HTTP/1.1\r\n\r\n", "failed bad_target 400"},
    {"target_fragment", "GET /#a HTTP/1.1\r\n\r\n", "failed bad_target 400"},
    {"target_relative", "GET a HTTP/1.1\r\n\r\n", "failed bad_target 400"},
    {"target_authority_of_get", "GET a:443 HTTP/1.1\r\n\r\n", "failed bad_target 400"},
    {"target_asterisk_of_get", "GET * HTTP/1.1\r\n\r\n", "failed bad_target 400"},
    {"target_path_of_connect", "CONNECT /a HTTP/1.1\r\n\r\n", "failed bad_target 400"},
};

std::string run(const std::string& bytes, size_t piece) {
  Http1Server server;
  Transcript transcript;
  feed(server, bytes, piece, transcript);
  return transcript.text();
}

template <size_t count>
void expect_all(const Case (&cases)[count]) {
  for (const Case& c : cases)
    for (size_t piece : {all_at_once, size_t{1}, size_t{2}, size_t{3}, size_t{7}})
      EXPECT_EQ(run(c.bytes, piece), c.expected) << c.name << ", pieces of " << piece;
}

TEST(Http1Server, ReadsRequests) {
  expect_all(requests);
}
TEST(Http1Server, RefusesWhatCouldBeReadInTwoWays) {
  expect_all(smuggling);
}
TEST(Http1Server, RefusesOddStartLines) {
  expect_all(start_lines);
}

TEST(Http1Server, NamesAnEarlyEnd) {
  const Case cases[] = {
      {"nothing", "", ""},
      {"blank_line", "\r\n", ""},
      {"head", "GET / HT", "failed closed_in_head"},
      {"fields", "GET / HTTP/1.1\r\n", "failed closed_in_head"},
      {"length", post + "Content-Length: 2\r\n\r\nx",
       "POST / origin {Content-Length: 2} content_length=2 / \"x\" / failed closed_in_body"},
      {"chunked", post_chunked + "0\r\n", HEAD_CHUNKED " / failed closed_in_body"},
      {"complete", "GET / HTTP/1.1\r\n\r\n", "GET / origin {} no_body / end"},
  };
  for (const Case& c : cases)
    for (size_t piece : {all_at_once, size_t{1}}) {
      Http1Server server;
      Transcript transcript;
      feed(server, c.bytes, piece, transcript);
      server.receive_end();
      feed(server, "", piece, transcript);
      EXPECT_EQ(transcript.text(), c.expected) << c.name;
      EXPECT_EQ(server.must_close(), std::string_view(c.name) != "complete") << c.name;
    }
}

// One request per row; the bytes of the answer and whether the connection ends with it.
TEST(Http1Server, FramesResponses) {
  enum class Ends : uint8_t { no, yes };
  const struct {
    const char* name;
    const char* request;
    Response response;
    const char* body;
    const char* expected;
    Ends ends;
  } table[] = {
      {"none",
       "GET / HTTP/1.1\r\n\r\n",
       {.status = 421, .reason_phrase = "M"},
       "",
       "HTTP/1.1 421 M\r\nContent-Length: 0\r\n\r\n",
       Ends::no},
      {"length",
       "GET / HTTP/1.1\r\n\r\n",
       {.reason_phrase = "OK",
        .field_lines = {"A: b"},
        .body = ResponseBody::content_length,
        .content_length = 2},
       "hi",
       "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\nhi",
       Ends::no},
      {"short_of_length",
       "GET / HTTP/1.1\r\n\r\n",
       {.body = ResponseBody::content_length, .content_length = 3},
       "hi",
       "HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\nhi",
       Ends::yes},
      {"chunked",
       "GET / HTTP/1.1\r\n\r\n",
       {.body = ResponseBody::chunked},
       "hi",
       "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
       Ends::no},
      {"chunked_to_1_0",
       "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       {.body = ResponseBody::chunked},
       "hi",
       "HTTP/1.1 200 \r\nConnection: close\r\n\r\nhi",
       Ends::yes},
      {"until_close",
       "GET / HTTP/1.1\r\n\r\n",
       {.body = ResponseBody::until_close},
       "hi",
       "HTTP/1.1 200 \r\nConnection: close\r\n\r\nhi",
       Ends::yes},
      {"verbatim",
       "GET / HTTP/1.1\r\n\r\n",
       {.field_lines = {"content-length: 9"}, .body = ResponseBody::verbatim},
       "hi",
       "HTTP/1.1 200 \r\ncontent-length: 9\r\n\r\nhi",
       Ends::no},
      {"head",
       "HEAD / HTTP/1.1\r\n\r\n",
       {.body = ResponseBody::content_length, .content_length = 2},
       "hi",
       "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n",
       Ends::no},
      {"head_chunked",
       "HEAD / HTTP/1.1\r\n\r\n",
       {.body = ResponseBody::chunked},
       "hi",
       "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n",
       Ends::no},
      {"no_content",
       "GET / HTTP/1.1\r\n\r\n",
       {.status = 204, .body = ResponseBody::chunked},
       "hi",
       "HTTP/1.1 204 \r\n\r\n",
       Ends::no},
      {"not_modified",
       "GET / HTTP/1.1\r\n\r\n",
       {.status = 304, .body = ResponseBody::content_length, .content_length = 2},
       "",
       "HTTP/1.1 304 \r\nContent-Length: 2\r\n\r\n",
       Ends::no},
      {"asked_to_close",
       "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
       {},
       "",
       "HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
       Ends::yes},
      {"keep_no",
       "GET / HTTP/1.1\r\n\r\n",
       {.keep = KeepsAlive::no},
       "",
       "HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
       Ends::yes},
      {"to_1_0",
       "GET / HTTP/1.0\r\n\r\n",
       {},
       "",
       "HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
       Ends::yes},
      {"to_1_0_keep_alive",
       "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       {},
       "",
       "HTTP/1.1 200 \r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n",
       Ends::no},
      {"after_failure",
       "GET /\r\n",
       {.status = 400, .reason_phrase = "Bad"},
       "",
       "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
       Ends::yes},
  };
  for (const auto& row : table) {
    Http1Server server;
    Transcript transcript;
    feed(server, row.request, all_at_once, transcript);
    ASSERT_TRUE(server.awaits_response()) << row.name;
    EXPECT_FALSE(server.must_close()) << row.name;
    server.respond(row.response);
    if (row.response.body != ResponseBody::none) {
      server.send_body(row.body);
      server.end_response();
    }
    EXPECT_EQ(take_output(server), row.expected) << row.name;
    feed(server, "", all_at_once, transcript);
    EXPECT_EQ(server.must_close(), row.ends == Ends::yes) << row.name;
    EXPECT_FALSE(server.awaits_response()) << row.name;
  }
}

TEST(Http1Server, InformsBeforeItAnswers) {
  for (const char* version : {"1.1", "1.0"}) {
    Http1Server server;
    Transcript transcript;
    feed(server, std::string("GET / HTTP/") + version + "\r\nConnection: keep-alive\r\n\r\n", all_at_once,
         transcript);
    server.inform(103, "Hints", {"Link: x"});
    const bool may = std::string_view(version) == "1.1";
    EXPECT_EQ(take_output(server), may ? "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" : "");
  }
}

TEST(Http1Server, HandsOutPipelinedRequestsOneByOne) {
  std::string bytes;
  for (int i = 0; i < 50; ++i)
    bytes += "PUT /" + std::to_string(i) + " HTTP/1.1\r\nContent-Length: 1\r\n\r\nx\r\n";
  for (size_t piece : {all_at_once, size_t{1}, size_t{100}}) {
    Http1Server server;
    Transcript transcript;
    size_t answered = 0;
    feed(server, bytes, piece, transcript);
    EXPECT_EQ(transcript.text(), "PUT /0 origin {Content-Length: 1} content_length=1 / \"x\" / end");
    EXPECT_FALSE(server.wants_input());
    while (server.awaits_response()) {
      server.respond(Response{}, "y");
      ++answered;
      feed(server, "", piece, transcript);
    }
    EXPECT_EQ(answered, 50u);
    EXPECT_TRUE(server.wants_input());
    EXPECT_TRUE(
        transcript.text().ends_with("PUT /49 origin {Content-Length: 1} content_length=1 / \"x\" / end"));
  }
}

TEST(Http1Server, AnswersBeforeTheRequestEnds) {
  Http1Server server;
  Transcript transcript;
  feed(server, post + "Content-Length: 4\r\n\r\nab", all_at_once, transcript);
  server.respond(Response{.status = 421}, "");
  feed(server, "cdGET /next HTTP/1.1\r\n\r\n", all_at_once, transcript);
  EXPECT_EQ(transcript.text(),
            "POST / origin {Content-Length: 4} content_length=4 / \"abcd\" / end / GET /next origin {} "
            "no_body / end");
}

TEST(Http1Server, MayCloseBeforeARefusedRequestEnds) {
  Http1Server server;
  Transcript transcript;
  feed(server, post + "Content-Length: 4\r\n\r\nab", all_at_once, transcript);
  EXPECT_FALSE(server.must_close());
  server.respond(Response{.status = 413, .keep = KeepsAlive::no});
  EXPECT_TRUE(server.must_close());
}

TEST(Http1Server, BecomesATunnel) {
  for (const char* request : {"CONNECT a:1 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n"}) {
    Http1Server server;
    Transcript transcript;
    const bool connect = request[0] == 'C';
    feed(server, std::string(request) + "early ", all_at_once, transcript);
    server.respond(Response{.status = connect ? 200 : 101, .reason_phrase = "Go"});
    server.send_body("raw");
    feed(server, "late", 1, transcript);
    EXPECT_FALSE(server.must_close());
    server.receive_end();
    feed(server, "", 1, transcript);
    EXPECT_TRUE(server.must_close());
    EXPECT_TRUE(transcript.text().ends_with(" / end / \"early late\" / end")) << transcript.text();
    EXPECT_EQ(take_output(server), connect ? "HTTP/1.1 200 Go\r\n\r\nraw" : "HTTP/1.1 101 Go\r\n\r\nraw");
  }
}

TEST(Http1Server, KnowsWhetherTheClientIsDone) {
  const struct {
    const char* name;
    const char* request;
    KeepsAlive answer;
    bool done;
  } rows[] = {
      {"the client said so", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", KeepsAlive::yes, true},
      {"HTTP/1.0 says so", "GET / HTTP/1.0\r\n\r\n", KeepsAlive::yes, true},
      {"with a body", "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", KeepsAlive::yes, true},
      {"it keeps the connection", "GET / HTTP/1.1\r\n\r\n", KeepsAlive::yes, false},
      {"only we end it", "GET / HTTP/1.1\r\n\r\n", KeepsAlive::no, false},
      {"it said more", "GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", KeepsAlive::yes, false},
      {"its body still comes", "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nx", KeepsAlive::yes, false},
      {"what it said is no HTTP", "GET\r\n\r\n", KeepsAlive::no, false},
  };
  for (const auto& row : rows) {
    Http1Server server;
    Transcript transcript;
    feed(server, row.request, all_at_once, transcript);
    server.respond(Response{.status = 200, .keep = row.answer});
    feed(server, "", all_at_once, transcript);
    EXPECT_EQ(server.must_close() && server.client_is_done(), row.done) << row.name;
  }
  Http1Server later;
  Transcript transcript;
  feed(later, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", all_at_once, transcript);
  later.respond(Response{.status = 200});
  feed(later, "more", all_at_once, transcript);
  EXPECT_FALSE(later.client_is_done()) << "it said more afterwards";
}

TEST(Http1Server, HandsUpNothingAfterTheLastRequest) {
  Http1Server server;
  Transcript transcript;
  feed(server, "GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", all_at_once, transcript);
  server.respond(Response{}, "x");
  feed(server, "", all_at_once, transcript);
  EXPECT_EQ(transcript.text(), "GET / origin {Connection: close} no_body / end");
  EXPECT_TRUE(server.must_close());
}

}  // namespace
}  // namespace astray::http1::server_test
