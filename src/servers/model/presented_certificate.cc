#include "servers/model/presented_certificate.h"

namespace astray {

const CertificateUse* presented_certificate(const TlsSettings& tls) {
  const CertificateUse* chosen = nullptr;
  for (const CertificateUse& use : tls.certificates) {
    if (!use.certificate) return nullptr;
    const bool keeps_chosen = chosen != nullptr && chosen->certificate->key_type == KeyType::ecdsa &&
                              use.certificate->key_type != KeyType::ecdsa;
    if (!keeps_chosen) chosen = &use;
  }
  return chosen;
}

}  // namespace astray
