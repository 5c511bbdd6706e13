#include "names/raw_host.h"

namespace astray {

std::string RawHost::printable() const {
  constexpr size_t max_shown_bytes = 256;
  constexpr char hex[] = "0123456789abcdef";
  std::string shown;
  for (char c : bytes().substr(0, max_shown_bytes)) {
    if (c >= ' ' && c <= '~') {
      shown += c;
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    shown += "\\x";
    shown += hex[byte >> 4];
    shown += hex[byte & 15];
  }
  if (bytes_.size() > max_shown_bytes) shown += "…";
  return shown;
}

}  // namespace astray
