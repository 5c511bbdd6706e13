#pragma once
// Field blocks made of a fuzzer's bytes: RFC 7541 section 6.
#include <string>
#include <string_view>

#include "http2_input.h"

namespace astray::http2::fuzzing {

inline void put_string(std::string& lines, std::string_view text) {
  lines += static_cast<char>(text.size());
  lines += text;
}

inline void put_line(Input& input, std::string& lines) {
  constexpr std::string_view names[] = {"x", "via", "grpc-status", "X", ":a"};
  constexpr uint8_t literals[] = {0x40, 0x00, 0x10};
  const uint8_t choice = input.byte();
  if (choice < 160) {
    lines += static_cast<char>(0x80 | choice);
    return;
  }
  const uint8_t literal = literals[choice % std::size(literals)];
  const uint8_t name = input.byte();
  const int index = name < 128 ? name % 15 : 0;
  lines += static_cast<char>(literal | index);
  if (index == 0) put_string(lines, names[name % std::size(names)]);
  put_string(lines, input.bytes(choice % 16U));
}
/// Behind `ahead`, lines of any kind: RFC 7541 section 6.
inline std::string some_block(Input& input, std::string_view ahead = {}) {
  std::string lines;
  const uint8_t choice = input.byte();
  if (choice % 16 == 0) lines += static_cast<char>(0x20 | choice / 16);
  lines += ahead;
  for (size_t count = choice % 8U; count > 0; --count) put_line(input, lines);
  return lines;
}
inline std::string some_request_block(Input& input) {
  constexpr std::string_view heads[] = {
      "\x82\x87\x84\x41\x01"
      "a",
      "\x83\x86\x85\x01\x02"
      "bc",
      "\xbe\x82\x87\x84",
      "\x42\x04HEAD\x87\x84",
      "",
      "\x82\x87\x84\xbf\xbe"};
  return some_block(input, heads[input.byte() % std::size(heads)]);
}

}  // namespace astray::http2::fuzzing
