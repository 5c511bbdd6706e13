#include "verdict/judge_request.h"

#include <algorithm>

#include "base/ascii.h"
#include "names/server_name.h"

namespace astray {
namespace {

bool is_ascii(std::string_view text) {
  unsigned char seen = 0;
  for (char c : text) seen |= static_cast<unsigned char>(c);
  return seen < 0x80;
}

/// Whether the SNI's canonical form is `name`. For ASCII that form is: lower case, less one trailing dot,
/// which a comparison can do without making it.
bool is_name(const RawHost& sni, const Hostname& name) {
  std::string_view text = sni.bytes();
  if (text == name.text()) return true;
  if (text.ends_with('.')) text.remove_suffix(1);
  if (ascii_iequals(text, name.text())) return true;
  if (is_ascii(text)) return false;
  auto parsed = ServerName::parse(sni.bytes());
  return parsed && parsed->hostname() == name;
}

bool covers(std::span<const CertificateName> names, const Host& host) {
  return std::any_of(names.begin(), names.end(),
                     [&](const CertificateName& name) { return name.covers(host); });
}

Evidence gather(const ConnectionFacts& connection, const Asked& asked, const Ownership& ownership) {
  Evidence evidence;
  if (connection.sni) evidence.sni = connection.sni->bytes();
  evidence.authority = asked.text;
  evidence.field = asked.field;
  evidence.connection_scheme = connection.scheme;
  evidence.asked_scheme = asked.origin.scheme;
  evidence.connection_port = connection.local_port;
  evidence.asked_port = asked.origin.port;
  evidence.protocol = connection.protocol;
  evidence.handshake_policy = connection.policy;
  evidence.owner_policy = ownership.policy;
  return evidence;
}

Verdict judge_unowned(const ConnectionFacts& connection, const Ownership& ownership, Evidence evidence) {
  if (ownership.if_unowned == UnownedAnswer::misdirected)
    return {Answer::misdirected, Reason::unowned, evidence};
  if (connection.peer == Peer::client && ownership.listener != connection.listener)
    return {Answer::misdirected, Reason::more_specific_listener, evidence};
  return {Answer::not_found, Reason::unowned, evidence};
}

/// Why an origin that is owned here may not be answered on this connection.
std::optional<Reason> misdirection(const ConnectionFacts& connection, const Asked& asked,
                                   const Ownership& ownership) {
  const Origin& origin = asked.origin;
  if (origin.scheme != connection.scheme) return Reason::scheme_mismatch;
  if (connection.local_port && *connection.local_port != origin.port) return Reason::port_differs;
  if (connection.scheme == Scheme::https) {
    if (!covers(connection.certificate_names, origin.host)) return Reason::certificate_gap;
    bool could_send_sni = origin.host.name() != nullptr;
    if (!connection.sni && could_send_sni && ownership.policy.client_authentication != 0)
      return Reason::sni_missing;
  }
  if (connection.policy.client_authentication != ownership.policy.client_authentication)
    return Reason::client_authentication_differs;
  if (connection.policy.tls != ownership.policy.tls) return Reason::tls_policy_differs;
  if (connection.listener != ownership.listener) return Reason::more_specific_listener;
  if (!ownership.protocols.has(connection.protocol)) return Reason::protocol_off;
  return std::nullopt;
}

Reason why_served(const ConnectionFacts& connection, const Host& host, Claim claim) {
  if (claim == Claim::by_default) return Reason::default_virtual_host;
  if (connection.scheme == Scheme::http) return Reason::own_name;
  const Hostname* name = host.name();
  if (!connection.sni) return name == nullptr ? Reason::own_name : Reason::coalesced;
  return name != nullptr && is_name(*connection.sni, *name) ? Reason::own_name : Reason::coalesced;
}

}  // namespace

Verdict judge_request(const ConnectionFacts& connection, const Asked& asked, const Ownership& ownership) {
  Evidence evidence = gather(connection, asked, ownership);
  if (ownership.claim == Claim::unknowable)
    return {Answer::could_not_tell, Reason::configuration_unknowable, evidence};
  if (ownership.claim == Claim::no_one) return judge_unowned(connection, ownership, evidence);
  if (connection.peer == Peer::trusted_gateway) return {Answer::serve, Reason::trusted_gateway, evidence};
  if (auto reason = misdirection(connection, asked, ownership))
    return {Answer::misdirected, *reason, evidence};
  return {Answer::serve, why_served(connection, asked.origin.host, ownership.claim), evidence};
}

}  // namespace astray
