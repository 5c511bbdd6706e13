#include "servers/envoy/front_certificate.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray::envoy {
namespace {

/// Since then a chain's certificate is chosen by SNI (release notes of 1.25.0); before, by kind of key alone.
constexpr Version chosen_by_sni{1, 25, 0};

bool is_ecdsa(const CertificateUse& use) {
  return use.certificate->key_type == KeyType::ecdsa;
}

bool is_named(const Certificate& certificate, std::string_view sni, bool by_wildcard) {
  const auto host = Host::parse(sni);
  if (!host) return false;
  return std::ranges::any_of(certificate.names.in_file_order(), [&](const CertificateName& name) {
    return name.is_wildcard() == by_wildcard && name.covers(*host);
  });
}

/// Clients of today can do ECDSA, and an ECDSA certificate is taken before the others.
const CertificateUse* best_of(const std::vector<const CertificateUse*>& candidates) {
  const auto ecdsa = std::ranges::find_if(candidates, [](const CertificateUse* use) { return is_ecdsa(*use); });
  if (ecdsa != candidates.end()) return *ecdsa;
  return candidates.empty() ? nullptr : candidates.front();
}

}  // namespace

const CertificateUse* front_certificate(const Chain& chain, const Version& version, std::string_view sni) {
  const std::vector<CertificateUse>& uses = chain.tls->certificates;
  std::vector<const CertificateUse*> all;
  for (const CertificateUse& use : uses) {
    if (!use.certificate) return nullptr;
    all.push_back(&use);
  }
  if (all.size() < 2) return all.empty() ? nullptr : all.front();
  if (version < chosen_by_sni) return best_of(all);
  const std::string name = ascii_lower(sni);
  for (const bool by_wildcard : {false, true}) {
    std::vector<const CertificateUse*> fitting;
    for (const CertificateUse* use : all)
      if (is_named(*use->certificate, name, by_wildcard)) fitting.push_back(use);
    if (const CertificateUse* best = best_of(fitting)) return best;
  }
  return chain.full_scan ? best_of(all) : all.front();
}

}  // namespace astray::envoy
