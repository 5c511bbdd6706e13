#include "verdict/ownership.h"

#include <algorithm>

#include "names/server_name.h"

namespace astray {

ConnectionFacts fresh_connection(const Origin& asked, const Ownership& ownership, Protocol protocol) {
  ConnectionFacts connection;
  connection.scheme = asked.scheme;
  connection.local_port = asked.port;
  connection.protocol = protocol;
  connection.policy = ownership.policy;
  connection.listener = ownership.listener;
  if (asked.scheme == Scheme::https) {
    connection.alpn = protocol == Protocol::h1 ? AlpnOffer::h1 : AlpnOffer::h2;
    connection.certificate_names = ownership.certificate_names;
    if (auto sni = ServerName::for_host(asked.host)) connection.sni = RawHost(std::string(sni->text()));
  }
  return connection;
}

std::optional<Reason> keeps_promise(const Origin& asked, const Ownership& ownership) {
  if (ownership.claim != Claim::by_name && ownership.claim != Claim::by_default) return std::nullopt;
  std::span<const CertificateName> names = ownership.certificate_names;
  bool covered = std::any_of(names.begin(), names.end(),
                             [&](const CertificateName& name) { return name.covers(asked.host); });
  if (asked.scheme == Scheme::https && !covered) return Reason::certificate_gap;
  if (ownership.protocols.empty()) return Reason::protocol_off;
  return std::nullopt;
}

}  // namespace astray
