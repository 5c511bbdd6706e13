// Captures of clients, whatever is in them. One byte at a time they tell the same story as at once, and what is
// cut off at the end takes no refusal back and adds none.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "explain/chronicle.h"
#include "explain/source.h"

using namespace astray;
using namespace astray::explain;

namespace {

class Bytes : public ByteSource {
 public:
  Bytes(std::string_view text, size_t step) : text_(text), step_(step) {}
  Result<size_t> read(char* into, size_t size) override {
    const size_t bytes = std::min({size, step_, text_.size()});
    std::memcpy(into, text_.data(), bytes);
    text_.remove_prefix(bytes);
    return bytes;
  }

 private:
  std::string_view text_;
  size_t step_;
};

Story told(const SourceKind& kind, std::string_view text, size_t step) {
  Bytes bytes(text, step);
  Chronicle chronicle(ChronicleOptions{.open_connections = 64, .on_refused = {}});
  chronicle.begin_source("capture");
  const Result<SourceSummary> summary = kind.read(bytes, SourceOptions{}, chronicle);
  CHECK(summary || !summary.error().message.empty());
  chronicle.end_source("", LogServer::unknown, 1, "");
  return chronicle.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const SourceKind& kind : all_sources()) {
    if (kind.id == "response" || kind.id == "log" || !kind.recognises(text)) continue;
    const Story whole = told(kind, text, SIZE_MAX);
    const Story pieces = told(kind, text, 1);
    CHECK(pieces.requests == whole.requests);
    CHECK(pieces.refused == whole.refused);
    CHECK(whole.refused <= whole.requests);
    CHECK(told(kind, text.substr(0, size / 2), SIZE_MAX).refused <= whole.refused);
  }
  return 0;
}
