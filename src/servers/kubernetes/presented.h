#pragma once
#include <string_view>

#include "servers/model/tls_settings.h"

namespace astray::kubernetes {

/// Which of a listener's certificates a connection with this SNI gets: the only one, or the only one that covers the name.
/// Null where several do, since which is chosen is not said (ListenerTLSConfig.CertificateRefs), or one is not known.
const CertificateUse* certificate_for(const TlsSettings& tls, std::string_view sni);

}  // namespace astray::kubernetes
