// A MOZ_LOG of Firefox, whatever is in it.
#include "capture_story.h"
#include "explain/source.h"

using namespace astray::explain;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const SourceKind& kind = kind_of("mozlog");
  check_cut_off(kind, text, check_in_pieces(kind, text));
  return 0;
}
