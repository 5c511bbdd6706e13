#include "tls/engine/leaf_cache.h"

#include "tls/x509.h"

namespace astray::tls {

const LeafCache::Decoded& LeafCache::decode(std::string_view der) {
  // The map is searched without a copy of the key.
  if (auto found = entries_.find(der); found != entries_.end()) return found->second;
  if (entries_.size() >= capacity_) entries_.clear();
  auto decoded = decode_certificate(der);
  Decoded entry = tl::unexpected<std::string>("");
  if (decoded) {
    entry = std::make_shared<const Certificate>(std::move(*decoded));
  } else {
    entry = tl::unexpected<std::string>(std::move(decoded.error()));
  }
  return entries_.emplace(std::string(der), std::move(entry)).first->second;
}

}  // namespace astray::tls
