// A peer's first bytes. Whatever they are: a decision is never taken back when more comes, a header that was
// read reads the same alone, and what follows it does not matter.
#include <cstdint>

#include "base/check.h"
#include "gateway/proxy_header.h"

using namespace astray::gateway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProxyHeaderReading whole = read_proxy_header(bytes);
  bool decided = false;
  for (size_t length = 0; length <= size && length <= 300; ++length) {
    const ProxyHeaderReading found = read_proxy_header(bytes.substr(0, length));
    const bool waits = std::holds_alternative<ProxyHeaderIncomplete>(found);
    CHECK(!decided || !waits);
    decided = !waits;
    if (decided) CHECK(found == whole);
  }
  if (const auto* read = std::get_if<ProxyHeaderRead>(&whole)) {
    CHECK(read->size <= size && read->size <= most_proxy_header_bytes);
    CHECK(read_proxy_header(bytes.substr(0, read->size)) == whole);
    CHECK(std::holds_alternative<ProxyHeaderIncomplete>(read_proxy_header(bytes.substr(0, read->size - 1))));
  }
  return 0;
}
