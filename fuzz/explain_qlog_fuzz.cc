// A qlog, a document or a sequence of records, whatever is in it. What is cut off may be what makes a record
// unreadable, so that a part can tell more than the whole.
#include "capture_story.h"
#include "explain/source.h"

using namespace astray::explain;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const SourceKind& kind = kind_of("qlog");
  check_in_pieces(kind, text);
  return 0;
}
