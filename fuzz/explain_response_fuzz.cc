// A pasted response, or the compressed bytes of anything: each ends, and nothing but refusals is called one.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "explain/source.h"
#include "explain/story/chronicle.h"
#include "explain/text_bytes.h"

using namespace astray;
using namespace astray::explain;

namespace {

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t most = size_t{1} << 16;  // of what decompression makes, as far as this test has time
  if (size > most) return 0;
  TextBytes bytes(std::string(reinterpret_cast<const char*>(data), size));
  Chronicle chronicle(ChronicleOptions{.open_connections = 64, .on_refused = {}});
  chronicle.begin_source("pasted");
  const Result<SourceSummary> summary = read_source(bytes, SourceOptions{}, chronicle);
  CHECK(summary || !summary.error().message.empty());
  chronicle.end_source(summary ? summary->format : "", LogServer::unknown, 1, "");
  const Story story = chronicle.finish();
  CHECK(story.refused <= story.requests);
  return 0;
}
