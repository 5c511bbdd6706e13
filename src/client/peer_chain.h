#pragma once
// The certificates that a server proved, kept once however many connections show them.
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "names/certificate_name.h"
#include "tls/certificate.h"
#include "tls/engine/trust.h"

namespace astray::client {

struct PeerChain {
  std::vector<std::string> der;  ///< leaf first
  std::shared_ptr<const Certificate> leaf;

  /// A new judgement each time: a certificate may have expired since.
  tls::TrustAnswer judge(const Host& host, const tls::TrustStore& trust, Instant now) const;
};

/// For one thread.
class PeerChains {
 public:
  /// The error is why the leaf cannot be decoded.
  Result<std::shared_ptr<const PeerChain>, std::string> keep(std::vector<std::string> der);

 private:
  std::unordered_map<std::string, std::weak_ptr<const PeerChain>> by_leaf_;
  size_t sweep_at_ = 64;
};

}  // namespace astray::client
