// Captures of clients that have no target of their own, whatever is in them.
#include "capture_story.h"
#include "explain/source.h"

using namespace astray::explain;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view id : {"netlog", "har", "curl"}) {
    const SourceKind& kind = kind_of(id);
    if (!kind.recognises(text)) continue;
    check_cut_off(kind, text, check_in_pieces(kind, text));
  }
  return 0;
}
