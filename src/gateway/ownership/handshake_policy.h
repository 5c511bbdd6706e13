#pragma once
// What the handshakes of a virtual host settle, as digests: compared by content, so that a reload of the same
// content changes nothing for connections and tickets that are there.
#include <span>
#include <string>

#include "gateway/configuration/virtual_host_settings.h"
#include "tls/certificate_source.h"
#include "verdict/connection_facts.h"

namespace astray::gateway {

/// `authorities` are those of client certificates; nullptr where clients are not asked. Their order does not
/// count, that of the ciphers does: the gateway's counts in the handshake.
PolicyDigest policy_of(const gateway::VirtualHostSettings& virtual_host,
                       const CertificateAuthorities* authorities);

/// Of the names that it claims, where its connections are for them alone (Coalescing::never); else 0.
ListenerDigest listener_of(const gateway::VirtualHostSettings& virtual_host);

/// Sessions are resumed within one scope alone (tls::ServerHost). It holds all that a full handshake would
/// settle anew: whether and by whom clients are known, versions and ciphers, the listener, and the names that
/// the certificate proves. So what judge_request is told of a resumed connection is what it would be told of
/// the one that the ticket comes from. A renewed certificate for the same names is the same scope.
std::string session_scope_of(const gateway::VirtualHostSettings& virtual_host,
                             const CertificateAuthorities* authorities,
                             std::span<const CertificateName> certificate_names);

}  // namespace astray::gateway
