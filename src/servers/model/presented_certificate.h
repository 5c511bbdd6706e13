#pragma once
#include "servers/model/tls_settings.h"

namespace astray {

/// Which of several certificates a client of today gets: it prefers ECDSA, and of one kind of key the last
/// that is stated replaces the earlier ones. Null where there is none, or one of them could not be read.
const CertificateUse* presented_certificate(const TlsSettings& tls);

}  // namespace astray
