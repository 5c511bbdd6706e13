#include "watch/page/ladder.h"

#include <algorithm>

#include <fmt/format.h>

#include "names/endpoint.h"

namespace astray::watch {
namespace {

/// The answer on `node` that a client's connection would be like: over HTTP/2 where there is one.
const Span* carrier_on(std::string_view node, std::span<const Span> own) {
  const Span* best = nullptr;
  for (const Span& span : own) {
    if (span.key.node != node || span.key.client_certificate != 0 || !span.key.is_baseline()) continue;
    if (span.answer.status == 0 || span.answer.certificate.empty()) continue;
    if (best == nullptr || (best->answer.protocol != "h2" && span.answer.protocol == "h2")) best = &span;
  }
  return best;
}

std::vector<IpAddress> addresses_of(std::span<const Span> own) {
  std::vector<IpAddress> addresses;
  for (const Span& span : own) {
    const auto node = Endpoint::parse(span.key.node);
    if (node && std::ranges::find(addresses, node->address) == addresses.end())
      addresses.push_back(node->address);
  }
  return addresses;
}

/// Nothing known is no answer, not the answer that there is none.
std::optional<std::span<const IpAddress>> if_known(const std::vector<IpAddress>& addresses) {
  if (addresses.empty()) return std::nullopt;
  return std::span<const IpAddress>(addresses);
}

std::vector<CertificateName> certificate_names_of(const CertificateRecord& certificate) {
  std::vector<CertificateName> names;
  for (const std::string& text : certificate.names) {
    if (const auto address = IpAddress::parse(text)) {
      names.push_back(CertificateName::address(*address));
    } else if (auto name = CertificateName::parse_dns(text)) {
      names.push_back(std::move(*name));
    }
  }
  return names;
}

bool decides(RungOutcome outcome) {
  return outcome == RungOutcome::accept || outcome == RungOutcome::refuse;
}

ClientLadder climb_as(const ClientProfile& client, const PooledConnection& connection,
                      const NewRequest& request) {
  ClientLadder ladder{.client = &client, .verdict = judge_reuse(client, connection, request), .steps = {}};
  const RungFacts facts{connection, request, UnknownAddresses::could_not_tell};
  for (const Rung& rung : client.ladder) {
    ladder.steps.push_back({rung.id, rung.check(facts)});
    if (decides(ladder.steps.back().outcome)) break;
  }
  return ladder;
}

}  // namespace

std::string_view to_string(RungOutcome outcome) {
  constexpr std::string_view words[] = {"pass", "accept", "refuse", "could-not-tell", "waived", "assumed"};
  return words[static_cast<size_t>(outcome)];
}

Ladders climb(const LadderFacts& facts) {
  Ladders ladders{.node = std::string(facts.node), .missing = {}, .clients = {}};
  const auto from = Host::parse(facts.from), to = Host::parse(facts.to);
  const auto node = Endpoint::parse(facts.node);
  if (!from || !to || !node) {
    ladders.missing = "only names and addresses can be put on one connection";
    return ladders;
  }
  const Span* carrier = carrier_on(facts.node, facts.from_now);
  if (carrier == nullptr) {
    ladders.missing = fmt::format("no connection of {} to {} is known that a client could go on using",
                                  facts.from, facts.node);
    return ladders;
  }
  const auto certificate =
      std::ranges::find(facts.certificates, carrier->answer.certificate, &CertificateRecord::fingerprint);
  if (certificate == facts.certificates.end()) {
    ladders.missing = fmt::format("the names of the certificate that {} is shown on {} are not kept",
                                  facts.from, facts.node);
    return ladders;
  }
  const std::vector<CertificateName> names = certificate_names_of(*certificate);
  const std::vector<IpAddress> from_addresses = addresses_of(facts.from_now),
                               to_addresses = addresses_of(facts.to_now);
  PooledConnection connection{.origin = {Scheme::https, *from, node->port}};
  connection.protocol = carrier->answer.protocol == "h2" ? Protocol::h2 : Protocol::h1;
  connection.peer = node->address;
  connection.peer_port = node->port;
  connection.origin_dns = if_known(from_addresses);
  connection.certificate_names = names;
  connection.trust = carrier->answer.trust == ChainTrust::untrusted ? CertificateTrust::overridden
                                                                    : CertificateTrust::accepted;
  const NewRequest request{.origin = {Scheme::https, *to, node->port}, .dns = if_known(to_addresses)};
  for (const ClientProfile* client : all_client_profiles())
    if (client->coalescing != Coalescing::never)
      ladders.clients.push_back(climb_as(*client, connection, request));
  return ladders;
}

}  // namespace astray::watch
