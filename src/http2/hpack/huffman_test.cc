#include "http2/hpack/huffman.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <random>

#include "http2/hpack/test_bytes.h"

namespace astray::http2::hpack::huffman_test {
namespace {

using test::from_hex;
using test::to_hex;

/// Or the text, if it is not shorter.
std::string coded(std::string_view text) {
  // Of exactly the size that is asked for, for AddressSanitizer.
  const auto room = std::make_unique<char[]>(text.size());
  const char* const end = put_huffman(room.get(), text);
  if (end == nullptr) return std::string(text);
  return {room.get(), static_cast<size_t>(end - room.get())};
}

std::optional<std::string> decoded(std::string_view bytes) {
  const astray::test::ExactBuffer exact(bytes);
  const auto room = std::make_unique<char[]>(most_of_huffman(bytes.size()));
  const char* const end = read_huffman(room.get(), exact.view());
  if (end == nullptr) return std::nullopt;
  return std::string(room.get(), static_cast<size_t>(end - room.get()));
}

std::optional<std::string> decoded_bits(std::string_view bits) {
  std::string bytes;
  for (size_t i = 0; i < bits.size(); ++i) {
    if (i % 8 == 0) bytes += '\0';
    if (bits[i] == '1') bytes.back() = static_cast<char>(bytes.back() | 0x80 >> i % 8);
  }
  return decoded(bytes);
}

TEST(Huffman, IsThatOfTheExamples) {  // RFC 7541 appendix C.4 and C.6
  const std::pair<std::string_view, std::string_view> examples[] = {
      {"www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"},
      {"no-cache", "a8eb10649cbf"},
      {"custom-key", "25a849e95ba97d7f"},
      {"custom-value", "25a849e95bb8e8b4bf"},
      {"302", "6402"},
      {"private", "aec3771a4b"},
      {"Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"},
      {"https://www.example.com", "9d29ad171863c78f0b97c8e9ae82ae43d3"},
      {"foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
       "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"},
      {"", ""},
  };
  for (const auto& [text, hex] : examples) {
    EXPECT_EQ(to_hex(coded(text)), hex);
    EXPECT_EQ(decoded(from_hex(hex)), text);
  }
}

TEST(Huffman, EachByteAmongOthersComesBack) {
  // Of 5 bits each, so that all of it gets shorter.
  const std::string shorter(20, 'e');
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t before = 0; before < 16; ++before) {
      for (size_t behind = 0; behind < 16; behind += 5) {
        const std::string middle =
            std::string(before, 'a') + std::string(2, static_cast<char>(byte)) + std::string(behind, 'X');
        for (const std::string& text : {shorter + middle, middle + shorter}) {
          ASSERT_LT(coded(text).size(), text.size());
          ASSERT_EQ(decoded(coded(text)), text);
        }
      }
    }
  }
}

TEST(Huffman, AnyTextThatGetsShorterComesBack) {
  std::minstd_rand random(5);
  int shorter = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (size_t size = random() % 90; text.size() < size;)
      text += static_cast<char>(random() % 40 == 0 ? random() : 'a' + random() % 26);
    const std::string bytes = coded(text);
    ASSERT_LE(bytes.size(), text.size());
    if (bytes == text) continue;
    ASSERT_EQ(decoded(bytes), text);
    ++shorter;
  }
  EXPECT_GT(shorter, 2000);
}

TEST(Huffman, WhatDoesNotGetShorterIsNotCoded) {
  for (const std::string_view text : {"", "X", "&", "1", "&&&&&", "\n", "123\n", "aaaaaaa\n"})
    EXPECT_EQ(coded(text), text);
  EXPECT_EQ(to_hex(coded("111")), "0843") << "three times 00001, and a padding of one";
}

// RFC 7541 section 5.2. '0' is 00000, 'a' 00011.
TEST(Huffman, PaddingIsTheBeginningOfEos) {
  EXPECT_EQ(decoded_bits("00000"
                         "111"),
            "0");
  EXPECT_EQ(decoded_bits("00000"
                         "110"),
            std::nullopt);
  EXPECT_EQ(decoded_bits("00000"
                         "000"),
            std::nullopt);
  for (size_t zeros = 0; zeros < 40; ++zeros) {
    std::string bits;
    for (size_t i = 0; i < zeros; ++i) bits += "00000";
    const size_t padding = (8 - bits.size() % 8) % 8;
    EXPECT_EQ(decoded_bits(bits + std::string(padding, '1')), std::string(zeros, '0'));
    if (padding != 0) {
      EXPECT_EQ(decoded_bits(bits + std::string(padding - 1, '1') + "0"), std::nullopt) << "or another byte";
    }
    for (size_t more = 1; more <= 9; ++more)
      EXPECT_EQ(decoded_bits(bits + std::string(padding + 8 * more, '1')), std::nullopt)
          << "more than 7 bits, or EOS";
  }
}

TEST(Huffman, EosIsNoSymbol) {
  const std::string eos(30, '1');
  EXPECT_EQ(decoded_bits(eos + "00"), std::nullopt);
  EXPECT_EQ(decoded_bits(eos + "11"), std::nullopt);
  for (size_t before = 0; before < 20; ++before) {
    std::string bits;
    for (size_t i = 0; i < before; ++i) bits += "00011";
    bits += eos;
    for (size_t i = 0; i < 20 || bits.size() % 8 != 0; ++i) bits += "00011";
    EXPECT_EQ(decoded_bits(bits), std::nullopt);
  }
}

TEST(Huffman, ACodeThatIsCutIsNoPadding) {
  // 10 is 30 bits that end in 00, so that its first bits are a padding's.
  const std::string line_feed = std::string(26, '1') + "1100";
  EXPECT_EQ(decoded_bits(line_feed + "11"), "\n");
  EXPECT_EQ(decoded_bits(line_feed.substr(0, 24)), std::nullopt);
  EXPECT_EQ(decoded_bits(line_feed.substr(0, 16)), std::nullopt);
  EXPECT_EQ(decoded_bits(line_feed.substr(0, 8)), std::nullopt);
}

}  // namespace
}  // namespace astray::http2::hpack::huffman_test
