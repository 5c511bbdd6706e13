// The Accept lines of a request. Letter case, blanks at the ends and members that say nothing change no
// choice.
#include <cstdint>
#include <string>

#include "base/ascii.h"
#include "base/check.h"
#include "gateway/refusal/refusal_format.h"

using namespace astray;
using namespace astray::gateway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string accept(reinterpret_cast<const char*>(data), size);
  const RefusalFormat chosen = negotiate(accept);
  CHECK(!content_type(chosen).empty());
  CHECK(negotiate(ascii_lower(accept)) == chosen);
  CHECK(negotiate(" \t" + accept) == chosen);
  CHECK(negotiate("image/png," + accept) == chosen);
  return 0;
}
