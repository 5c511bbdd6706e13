#include "client/content_decoder.h"

#include <zlib.h>

#include <algorithm>
#include <string>

#include "base/check.h"
#include "http1_cuts.h"

using namespace astray;
using namespace astray::client;

namespace {

// Small, so that what is found is not only slow.
constexpr uint64_t most_bytes = 1 << 20;

constexpr std::string_view codings[] = {"gzip",    "deflate",       "br",         "zstd",
                                        "br,gzip", "deflate, zstd", "gzip, gzip", "zstd,br,deflate,gzip"};

class Text final : public ContentSink {
 public:
  Result<void> write(std::string_view bytes) override {
    CHECK(!bytes.empty() && bytes.size() <= 16 * 1024);
    text += bytes;
    CHECK(text.size() <= most_bytes);
    return {};
  }
  std::string text;
};

struct Decoded {
  std::string text;
  bool complete = false;
};

Decoded decode(std::string_view coding, std::string_view content, size_t piece) {
  auto decoder = ContentDecoder::create(coding, {.bytes = most_bytes});
  CHECK(decoder.has_value());
  Text out;
  while (!content.empty()) {
    const auto decoded = decoder->decode(content.substr(0, piece), out);
    if (!decoded) {
      CHECK(!decoded.error().message.empty());
      return {std::move(out.text), false};
    }
    content.remove_prefix(std::min(piece, content.size()));
  }
  return {std::move(out.text), decoder->finish().has_value()};
}

/// Broken content may stop earlier or later, but what came out until then is the same.
void check_same(const Decoded& a, const Decoded& b) {
  CHECK(a.complete == b.complete);
  const size_t common = std::min(a.text.size(), b.text.size());
  CHECK(a.text.compare(0, common, b.text, 0, common) == 0);
  if (a.complete) CHECK(a.text.size() == b.text.size());
}

std::string compressed(std::string_view text, int level, int window_bits) {
  z_stream stream{};
  CHECK(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string in(text);
  std::string out(deflateBound(&stream, in.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

void check_round_trip(std::string_view coding, std::string_view text, const std::string& content,
                      size_t piece) {
  const Decoded decoded = decode(coding, content, piece);
  CHECK(decoded.complete && decoded.text == text);
  CHECK(!decode(coding, content + '\0', piece).complete);
  CHECK(!decode(coding, std::string_view(content).substr(0, content.size() - 1), piece).complete);
}

}  // namespace

// A byte of choices, then coded content, which is also taken as text to be coded.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 16 * 1024) return 0;
  const fuzzing::Input input = fuzzing::input_of(data, size);
  const std::string_view coding = codings[input.choices & 7];
  const Decoded whole = decode(coding, input.bytes, std::string::npos);
  check_same(decode(coding, input.bytes, 1), whole);
  const size_t piece = 2 + static_cast<size_t>(input.choices >> 3 & 15) * 5;
  check_same(decode(coding, input.bytes, piece), whole);

  const int level = input.choices >> 4 & 7;
  const std::string gzip = compressed(input.bytes, level, 15 + 16);
  check_round_trip("gzip", input.bytes, gzip, piece);
  check_round_trip("deflate", input.bytes, compressed(input.bytes, level, 15), piece);
  check_round_trip("deflate", input.bytes, compressed(input.bytes, level, -15), piece);
  check_round_trip("deflate, gzip", input.bytes,
                   compressed(compressed(input.bytes, level, 15), level, 15 + 16), piece);
  const Decoded twice = decode("gzip", gzip + gzip, piece);
  CHECK(twice.complete && twice.text == std::string(input.bytes) + std::string(input.bytes));
  return 0;
}
