#pragma once
// Where a coalesced request is answered otherwise than on a connection of its own: what the rules about pairs
// of names tell, each in its own words.
#include <optional>
#include <string>
#include <vector>

#include "audit/asking.h"
#include "audit/coalescing.h"

namespace astray {

/// `refused`: rejected on the carrier's connection, answered on its own. `bypassed`: answered on the
/// carrier's connection, rejected on its own. `other_virtual_host`: answered by two different virtual hosts.
enum class MisdirectionKind : uint8_t { refused, bypassed, other_virtual_host };

struct Misdirection {
  MisdirectionKind kind;
  const CoalescingGroup* group;
  NameSample carrier, rider;
  /// The client certificate that the client holds in this story; absent: none.
  std::optional<ClientCertificate> certificate;
  Comparison comparison;
  size_t further = 0;  ///< further pairs of names of the same kind, for the same policy of the rider
};

/// What makes the difference; each cause has its rule.
/// `router_tls_options`: of Traefik, whose routers have TLS options by name, and requests those of their connection.
/// `filter_chain` and `exact_sni_filter`: of Envoy and Istio, whose connections end on one filter chain, and whose
/// 421 is that of a filter which compares names as text.
enum class Cause : uint8_t {
  client_authentication,
  implied_strict_sni_host,  ///< Caddy compares names for all sites, since one of them asks for client certificates
  tls_settings,
  http2_off,
  filter_chain,
  exact_sni_filter,
  router_tls_options,
  listener,  ///< two listeners of a Gateway (Gateway API)
  other,
};
Cause cause_of(const Deployment& deployment, const Misdirection& misdirection);

/// Every kind of misdirection within a group once for each policy that a rider has. Classes are compared each
/// with each as long as they are few; beyond that with one class of each policy.
std::vector<Misdirection> misdirections(const Topology& topology, const std::vector<CoalescingGroup>& groups);

/// What a request that was compared comes to; nothing when the answers agree or cannot be known.
std::optional<MisdirectionKind> kind_of(const Comparison& comparison);

}  // namespace astray
