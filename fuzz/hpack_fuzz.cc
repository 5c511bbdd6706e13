// First byte: even, the rest are blocks to be decoded; odd, lines to be encoded. nghttp2 is the oracle.
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "http2/hpack/decoder.h"
#include "http2/hpack/encoder.h"
#include "http2/hpack/library_decoder_test.h"
#include "http2_input.h"

using namespace astray;
using namespace astray::http2;

namespace {

using fuzzing::Input;
using hpack::test::LibraryDecoder;
using Limits = HpackDecoder::Limits;
using Outcome = HpackDecoder::Outcome;
constexpr Limits no_limits{.bytes = SIZE_MAX, .fields = SIZE_MAX, .patience = 1};

struct Decoded {
  Outcome outcome = Outcome::complete;
  Fields fields;
};

/// Of the third in a row at the beginning, nghttp2 thinks nothing.
bool has_three_size_updates(std::string_view block) {
  int updates = 0;
  while (!block.empty() && (block.front() & 0xe0) == 0x20) {
    size_t size = 1;
    if ((block.front() & 0x1f) == 0x1f) {
      while (size < block.size() && (block[size] & 0x80) != 0) ++size;
      ++size;
    }
    block.remove_prefix(std::min(size, block.size()));
    ++updates;
  }
  return updates > 2;
}

/// What the limits make of these lines, of a block that is not malformed.
Decoded limited(const Fields& all, const Limits& limits) {
  Decoded expected;
  size_t bytes = 0;
  size_t lines = 0;
  for (const Field line : all) {
    bytes += line.name.size() + line.value.size() + 32;
    ++lines;
    if (bytes > limits.bytes * limits.patience || lines > limits.fields * limits.patience) {
      expected.outcome = Outcome::too_large;
      return expected;
    }
    if (bytes > limits.bytes || lines > limits.fields) expected.outcome = Outcome::cut;
    if (expected.outcome == Outcome::complete) expected.fields.push_back(line);
  }
  return expected;
}

/// One connection: each block, whose size stands before it, until one is malformed.
void check_decoding(Input input) {
  const uint8_t choices = input.byte();
  const size_t table_bytes = (choices & 1) != 0 ? 65536 : 4096;
  const Limits limits{.bytes = size_t{choices} * 4, .fields = choices / 4U, .patience = 1 + choices / 2U % 4};
  HpackDecoder decoder(table_bytes);
  HpackDecoder with_limits(table_bytes);
  HpackDecoder without_fields(table_bytes);
  LibraryDecoder library;
  if (table_bytes != hpack::usual_table_bytes) library.announce(table_bytes);
  bool has_been_too_large = false;
  while (!input.rest.empty()) {
    const size_t size = input.byte();
    const std::string block(input.bytes(size < 250 ? size : SIZE_MAX));
    Decoded own;
    own.outcome = decoder.decode(block, &own.fields, no_limits);
    CHECK(without_fields.decode(block, nullptr, no_limits) == own.outcome);
    if (has_three_size_updates(block)) {
      CHECK(own.outcome == Outcome::malformed && own.fields.empty());
      return;
    }
    Decoded expected;
    expected.outcome = library.decode(block, expected.fields);
    CHECK(own.outcome == expected.outcome);
    CHECK(own.fields == expected.fields);

    if (!has_been_too_large) {
      Decoded some;
      some.outcome = with_limits.decode(block, &some.fields, limits);
      Decoded expected_some = limited(expected.fields, limits);
      has_been_too_large = expected_some.outcome == Outcome::too_large;
      if (!has_been_too_large && expected.outcome == Outcome::malformed)
        expected_some.outcome = Outcome::malformed;
      CHECK(some.outcome == expected_some.outcome);
      CHECK(some.fields == expected_some.fields);
    }
    if (own.outcome == Outcome::malformed) return;
  }
}

std::string_view some_name(Input& input) {
  constexpr std::string_view names[] = {
      ":status",      ":path", ":method", "cookie", "authorization", "date", "server",
      "x-request-id", "x",     "",        "Date",   "etag",          "vary", "content-length"};
  const uint8_t choice = input.byte();
  return choice < std::size(names) ? names[choice] : input.bytes(choice % 32U);
}

/// One connection: lines and settings.
void check_encoding(Input input) {
  HpackEncoder encoder;
  HpackDecoder decoder;
  LibraryDecoder library;
  while (!input.rest.empty()) {
    for (size_t settings = input.byte() % 4U; settings > 0; --settings) {
      const size_t table_bytes = size_t{input.byte()} * 20;
      encoder.limit_table(table_bytes);
      library.announce(table_bytes);
    }
    Fields fields;
    for (size_t lines = input.byte() % 64U; lines > 0; --lines) {
      const std::string_view name = some_name(input);
      const uint8_t size = input.byte();
      const std::string_view value = input.bytes(size % 64U);
      // Long ones are what pushes others out.
      fields.emplace_back(name, std::string(size / 64U * 300, 'l') + std::string(value));
    }
    ByteBlock block;
    encoder.encode(fields, block);
    Decoded read;
    read.outcome = library.decode(block.view(), read.fields);
    CHECK(read.outcome == Outcome::complete);
    CHECK(read.fields == fields);
    Decoded own;
    own.outcome = decoder.decode(block.view(), &own.fields, no_limits);
    CHECK(own.outcome == Outcome::complete);
    CHECK(own.fields == fields);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 8192) return 0;
  const Input input{{reinterpret_cast<const char*>(data) + 1, size - 1}};
  if (data[0] % 2 == 0) {
    check_decoding(input);
  } else {
    check_encoding(input);
  }
  return 0;
}
