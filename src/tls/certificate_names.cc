#include "tls/certificate_names.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace astray {

CertificateNames::CertificateNames(std::vector<CertificateName> names) : names_(std::move(names)) {
  sorted_.resize(names_.size());
  std::iota(sorted_.begin(), sorted_.end(), 0U);
  auto order = [this](uint32_t a, uint32_t b) {
    // The place in the certificate decides between equal names, so that covering() gives the first.
    return std::tuple(kind_of(names_[a]), key_of(names_[a]), a) <
           std::tuple(kind_of(names_[b]), key_of(names_[b]), b);
  };
  std::sort(sorted_.begin(), sorted_.end(), order);
}

CertificateNames::Kind CertificateNames::kind_of(const CertificateName& name) {
  if (name.host().address()) return Kind::address;
  return name.is_wildcard() ? Kind::wildcard : Kind::exact;
}

std::string_view CertificateNames::key_of(const CertificateName& name) {
  if (const IpAddress* address = name.host().address()) return address->bytes();
  return name.host().name()->text();
}

const CertificateName* CertificateNames::find(Kind kind, std::string_view key) const {
  auto wanted = std::pair(kind, key);
  auto place = std::lower_bound(sorted_.begin(), sorted_.end(), wanted, [this](uint32_t index, auto& sought) {
    return std::pair(kind_of(names_[index]), key_of(names_[index])) < sought;
  });
  if (place == sorted_.end()) return nullptr;
  const CertificateName& found = names_[*place];
  return std::pair(kind_of(found), key_of(found)) == wanted ? &found : nullptr;
}

const CertificateName* CertificateNames::covering(const Host& host) const {
  if (const IpAddress* address = host.address()) return find(Kind::address, address->bytes());
  const Hostname& name = *host.name();
  if (const CertificateName* exact = find(Kind::exact, name.text())) return exact;
  // One label per wildcard: only the name's own parent can stand behind "*.".
  return name.parent().empty() ? nullptr : find(Kind::wildcard, name.parent());
}

}  // namespace astray
