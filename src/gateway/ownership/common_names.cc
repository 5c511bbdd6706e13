#include "gateway/ownership/common_names.h"

#include <algorithm>

namespace astray::gateway {
namespace {

bool covers(const Certificate& certificate, const CertificateName& name) {
  // No two of these names differ and are the same, and a wildcard is covered by itself alone.
  if (name.is_wildcard())
    return std::find(certificate.names.begin(), certificate.names.end(), name) != certificate.names.end();
  return certificate.covers(name.host());
}

}  // namespace

std::vector<CertificateName> common_names(std::span<const Certificate* const> certificates) {
  std::vector<CertificateName> common;
  if (certificates.size() == 1) {
    common.assign(certificates[0]->names.begin(), certificates[0]->names.end());
    return common;
  }
  for (const Certificate* one : certificates) {
    for (const CertificateName& name : one->names) {
      const bool by_all = std::all_of(certificates.begin(), certificates.end(),
                                      [&](const Certificate* other) { return covers(*other, name); });
      if (by_all) common.push_back(name);
    }
  }
  std::sort(common.begin(), common.end());
  common.erase(std::unique(common.begin(), common.end()), common.end());
  return common;
}

}  // namespace astray::gateway
