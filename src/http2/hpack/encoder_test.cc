#include "http2/hpack/encoder.h"

#include <gtest/gtest.h>

#include <random>

#include "http2/hpack/test_bytes.h"
#include "support/allocations.h"

namespace astray::http2::hpack::encoder_test {
namespace {

using test::decode;
using test::Decoded;
using test::encode;
using test::from_hex;
using test::Outcome;
using test::to_hex;

std::string hex_of(HpackEncoder& encoder, const Fields& fields) {
  return to_hex(encode(encoder, fields));
}

TEST(HpackEncoder, Requests) {  // RFC 7541 appendix C.4
  HpackEncoder encoder;
  Fields fields{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}};
  EXPECT_EQ(hex_of(encoder, fields), "828684418cf1e3c2e5f23a6ba0ab90f4ff");
  fields.push_back({"cache-control", "no-cache"});
  EXPECT_EQ(hex_of(encoder, fields), "828684be5886a8eb10649cbf");
  EXPECT_EQ(hex_of(encoder, {{":method", "GET"},
                             {":scheme", "https"},
                             {":path", "/index.html"},
                             {":authority", "www.example.com"},
                             {"custom-key", "custom-value"}}),
            "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf");
}

TEST(HpackEncoder, EachLineOfTheStaticTableIsOneByte) {
  HpackEncoder encoder;
  const std::pair<Field, const char*> lines[] = {
      {{":method", "POST"}, "83"},      {{":path", "/index.html"}, "85"},
      {{":scheme", "https"}, "87"},     {{":status", "200"}, "88"},
      {{":status", "304"}, "8b"},       {{":status", "500"}, "8e"},
      {{"accept-charset", ""}, "8f"},   {{"accept-encoding", "gzip, deflate"}, "90"},
      {{"set-cookie", ""}, "b7"},       {{"authorization", ""}, "97"},
      {{"www-authenticate", ""}, "bd"},
  };
  for (const auto& [line, hex] : lines) EXPECT_EQ(hex_of(encoder, {line}), hex);
}

TEST(HpackEncoder, WhatComesAgainIsIndexed) {
  HpackEncoder encoder;
  const Fields fields{
      {":status", "200"}, {"server", "astray"}, {"x-own", "1"}, {"X-Own", "1"}, {"x-own", "2"}};
  const std::string first = encode(encoder, fields);
  EXPECT_GT(first.size(), 20u);
  EXPECT_EQ(hex_of(encoder, fields), "88c1c0bfbe");
  // In another order, and with others between.
  EXPECT_EQ(hex_of(encoder, {{"x-own", "2"}, {"x-own", "1"}, {":status", "204"}, {"server", "astray"}}),
            "bec089c1");
}

TEST(HpackEncoder, ANameOfTheDynamicTableIsUsed) {
  HpackEncoder encoder;
  encode(encoder, {{"x-own", "1"}});
  EXPECT_EQ(hex_of(encoder, {{"x-own", "+"}}), "7e012b");
}

TEST(HpackEncoder, TextsAreCodedWhereThatIsShorter) {
  HpackEncoder encoder;
  EXPECT_EQ(hex_of(encoder, {{"age", "123"}}),
            "0f0682"
            "0899")
      << "00001 00010 011001";
  EXPECT_EQ(hex_of(encoder, {{"age", "X"}}),
            "0f0601"
            "58")
      << "a byte either way";
  EXPECT_EQ(hex_of(encoder, {{"age", "\x01\xff"}}),
            "0f0602"
            "01ff");
}

TEST(HpackEncoder, SizesOfTextsThatAreCodedAreTheirOwn) {
  // One byte of size where the text itself would have two, or two for three.
  for (const size_t size :
       {126U, 127U, 128U, 180U, 201U,   202U,   203U,   204U,   250U,   254U,   255U,  256U,
        400U, 408U, 409U, 410U, 16509U, 16510U, 16511U, 16512U, 20000U, 26000U, 27000U}) {
    HpackEncoder encoder;
    HpackDecoder decoder;
    const std::string text(size, 'a');
    const Fields fields{{text, text}, {"age", text}};
    ASSERT_EQ(decode(decoder, encode(encoder, fields)), (Decoded{Outcome::complete, fields})) << size;
  }
}

TEST(HpackEncoder, AnEmptyNameIsNoneOfTheStaticTable) {
  HpackEncoder encoder;
  EXPECT_EQ(hex_of(encoder, {{"", "+"}}), "4000012b");
  EXPECT_EQ(hex_of(encoder, {{"", ""}}), "7e00") << "the name of the line before";
  EXPECT_EQ(hex_of(encoder, {{"", "+"}, {"", ""}}), "bfbe");
}

/// The first four bits of the only line's representation.
int kind_of(HpackEncoder& encoder, const Field& line) {
  return static_cast<uint8_t>(encode(encoder, {line})[0]) >> 4;
}

TEST(HpackEncoder, WhatChangesIsNotIndexed) {
  for (const char* name : {":path", "content-length", "age", "etag", "if-none-match", "if-modified-since",
                           "location", "set-cookie"}) {
    HpackEncoder encoder;
    EXPECT_EQ(kind_of(encoder, {name, "/some/value"}), 0) << name;
    EXPECT_EQ(kind_of(encoder, {name, "/some/value"}), 0) << name;
  }
}

TEST(HpackEncoder, WhatIsSecretIsNeverIndexed) {
  for (const Field& line : {Field{"authorization", "Basic dXNlcjpwYXNzd29yZA=="},
                            Field{"proxy-authorization", "x"}, Field{"cookie", "session=12345678901"}}) {
    HpackEncoder encoder;
    EXPECT_EQ(kind_of(encoder, line), 1) << line.name;
    EXPECT_EQ(kind_of(encoder, line), 1) << line.name;
  }
  HpackEncoder encoder;
  EXPECT_EQ(kind_of(encoder, {"cookie", "session=123456789012"}), 6) << "20 bytes";
  EXPECT_EQ(kind_of(encoder, {"cookie", "session=123456789012"}), 11);
}

TEST(HpackEncoder, WhatWouldPushOutNearlyAllIsNotIndexed) {
  HpackEncoder encoder;
  EXPECT_EQ(kind_of(encoder, {"via", std::string(3100, 'x')}), 0);
  EXPECT_EQ(kind_of(encoder, {"via", std::string(3000, 'x')}), 7);
}

TEST(HpackEncoder, SizeUpdates) {
  const Fields none;
  HpackEncoder encoder;
  EXPECT_EQ(hex_of(encoder, none), "");
  encoder.limit_table(65536);
  EXPECT_EQ(hex_of(encoder, none), "") << "4096 as before";
  encoder.limit_table(100);
  EXPECT_EQ(hex_of(encoder, none), "3f45");
  EXPECT_EQ(hex_of(encoder, none), "") << "once";
  encoder.limit_table(200);
  EXPECT_EQ(hex_of(encoder, none), "3fa901");
  encoder.limit_table(0);
  encoder.limit_table(300);
  encoder.limit_table(20);
  encoder.limit_table(5000);
  EXPECT_EQ(hex_of(encoder, none), "203fe11f") << "the smallest, and the last";
  encoder.limit_table(10);
  encoder.limit_table(4096);
  EXPECT_EQ(hex_of(encoder, none), "2a3fe11f") << "also when it is what it was";
  encoder.limit_table(50);
  encoder.limit_table(40);
  EXPECT_EQ(hex_of(encoder, none), "3f09") << "once where they are the same";
}

TEST(HpackEncoder, ALowerLimitEvicts) {
  HpackEncoder encoder;
  const Fields fields{{"x-a", "1"}, {"x-b", "2"}};  // 36 bytes each
  encode(encoder, fields);
  encoder.limit_table(71);
  EXPECT_EQ(hex_of(encoder, {fields[1]}), "3f28be");
  encoder.limit_table(0);
  encoder.limit_table(4096);
  EXPECT_EQ(encode(encoder, {fields[1]}).substr(0, 5), from_hex("203fe11f40"));
}

TEST(HpackEncoder, WithoutATableNothingIsIndexed) {
  HpackEncoder encoder;
  encoder.limit_table(0);
  encode(encoder, {});
  EXPECT_EQ(kind_of(encoder, {"x-a", "1"}), 0);
  EXPECT_EQ(kind_of(encoder, {"server", "astray"}), 0);
  EXPECT_EQ(hex_of(encoder, {{":status", "200"}}), "88");
}

TEST(HpackEncoder, BlocksAreAppended) {
  HpackEncoder encoder;
  ByteBlock block;
  block.append("before");
  encoder.encode({{":status", "200"}}, block);
  EXPECT_EQ(block.view(), "before\x88");
}

// Few texts, so that they come again, in lists whose order is the same or not, with odd ones among them.
Fields some_fields(std::minstd_rand& random) {
  const char* const names[] = {":status", ":path",     "date",   "x-request-id", "Server",
                               "",        "etag",      "cookie", "server",       "x-long",
                               "vary",    "x-request", "x-ids",  "content-type"};
  Fields fields;
  const size_t lines = random() % 40;
  for (size_t i = 0; i < lines; ++i) {
    const std::string name = names[random() % 4 == 0 ? random() % std::size(names) : i % std::size(names)];
    std::string value(random() % 8 == 0 ? random() % 400 : random() % 20,
                      static_cast<char>(random() % 3 == 0 ? random() : 'x'));
    if (random() % 3 == 0) value = std::to_string(random() % 50);
    if (name == ":status") value = std::to_string(200 + random() % 8);
    fields.emplace_back(name, value);
  }
  return fields;
}

TEST(HpackEncoder, WhatIsEncodedIsDecodedAsItIs) {
  std::minstd_rand random(11);
  for (int connection = 0; connection < 40; ++connection) {
    HpackEncoder encoder;
    HpackDecoder decoder;
    for (int block = 0; block < 60; ++block) {
      if (random() % 15 == 0) encoder.limit_table(random() % 5000);
      if (random() % 15 == 0) encoder.limit_table(random() % 300);
      const Fields fields = some_fields(random);
      ASSERT_EQ(decode(decoder, encode(encoder, fields)), (Decoded{Outcome::complete, fields}));
    }
  }
}

TEST(HpackEncoder, LinesThatChangeForeverAreDecodedAsTheyAre) {  // their numbers go round
  HpackEncoder encoder;
  HpackDecoder decoder;
  for (int i = 0; i < 70000; ++i) {
    const Fields fields{
        {"x-request-id", std::to_string(i)}, {"x-same", "1"}, {"x-last", std::to_string(i / 50)}};
    ASSERT_EQ(decode(decoder, encode(encoder, fields)), (Decoded{Outcome::complete, fields}));
  }
}

TEST(HpackEncoder, IsSmall) {
  static_assert(sizeof(HpackEncoder) < 200);
}

#if ASTRAY_COUNTS_ALLOCATIONS
TEST(HpackEncoder, TakesNoMemoryUntilALineIsRemembered) {
  const Fields fields{{":status", "200"}, {"content-length", "17"}};
  ByteBlock block;
  block.reserve(1000);
  EXPECT_EQ(astray::test::allocations_of([&] {
              HpackEncoder encoder;
              encoder.encode(fields, block);
            }),
            0u);
}
#endif

}  // namespace
}  // namespace astray::http2::hpack::encoder_test
