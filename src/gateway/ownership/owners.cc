#include "gateway/ownership/owners.h"

#include <algorithm>

#include "gateway/configuration/check_parts.h"
#include "gateway/ownership/authority_table_builder.h"
#include "gateway/ownership/common_names.h"
#include "gateway/ownership/handshake_policy.h"

namespace astray::gateway {
namespace {

ProtocolSet protocols_of(const VirtualHostSettings& virtual_host) {
  ProtocolSet set;
  for (const HttpVersion version : virtual_host.protocols)
    set = set | ProtocolSet::of(version == HttpVersion::h2 ? Protocol::h2 : Protocol::h1);
  return set;
}

/// As certificate names: what a laboratory's virtual host promises, whatever its certificate has.
std::vector<CertificateName> claimed_names(const VirtualHostSettings& virtual_host) {
  std::vector<CertificateName> names;
  for (const Placed<NamePattern>& name : virtual_host.names) {
    if (const IpAddress* address = name.value.host.address())
      names.push_back(CertificateName::address(*address));
    else if (auto claimed = CertificateName::parse_dns(name.value.text()))
      names.push_back(std::move(*claimed));
  }
  return names;
}

OwnedName owned(const NamePattern& pattern) {
  if (!pattern.below) return OwnedName(pattern.host);
  return OwnedName::parse(pattern.text(), WildcardReach::any_depth).value_or(OwnedName(pattern.host));
}

ConfigurationProblem problem_of(const ClaimProblem& problem, const Configuration& configuration) {
  SourceSpan place;
  for (const VirtualHostSettings& each : configuration.virtual_hosts)
    if (each.name.value.text == problem.virtual_host) place = each.name.place;
  return {Severity::error, place, describe(problem)};
}

std::optional<Port> first_tls_port(const Configuration& configuration,
                                   const VirtualHostSettings& virtual_host) {
  std::optional<Port> port;
  for (const ListenerSettings* listener : listeners_of(configuration, virtual_host)) {
    if (!listener->tls) continue;
    const Port own = scheme_and_port(*listener).port;
    if (!port || own == Port(443)) port = own;
  }
  return port;
}

void note_tls_ports(const Configuration& configuration, Owners& owners) {
  for (const VirtualHostSettings& each : configuration.virtual_hosts)
    owners.tls_port_of.push_back(first_tls_port(configuration, each));
  for (const ListenerSettings& each : configuration.listeners)
    if (each.tls) owners.tls_ports.push_back(scheme_and_port(each).port);
  std::stable_sort(owners.tls_ports.begin(), owners.tls_ports.end(),
                   [](Port one, Port other) { return one == Port(443) && other != Port(443); });
}

void note_belonging(const Configuration& configuration, Owners& owners) {
  for (const ListenerSettings& each : configuration.listeners)
    owners.belongs[each.name.value.text].resize(configuration.virtual_hosts.size());
  for (size_t place = 0; place < configuration.virtual_hosts.size(); ++place)
    for (const ListenerSettings* listener : listeners_of(configuration, configuration.virtual_hosts[place]))
      owners.belongs[listener->name.value.text][place] = true;
}

}  // namespace

PolicyDigest policy_from_files(const VirtualHostSettings& virtual_host, CertificateSource& certificates) {
  const auto& authorities = virtual_host.client_authentication.authorities;
  if (!authorities) return policy_of(virtual_host, nullptr);
  const AuthoritiesResult loaded = certificates.load_authorities(authorities->value.text);
  return policy_of(virtual_host, loaded ? loaded->get() : nullptr);
}

std::vector<CertificateName> presented_names(const VirtualHostSettings& virtual_host,
                                             CertificateSource& certificates) {
  std::vector<std::shared_ptr<const Certificate>> held;
  std::vector<const Certificate*> read;
  for (const CertificateFiles& files : virtual_host.certificates) {
    const CertificateResult certificate = certificates.load(files.certificate.value.text);
    if (!certificate) continue;
    read.push_back(held.emplace_back(*certificate).get());
  }
  return common_names(read);
}

SchemePort scheme_and_port(const ListenerSettings& listener) {
  const Port port = listener.public_port == 0 ? listener.address.value.port
                                              : Port(static_cast<uint16_t>(listener.public_port));
  return {listener.tls ? Scheme::https : Scheme::http, port};
}

Result<std::shared_ptr<const Owners>, std::vector<ConfigurationProblem>> owners_of(
    const Configuration& configuration, CertificateSource& certificates) {
  auto owners = std::make_shared<Owners>();
  note_tls_ports(configuration, *owners);
  note_belonging(configuration, *owners);
  AuthorityTableBuilder builder(UnownedAnswer::misdirected);
  const auto claim = [&](VirtualHostIndex index, const VirtualHostSettings& virtual_host,
                         const ListenerSettings& listener) {
    for (const Placed<NamePattern>& name : virtual_host.names)
      builder.own(index, scheme_and_port(listener), owned(name.value));
  };
  for (const VirtualHostSettings& virtual_host : configuration.virtual_hosts) {
    std::vector<CertificateName>& promised = owners->promised_names.emplace_back(
        virtual_host.certificate_need_not_cover_names ? claimed_names(virtual_host)
                                                      : presented_names(virtual_host, certificates));
    Ownership facts;
    facts.claim = Claim::by_name;
    facts.policy = policy_from_files(virtual_host, certificates);
    facts.listener = listener_of(virtual_host);
    facts.protocols = protocols_of(virtual_host);
    facts.certificate_names = promised;
    const VirtualHostIndex index = builder.add_virtual_host(virtual_host.name.value.text, facts);
    owners->configured.push_back(index);
    for (const ListenerSettings* listener : listeners_of(configuration, virtual_host))
      if (listener->tls) claim(index, virtual_host, *listener);
  }
  // In clear nothing was settled in a handshake, so a virtual host that is there, too, stands in the table
  // twice.
  for (uint32_t i = 0; i < configuration.virtual_hosts.size(); ++i) {
    const VirtualHostSettings& virtual_host = configuration.virtual_hosts[i];
    std::optional<VirtualHostIndex> in_clear;
    for (const ListenerSettings* listener : listeners_of(configuration, virtual_host)) {
      if (listener->tls) continue;
      if (!in_clear) {
        Ownership facts;
        facts.claim = Claim::by_name;
        facts.protocols = protocols_of(virtual_host);
        in_clear = builder.add_virtual_host(virtual_host.name.value.text, facts);
        owners->configured.push_back(i);
      }
      claim(*in_clear, virtual_host, *listener);
    }
  }
  Result<AuthorityTable, std::vector<ClaimProblem>> table = std::move(builder).build();
  if (!table) {
    std::vector<ConfigurationProblem> problems;
    for (const ClaimProblem& problem : table.error()) problems.push_back(problem_of(problem, configuration));
    return Failure<std::vector<ConfigurationProblem>>(std::move(problems));
  }
  owners->table.emplace(std::move(*table));
  return owners;
}

}  // namespace astray::gateway
