#include "http2/hpack/decoder.h"

#include <gtest/gtest.h>

#include "http2/hpack/test_bytes.h"
#include "http2/hpack_literal.h"
#include "support/allocations.h"

namespace astray::http2::hpack::decoder_test {
namespace {

using test::decode;
using test::Decoded;
using test::from_hex;
using test::no_limits;
using test::Outcome;

Outcome outcome_of(std::string_view hex, size_t table_bytes = 4096) {
  HpackDecoder decoder(table_bytes);
  return decode(decoder, from_hex(hex)).outcome;
}

struct Example {
  const char* hex;
  Fields fields;
};
void expect_decoded(const std::vector<Example>& examples, size_t table_bytes = 4096) {
  HpackDecoder decoder(table_bytes);
  for (const Example& example : examples)
    EXPECT_EQ(decode(decoder, from_hex(example.hex)), (Decoded{Outcome::complete, example.fields}))
        << example.hex;
}

TEST(HpackDecoder, Representations) {  // RFC 7541 appendix C.2
  expect_decoded({{"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
                   {{"custom-key", "custom-header"}}},
                  {"be", {{"custom-key", "custom-header"}}}});
  expect_decoded({{"040c 2f73 616d 706c 652f 7061 7468", {{":path", "/sample/path"}}}});
  expect_decoded({{"1008 7061 7373 776f 7264 0673 6563 7265 74", {{"password", "secret"}}}});
  expect_decoded({{"82", {{":method", "GET"}}}});
  EXPECT_EQ(outcome_of("040c 2f73 616d 706c 652f 7061 7468 be"), Outcome::malformed) << "was not indexed";
  EXPECT_EQ(outcome_of("1008 7061 7373 776f 7264 0673 6563 7265 74 be"), Outcome::malformed)
      << "nor was this";
}

const Fields request_1{
    {":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "www.example.com"}};
const Fields request_2{{":method", "GET"},
                       {":scheme", "http"},
                       {":path", "/"},
                       {":authority", "www.example.com"},
                       {"cache-control", "no-cache"}};
const Fields request_3{{":method", "GET"},
                       {":scheme", "https"},
                       {":path", "/index.html"},
                       {":authority", "www.example.com"},
                       {"custom-key", "custom-value"}};

TEST(HpackDecoder, Requests) {  // C.3 and C.4
  expect_decoded({{"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", request_1},
                  {"8286 84be 5808 6e6f 2d63 6163 6865", request_2},
                  {"8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", request_3}});
  expect_decoded({{"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", request_1},
                  {"8286 84be 5886 a8eb 1064 9cbf", request_2},
                  {"8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", request_3}});
}

TEST(HpackDecoder, ResponsesThatEvict) {  // C.5 and C.6, in a table of 256 bytes
  const Fields first{{":status", "302"},
                     {"cache-control", "private"},
                     {"date", "Mon, 21 Oct 2013 20:13:21 GMT"},
                     {"location", "https://www.example.com"}};
  Fields second = first;
  second.set_value(0, "307");
  const Fields third{{":status", "200"},
                     {"cache-control", "private"},
                     {"date", "Mon, 21 Oct 2013 20:13:22 GMT"},
                     {"location", "https://www.example.com"},
                     {"content-encoding", "gzip"},
                     {"set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"}};
  // What is left at the end, the newest first, and nothing behind it.
  const Fields left{third[5], third[4], third[2]};
  expect_decoded(
      {{"4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 "
        "3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        first},
       {"4803 3330 37c1 c0bf", second},
       {"88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 "
        "7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 "
        "6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        third},
       {"bebfc0", left}},
      256);
  expect_decoded(
      {{"4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad "
        "1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
        first},
       {"4883 640e ffc1 c0bf", second},
       {"88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 "
        "e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        third},
       {"bebfc0", left}},
      256);
}

TEST(HpackDecoder, AnEmptyBlockHasNoLines) {
  expect_decoded({{"", {}}});
}

TEST(HpackDecoder, EmptyNamesAndAnyBytes) {
  expect_decoded({{"000000", {{"", ""}}}, {"400000 be", {{"", ""}, {"", ""}}}});
  expect_decoded({{"0003 00ff0a 0241 0d", {{std::string_view("\0\xff\n", 3), "A\r"}}}});
}

TEST(HpackDecoder, IndicesThatAreNone) {
  EXPECT_EQ(outcome_of("80"), Outcome::malformed) << "0";
  EXPECT_EQ(outcome_of("bd"), Outcome::complete) << "61, the last of the static table";
  EXPECT_EQ(outcome_of("be"), Outcome::malformed) << "62, of an empty dynamic table";
  EXPECT_EQ(outcome_of("40 0161 0162 be"), Outcome::complete);
  EXPECT_EQ(outcome_of("40 0161 0162 bf"), Outcome::malformed);
  EXPECT_EQ(outcome_of("ff 80ffffff0f"), Outcome::malformed) << "2^32-1";
  for (const char* beyond : {"7f 00 00", "0f 2f 00", "1f 2f 00"})
    EXPECT_EQ(outcome_of(beyond), Outcome::malformed) << "a name beyond the tables: " << beyond;
  EXPECT_EQ(outcome_of("0f 2e 00"), Outcome::complete) << "the name of 61";
}

TEST(HpackDecoder, BlocksThatEndTooSoon) {
  const std::string block =
      from_hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff 4002 6162 03 636465 0f 2e 01 78");
  for (size_t size = 0; size <= block.size(); ++size) {
    HpackDecoder decoder;
    const bool is_whole = size <= 3 || size == 17 || size == 25 || size == block.size();
    EXPECT_EQ(decode(decoder, block.substr(0, size)).outcome,
              is_whole ? Outcome::complete : Outcome::malformed)
        << size;
  }
  for (const char* cut :
       {"ff", "ff80", "40", "4001", "400161", "40016101", "41", "00017f", "3f", "3f80", "017f", "01ff"})
    EXPECT_EQ(outcome_of(cut), Outcome::malformed) << cut;
}

TEST(HpackDecoder, NumbersThatAreTooLarge) {
  EXPECT_EQ(outcome_of("ff ffffffff0f"), Outcome::malformed);
  EXPECT_EQ(outcome_of("ff 808080808000"), Outcome::malformed);
  EXPECT_EQ(outcome_of("00 7f ffffffff7f 61"), Outcome::malformed) << "size of a name";
  EXPECT_EQ(outcome_of("01 7f 81ffffff0f"), Outcome::malformed) << "2^32, size of a value";
  EXPECT_EQ(outcome_of("3f ffffffff0f"), Outcome::malformed) << "size of the table";
}

TEST(HpackDecoder, HuffmanErrorsInNamesAndValues) {
  EXPECT_EQ(outcome_of("00 8107 8107"), Outcome::complete);
  for (const char* bad : {"8100", "8106", "8207ff", "84ffffffff", "81ff", "84fffffffc"}) {
    EXPECT_EQ(outcome_of("00 8107 " + std::string(bad)), Outcome::malformed) << bad;
    EXPECT_EQ(outcome_of("40 " + std::string(bad) + " 8107"), Outcome::malformed) << bad;
  }
  expect_decoded({{"00 80 80", {{"", ""}}}});
}

TEST(HpackDecoder, SizeUpdates) {
  EXPECT_EQ(outcome_of("20"), Outcome::complete);
  EXPECT_EQ(outcome_of("3fe11f"), Outcome::complete) << "4096";
  EXPECT_EQ(outcome_of("3fe21f"), Outcome::malformed) << "4097";
  EXPECT_EQ(outcome_of("3fe101", 256), Outcome::complete) << "256";
  EXPECT_EQ(outcome_of("3fe201", 256), Outcome::malformed) << "257";
  EXPECT_EQ(outcome_of("20 3fe11f 82"), Outcome::complete);
  EXPECT_EQ(outcome_of("20 20 20"), Outcome::malformed) << "more than the smallest and the last";
  EXPECT_EQ(outcome_of("82 20"), Outcome::malformed) << "not at the beginning";
  EXPECT_EQ(outcome_of("40 0161 0162 20"), Outcome::malformed) << "not at the beginning";
}

TEST(HpackDecoder, SizeUpdatesEvict) {
  HpackDecoder decoder;
  EXPECT_EQ(decode(decoder, from_hex("40 0161 0162 40 0163 0164 bebf")).outcome, Outcome::complete);
  // 34 bytes each.
  EXPECT_EQ(decode(decoder, from_hex("3f25 bebf")).outcome, Outcome::complete) << "68: both fit";
  EXPECT_EQ(decode(decoder, from_hex("3f24 be")), (Decoded{Outcome::complete, {{"c", "d"}}})) << "67";
  EXPECT_EQ(decode(decoder, from_hex("be 40 0165 0166 be")),
            (Decoded{Outcome::complete, {{"c", "d"}, {"e", "f"}, {"e", "f"}}}));
  EXPECT_EQ(decode(decoder, from_hex("20 3fe11f")).outcome, Outcome::complete) << "none, and all again";
  EXPECT_EQ(decode(decoder, from_hex("be")).outcome, Outcome::malformed);
}

TEST(HpackDecoder, ALargerTableIsUsedWhenThePeerSaysSo) {
  HpackDecoder decoder(65536);
  const std::string large = indexed_literal({"n", std::string(5000, 'x')});
  EXPECT_EQ(decode(decoder, large).outcome, Outcome::complete);
  EXPECT_EQ(decode(decoder, from_hex("3fe1ff03") + large + from_hex("be")).fields.size(), 2u) << "65536";
  EXPECT_EQ(decode(decoder, from_hex("bf")).outcome, Outcome::malformed)
      << "what came before it was too large";
  EXPECT_EQ(outcome_of("3fe2ff03", 65536), Outcome::malformed) << "65537";
}

TEST(HpackDecoder, ALineLargerThanTheTableEmptiesIt) {
  HpackDecoder decoder(64);
  EXPECT_EQ(decode(decoder, from_hex("40 0161 0162 be")).outcome, Outcome::complete);
  const std::string large(32, 'x');
  EXPECT_EQ(decode(decoder, indexed_literal({"n", large})), (Decoded{Outcome::complete, {{"n", large}}}));
  EXPECT_EQ(decode(decoder, from_hex("be")).outcome, Outcome::malformed);
}

TEST(HpackDecoder, ANameMayBeThatOfTheLineThatLeaves) {  // section 4.4
  HpackDecoder decoder(64);
  const std::string block = indexed_literal({"name", std::string(28, 'x')}) + from_hex("7e 0161 be");
  EXPECT_EQ(decode(decoder, block),
            (Decoded{Outcome::complete, {{"name", std::string(28, 'x')}, {"name", "a"}, {"name", "a"}}}));
}

TEST(HpackDecoder, LinesAreAddedToThoseThatAreThere) {
  HpackDecoder decoder;
  Fields fields{{"a", "b"}};
  EXPECT_EQ(decoder.decode(from_hex("82 00 8107 0162"), &fields, no_limits), Outcome::complete);
  EXPECT_EQ(fields, (Fields{{"a", "b"}, {":method", "GET"}, {"0", "b"}}));
}

TEST(HpackDecoder, WithoutFieldsTheTableIsKeptUp) {
  HpackDecoder decoder;
  EXPECT_EQ(decoder.decode(from_hex("82 00 0178 0179 40 0161 0162"), nullptr, no_limits), Outcome::complete);
  EXPECT_EQ(decode(decoder, from_hex("be")), (Decoded{Outcome::complete, {{"a", "b"}}}));
  EXPECT_EQ(decoder.decode(from_hex("bf"), nullptr, no_limits), Outcome::malformed);
}

// Lines of 34, 35 and 42 bytes: 34 + 35 + 42 = 111.
constexpr std::string_view three_lines = "40 0161 0162 00 0163 026465 82";

TEST(HpackDecoder, LimitsOfBytes) {
  const std::string block = from_hex(three_lines);
  const Fields all{{"a", "b"}, {"c", "de"}, {":method", "GET"}};
  const auto decoded = [&](size_t bytes, size_t patience) {
    HpackDecoder decoder;
    return decode(decoder, block, {.bytes = bytes, .fields = 100, .patience = patience});
  };
  EXPECT_EQ(decoded(111, 1), (Decoded{Outcome::complete, all}));
  EXPECT_EQ(decoded(110, 1), (Decoded{Outcome::too_large, {all[0], all[1]}}));
  EXPECT_EQ(decoded(110, 2), (Decoded{Outcome::cut, {all[0], all[1]}}));
  EXPECT_EQ(decoded(69, 2), (Decoded{Outcome::cut, {all[0], all[1]}}));
  EXPECT_EQ(decoded(68, 2), (Decoded{Outcome::cut, {all[0]}})) << "nothing behind what does not fit";
  EXPECT_EQ(decoded(56, 2), (Decoded{Outcome::cut, {all[0]}}));
  EXPECT_EQ(decoded(55, 2), (Decoded{Outcome::too_large, {all[0]}}));
  EXPECT_EQ(decoded(33, 4), (Decoded{Outcome::cut, {}}));
  EXPECT_EQ(decoded(0, 4), (Decoded{Outcome::too_large, {}}));
  EXPECT_EQ(decoded(SIZE_MAX / 2, 4), (Decoded{Outcome::complete, all}));
}

TEST(HpackDecoder, LimitsOfLines) {
  const std::string block = from_hex(three_lines);
  const auto decoded = [&](size_t fields, size_t patience) {
    HpackDecoder decoder;
    return decode(decoder, block, {.bytes = 10000, .fields = fields, .patience = patience});
  };
  EXPECT_EQ(decoded(3, 1).outcome, Outcome::complete);
  EXPECT_EQ(decoded(2, 1), (Decoded{Outcome::too_large, {{"a", "b"}, {"c", "de"}}}));
  EXPECT_EQ(decoded(2, 2), (Decoded{Outcome::cut, {{"a", "b"}, {"c", "de"}}}));
  EXPECT_EQ(decoded(1, 3), (Decoded{Outcome::cut, {{"a", "b"}}}));
  EXPECT_EQ(decoded(1, 2), (Decoded{Outcome::too_large, {{"a", "b"}}}));
}

TEST(HpackDecoder, WhatIsCutIsReadForTheTable) {
  HpackDecoder decoder;
  const HpackDecoder::Limits one_line{.bytes = 1000, .fields = 1, .patience = 10};
  EXPECT_EQ(decode(decoder, from_hex("82 40 0161 8107 00 017a 8107 82"), one_line),
            (Decoded{Outcome::cut, {{":method", "GET"}}}));
  EXPECT_EQ(decode(decoder, from_hex("be")), (Decoded{Outcome::complete, {{"a", "0"}}}));
  EXPECT_EQ(decode(decoder, from_hex("82 82 80"), one_line).outcome, Outcome::malformed);
  EXPECT_EQ(decoder.decode(from_hex("82 82"), nullptr, one_line), Outcome::cut)
      << "limits hold without fields as well";
  EXPECT_EQ(decoder.decode(std::string(11, '\x82'), nullptr, one_line), Outcome::too_large);
}

TEST(HpackDecoder, WhatFollowsTooLargeIsNotRead) {
  HpackDecoder decoder;
  EXPECT_EQ(decode(decoder, from_hex("82 82 82 80"), {.bytes = 1000, .fields = 1, .patience = 2}).outcome,
            Outcome::too_large);
}

TEST(HpackDecoder, IsSmall) {
  static_assert(sizeof(HpackDecoder) < 200);
}

#if ASTRAY_COUNTS_ALLOCATIONS
TEST(HpackDecoder, TakesNoMemoryUntilALineIsRemembered) {
  const std::string block = from_hex("82 84 87 00 0161 0162");
  Fields fields;
  fields.reserve(10, 1000);
  EXPECT_EQ(astray::test::allocations_of([&] {
              HpackDecoder decoder;
              decoder.decode(block, &fields, no_limits);
            }),
            0u);
}
#endif

}  // namespace
}  // namespace astray::http2::hpack::decoder_test
