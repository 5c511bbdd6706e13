#include "http2/message_rules.h"

#include <gtest/gtest.h>

namespace astray::message_rules_test {
namespace {

using namespace http2;
using std::string_literals::operator""s;

Fields request_with(Fields more, Fields first = {}) {
  Fields fields = std::move(first);
  fields.append({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}});
  fields.append(more);
  return fields;
}

TEST(MessageRules, Requests) {
  struct Case {
    Fields fields;
    HeadDefect defect;
  };
  const Case cases[] = {
      {request_with({}), HeadDefect::none},
      {request_with({{"te", "Trailers"}, {"a-z09!#$%&'*+.^_`|~", "\t\x80 x"s.substr(1)}}), HeadDefect::none},
      {request_with({{"host", "a b"}, {"host", ""}}, {{":authority", "??"}}), HeadDefect::none},
      {request_with({{"Host", "a"}}), HeadDefect::bad_name},
      {request_with({{"", "a"}}), HeadDefect::bad_name},
      {request_with({{"a b", "a"}}), HeadDefect::bad_name},
      {request_with({{"a:", "a"}}), HeadDefect::bad_name},
      {request_with({{"a\x80", "a"}}), HeadDefect::bad_name},
      {request_with({{"a", "b\0"s}}), HeadDefect::bad_value},
      {request_with({{"a", "b\r"}}), HeadDefect::bad_value},
      {request_with({{"a", "b\nc: d"}}), HeadDefect::bad_value},
      {request_with({{"a", " b"}}), HeadDefect::bad_value},
      {request_with({{"a", "b\t"}}), HeadDefect::bad_value},
      {request_with({}, {{":authority", "a\n"}}), HeadDefect::bad_value},
      {request_with({{"a", "b"}, {":authority", "a"}}), HeadDefect::pseudo_after_regular},
      {request_with({{":status", "200"}}), HeadDefect::unknown_pseudo},
      {request_with({{":protocol", "websocket"}}), HeadDefect::unknown_pseudo},
      {request_with({{":path", "/"}}), HeadDefect::repeated_pseudo},
      {request_with({{":authority", "b"}}, {{":authority", "a"}}), HeadDefect::none},
      {request_with({{"connection", "close"}}), HeadDefect::connection_field},
      {request_with({{"upgrade", "h2c"}}), HeadDefect::connection_field},
      {request_with({{"te", "gzip"}}), HeadDefect::connection_field},
      {request_with({{"content-length", "7"}, {"content-length", "07"}}), HeadDefect::none},
      {request_with({{"content-length", "7"}, {"content-length", "8"}}), HeadDefect::bad_content_length},
      {request_with({{"content-length", "7, 7"}}), HeadDefect::bad_content_length},
      {request_with({{"content-length", "+7"}}), HeadDefect::bad_content_length},
      {request_with({{"content-length", "-7"}}), HeadDefect::bad_content_length},
      {request_with({{"content-length", ""}}), HeadDefect::bad_content_length},
      {request_with({{"content-length", "18446744073709551616"}}), HeadDefect::bad_content_length},
      {{}, HeadDefect::missing_pseudo},
      {{{":method", "GET"}, {":path", "/"}}, HeadDefect::missing_pseudo},
      {{{":method", "GET"}, {":scheme", "https"}}, HeadDefect::missing_pseudo},
      {{{":method", ""}, {":scheme", "https"}, {":path", "/"}}, HeadDefect::missing_pseudo},
      {{{":method", "GET"}, {":scheme", "https"}, {":path", ""}}, HeadDefect::bad_path},
      {{{":method", "GET"}, {":scheme", "https"}, {":path", "https://a/"}}, HeadDefect::bad_path},
      {{{":method", "GET"}, {":scheme", "https"}, {":path", "*"}}, HeadDefect::bad_path},
      {{{":method", "OPTIONS"}, {":scheme", "https"}, {":path", "*"}}, HeadDefect::none},
      {{{":method", "CONNECT"}, {":authority", "a:443"}}, HeadDefect::none},
      {{{":method", "CONNECT"}, {":scheme", "https"}, {":path", "/"}}, HeadDefect::unknown_pseudo},
  };
  int number = 0;
  for (const Case& c : cases)
    EXPECT_EQ(to_string(request_defect(c.fields, ExtendedConnect::off)), to_string(c.defect))
        << "case " << number++;
}

// RFC 8441 section 4.
TEST(MessageRules, ExtendedConnect) {
  const Fields fields = {
      {":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"}, {":path", "/"}};
  EXPECT_EQ(request_defect(fields, ExtendedConnect::on), HeadDefect::none);
  EXPECT_EQ(request_defect(fields, ExtendedConnect::off), HeadDefect::unknown_pseudo);
  struct Case {
    Fields fields;
    HeadDefect defect;
  };
  const Case cases[] = {
      {request_with({{":protocol", "websocket"}}), HeadDefect::unknown_pseudo},
      {{{":method", "CONNECT"}, {":authority", "a:443"}}, HeadDefect::none},
      {{{":method", "CONNECT"}, {":scheme", "https"}, {":path", "/"}}, HeadDefect::unknown_pseudo},
      {{{":method", "CONNECT"}, {":protocol", "x"}, {":path", "/"}}, HeadDefect::missing_pseudo},
      {{{":method", "CONNECT"}, {":protocol", "x"}, {":scheme", "https"}}, HeadDefect::missing_pseudo},
      {{{":method", "CONNECT"}, {":protocol", "x"}, {":scheme", "https"}, {":path", "x"}},
       HeadDefect::bad_path},
      {{{":method", "CONNECT"}, {":protocol", "x"}, {":protocol", "x"}}, HeadDefect::repeated_pseudo},
      {{{":method", "CONNECT"}, {":protocol", "x\n"}}, HeadDefect::bad_value},
  };
  int number = 0;
  for (const Case& c : cases)
    EXPECT_EQ(to_string(request_defect(c.fields, ExtendedConnect::on)), to_string(c.defect))
        << "case " << number++;
}

TEST(MessageRules, Responses) {
  struct Case {
    Fields fields;
    HeadDefect defect;
  };
  const Case cases[] = {
      {{{":status", "200"}}, HeadDefect::none},
      {{{":status", "599"}, {"a", " b "}}, HeadDefect::none},
      {{}, HeadDefect::missing_pseudo},
      {{{"a", "b"}}, HeadDefect::missing_pseudo},
      {{{":status", "20"}}, HeadDefect::bad_value},
      {{{":status", "2000"}}, HeadDefect::bad_value},
      {{{":status", "099"}}, HeadDefect::bad_value},
      {{{":status", "600"}}, HeadDefect::bad_value},
      {{{":status", "2x0"}}, HeadDefect::bad_value},
      {{{":status", "200"}, {":status", "200"}}, HeadDefect::repeated_pseudo},
      {{{":status", "200"}, {":path", "/"}}, HeadDefect::unknown_pseudo},
      {{{"a", "b"}, {":status", "200"}}, HeadDefect::pseudo_after_regular},
      {{{":status", "200"}, {"Server", "x"}}, HeadDefect::bad_name},
      {{{":status", "200"}, {"a", "b\r\nc"}}, HeadDefect::bad_value},
      {{{":status", "200"}, {"transfer-encoding", "chunked"}}, HeadDefect::connection_field},
      {{{":status", "200"}, {"content-length", "x"}}, HeadDefect::bad_content_length},
      {{{":status", "200"}, {"content-length", " 5 "}}, HeadDefect::none},
  };
  int number = 0;
  for (const Case& c : cases)
    EXPECT_EQ(to_string(response_defect(c.fields)), to_string(c.defect)) << "case " << number++;
}

TEST(MessageRules, Lengths) {
  EXPECT_EQ(content_length({{":status", "200"}, {"content-length", " 5 "}}), 5u);
  EXPECT_EQ(content_length({{":status", "200"}}), std::nullopt);
  EXPECT_EQ(status_of({{":status", "421"}}), 421);
  EXPECT_TRUE(has_no_body("HEAD", 200));
  EXPECT_TRUE(has_no_body("GET", 204));
  EXPECT_TRUE(has_no_body("GET", 304));
  EXPECT_TRUE(has_no_body("CONNECT", 200));
  EXPECT_FALSE(has_no_body("CONNECT", 404));
  EXPECT_FALSE(has_no_body("GET", 200));
}

TEST(MessageRules, EveryByteInANameAndAValue) {
  for (int byte = 0; byte < 256; ++byte) {
    auto c = static_cast<char>(byte);
    bool token = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                 (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
    EXPECT_EQ(trailers_defect({{"a"s + c, "v"}}), token ? HeadDefect::none : HeadDefect::bad_name) << byte;
    bool forbidden = c == 0 || c == '\r' || c == '\n';
    EXPECT_EQ(trailers_defect({{"a", "v"s + c + "v"}}), forbidden ? HeadDefect::bad_value : HeadDefect::none)
        << byte;
  }
}

TEST(MessageRules, AForbiddenByteIsSeenWhereverItStands) {
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (const char byte : {'\0', '\r', '\n'}) {
        std::string value(size, 'x');
        value[at] = byte;
        EXPECT_EQ(request_defect(request_with({{"a", value}}), ExtendedConnect::off), HeadDefect::bad_value)
            << int{byte} << " at " << at << " of " << size;
      }
    }
    EXPECT_EQ(request_defect(request_with({{"a", std::string(size, '\x0b')}}), ExtendedConnect::off), HeadDefect::none);
  }
}

}  // namespace
}  // namespace astray::message_rules_test
