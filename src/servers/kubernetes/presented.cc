#include "servers/kubernetes/presented.h"

#include "names/host.h"

namespace astray::kubernetes {

const CertificateUse* certificate_for(const TlsSettings& tls, std::string_view sni) {
  if (tls.certificates.size() == 1) return tls.certificates.front().certificate ? &tls.certificates.front() : nullptr;
  const auto host = Host::parse(sni);
  if (!host) return nullptr;
  const CertificateUse* only = nullptr;
  for (const CertificateUse& use : tls.certificates) {
    if (!use.certificate) return nullptr;
    if (!use.certificate->covers(*host)) continue;
    if (only != nullptr) return nullptr;
    only = &use;
  }
  return only;
}

}  // namespace astray::kubernetes
