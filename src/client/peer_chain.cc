#include "client/peer_chain.h"

#include <algorithm>

#include "tls/x509.h"

namespace astray::client {

tls::TrustAnswer PeerChain::judge(const Host& host, const tls::TrustStore& trust, Instant now) const {
  const std::vector<std::string_view> views(der.begin(), der.end());
  return tls::check_trust(views, host, trust, now);
}

Result<std::shared_ptr<const PeerChain>, std::string> PeerChains::keep(std::vector<std::string> der) {
  using Failed = tl::unexpected<std::string>;
  if (der.empty()) return Failed("the server sent no certificate");
  const auto known = by_leaf_.find(der.front());
  if (known != by_leaf_.end()) {
    // The same leaf with other intermediates is another chain.
    if (auto chain = known->second.lock(); chain && chain->der == der) return chain;
  }
  auto leaf = decode_certificate(der.front());
  if (!leaf) return Failed(leaf.error());
  auto chain = std::make_shared<PeerChain>();
  chain->leaf = std::make_shared<const Certificate>(std::move(*leaf));
  chain->der = std::move(der);
  if (by_leaf_.size() >= sweep_at_) {
    std::erase_if(by_leaf_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<size_t>(64, 2 * by_leaf_.size());
  }
  by_leaf_[chain->der.front()] = chain;
  return std::shared_ptr<const PeerChain>(std::move(chain));
}

}  // namespace astray::client
