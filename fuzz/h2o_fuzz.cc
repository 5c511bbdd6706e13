// The reader and the behaviour of h2o, on YAML of one or more files.
//
// Held: reading ends, whatever aliases and files refer to, and gives the same twice; every place is in its file; every
// listener answers, whatever the SNI and the Host, consistently, and without regard to the case of letters.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "configuration_input.h"
#include "servers/h2o/h2o.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace astray;
  constexpr size_t max_input = 1 << 13;
  if (size > max_input) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Version version = size % 2 == 0 ? Version{2, 2, 5} : Version{2, 3, 0};
  fuzz::check_reader(h2o_server, fuzz::cut_configuration(bytes, "/e/h2o.conf"), version);
  return 0;
}
