#include "proxy/back/back_key.h"

namespace astray::proxy {

BackKey BackKey::of(const BackKeyView& view) {
  return {view.back, view.address, std::string(view.sni), std::string(view.verified_name),
          std::string(view.authority)};
}

uint64_t hash_of(const Endpoint& endpoint) {
  uint64_t hash = endpoint.port.number();
  for (const char byte : endpoint.address.bytes())
    hash = mixed(hash * 257 + static_cast<unsigned char>(byte));
  return hash;
}

size_t BackKeyHash::operator()(const BackKeyView& key) const {
  const std::hash<std::string_view> text;
  uint64_t hash = hash_of(key.address) + static_cast<uint32_t>(key.back);
  for (const std::string_view part : {key.sni, key.verified_name, key.authority})
    hash = mixed(hash * 31 + (part.empty() ? 0 : text(part)));
  return hash;
}

}  // namespace astray::proxy
