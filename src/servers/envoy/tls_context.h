#pragma once
#include <optional>

#include "servers/envoy/parts.h"
#include "servers/envoy/reading.h"

namespace astray::envoy {

/// A transport socket that is wrapped into others (tap, PROXY protocol, starttls); the innermost is meant.
struct TransportSocket {
  enum class Kind : uint8_t { none, raw, tls, unknowable };
  Kind kind = Kind::none;
  const Node* context = nullptr;  ///< of `tls`: a DownstreamTlsContext or UpstreamTlsContext
  std::string type{};             ///< of `unknowable`
  SourceSpan span{};
};
TransportSocket transport_socket_of(const Node* owner);

/// Fills what a chain says of TLS from its DownstreamTlsContext.
void take_front_tls(const Node* context, Reading& reading, Chain& chain);

/// The trusted authorities, and the names that the peer's certificate is matched with.
struct PeerValidation {
  bool verifies_chain = false;
  bool known = true;  ///< false: it comes from a secret that is not at hand
  bool accepts_untrusted = false;
  ClientAuthorities authorities{};
  std::optional<std::string> exact_name{};  ///< the first exact DNS name of match_typed_subject_alt_names
  bool matches_names = false;
  SourceSpan span{};
};
PeerValidation validation_of(const Node* common_tls_context, Reading& reading);

}  // namespace astray::envoy
