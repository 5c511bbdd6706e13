// The readers and the behaviour of Caddy, on a Caddyfile (or JSON, where the main file is called so) of one or more files.
//
// Held: reading ends, and gives the same twice; every place is in its file; every listener answers, whatever the SNI and
// the Host, consistently, and without regard to the case of letters.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "configuration_input.h"
#include "servers/caddy/caddy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace astray;
  constexpr size_t max_input = 1 << 13;
  if (size > max_input) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const char* main = bytes.starts_with("{\"") ? "/e/caddy.json" : "/e/Caddyfile";
  const Version version = size % 2 == 0 ? Version{2, 6, 2} : Version{2, 11, 4};
  fuzz::check_reader(caddy_server, fuzz::cut_configuration(bytes, main), version);
  return 0;
}
