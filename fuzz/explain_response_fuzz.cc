// A pasted response, or the compressed bytes of anything: each ends, and nothing but refusals is called one.
#include <cstdint>
#include <cstring>
#include <string>

#include "base/check.h"
#include "explain/chronicle.h"
#include "explain/source.h"

using namespace astray;
using namespace astray::explain;

namespace {

class Bytes : public ByteSource {
 public:
  explicit Bytes(std::string_view text) : text_(text) {}
  Result<size_t> read(char* into, size_t size) override {
    const size_t bytes = std::min(size, text_.size());
    std::memcpy(into, text_.data(), bytes);
    text_.remove_prefix(bytes);
    return bytes;
  }

 private:
  std::string_view text_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t most = size_t{1} << 16;  // of what decompression makes, as far as this test has time
  if (size > most) return 0;
  Bytes bytes({reinterpret_cast<const char*>(data), size});
  Chronicle chronicle(ChronicleOptions{.open_connections = 64, .on_refused = {}});
  chronicle.begin_source("pasted");
  const Result<SourceSummary> summary = read_source(bytes, SourceOptions{}, chronicle);
  CHECK(summary || !summary.error().message.empty());
  chronicle.end_source(summary ? summary->format : "", LogServer::unknown, 1, "");
  const Story story = chronicle.finish();
  CHECK(story.refused <= story.requests);
  return 0;
}
