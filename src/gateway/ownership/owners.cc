#include "gateway/ownership/owners.h"

#include <algorithm>

#include <fmt/format.h>

#include "gateway/configuration/check_parts.h"
#include "gateway/ownership/authority_table_builder.h"
#include "tls/x509.h"

namespace astray::gateway {
namespace {

/// Never 0, which means "no such requirement".
uint64_t digest_of(std::string_view content) {
  const Digest digest = sha256(content);
  uint64_t number = 0;
  for (size_t i = 0; i < sizeof number; ++i) number = number << 8 | digest[i];
  return number == 0 ? 1 : number;
}

uint64_t client_authentication_of(const VirtualHostSettings& virtual_host, CertificateSource& certificates) {
  const ClientAuthenticationSettings& clients = virtual_host.client_authentication;
  if (clients.mode == ClientCertificateMode::none) return 0;
  std::string content = fmt::format("clients {} depth {}", static_cast<int>(clients.mode), clients.depth);
  if (clients.authorities) {
    const AuthoritiesResult authorities = certificates.load_authorities(clients.authorities->value.text);
    if (authorities) content += " authorities " + to_hex((*authorities)->digest);
  }
  return digest_of(content);
}

uint64_t tls_policy_of(const TlsPolicySettings& tls) {
  std::string content =
      fmt::format("tls {} {}", static_cast<int>(tls.minimum.value), static_cast<int>(tls.maximum));
  for (const PlainText& cipher : tls.ciphers) content += " " + cipher.text;
  return digest_of(content);
}

/// A virtual host that keeps to itself is a listener of its own, told by its names: a reload that changes
/// nothing about them strands no connection.
ListenerDigest listener_of(const VirtualHostSettings& virtual_host) {
  if (virtual_host.coalesce != Coalescing::never) return {};
  std::vector<std::string> names;
  for (const Placed<NamePattern>& name : virtual_host.names) names.push_back(name.value.text());
  std::sort(names.begin(), names.end());
  std::string content = "listener";
  for (const std::string& name : names) content += " " + name;
  return {digest_of(content)};
}

ProtocolSet protocols_of(const VirtualHostSettings& virtual_host) {
  ProtocolSet set;
  for (const HttpVersion version : virtual_host.protocols)
    set = set | ProtocolSet::of(version == HttpVersion::h2 ? Protocol::h2 : Protocol::h1);
  return set;
}

/// Of several certificates the client's algorithms choose one: only what all have can be counted on.
std::vector<CertificateName> names_of(const VirtualHostSettings& virtual_host,
                                      CertificateSource& certificates) {
  std::vector<CertificateName> common;
  bool is_first = true;
  for (const CertificateFiles& files : virtual_host.certificates) {
    const CertificateResult certificate = certificates.load(files.certificate.value.text);
    if (!certificate) continue;
    const CertificateNames& names = (*certificate)->names;
    if (is_first) {
      common.assign(names.begin(), names.end());
    } else {
      std::erase_if(common, [&](const CertificateName& name) {
        return std::find(names.begin(), names.end(), name) == names.end();
      });
    }
    is_first = false;
  }
  return common;
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

}  // namespace

SchemePort scheme_and_port(const ListenerSettings& listener) {
  const Port port = listener.public_port == 0 ? listener.address.value.port
                                              : Port(static_cast<uint16_t>(listener.public_port));
  return {listener.tls ? Scheme::https : Scheme::http, port};
}

Result<std::shared_ptr<const Owners>, std::vector<ConfigurationProblem>> owners_of(
    const Configuration& configuration, CertificateSource& certificates) {
  auto owners = std::make_shared<Owners>();
  owners->terms.reserve(configuration.virtual_hosts.size());
  AuthorityTableBuilder builder(UnownedAnswer::misdirected);
  for (size_t i = 0; i < configuration.virtual_hosts.size(); ++i) {
    const VirtualHostSettings& virtual_host = configuration.virtual_hosts[i];
    HandshakeTerms& terms = owners->terms.emplace_back();
    terms.policy = {.client_authentication = client_authentication_of(virtual_host, certificates),
                    .tls = tls_policy_of(virtual_host.tls)};
    terms.listener = listener_of(virtual_host);
    terms.certificate_names = names_of(virtual_host, certificates);
    terms.promised_names =
        virtual_host.certificate_need_not_cover_names ? claimed_names(virtual_host) : terms.certificate_names;
    // In clear there is no policy, so a virtual host that is there, too, stands in the table twice.
    std::optional<VirtualHostIndex> over_tls, in_clear;
    for (const ListenerSettings* listener : listeners_of(configuration, virtual_host)) {
      std::optional<VirtualHostIndex>& index = listener->tls ? over_tls : in_clear;
      if (!index) {
        Ownership facts;
        facts.claim = Claim::by_name;
        facts.protocols = protocols_of(virtual_host);
        if (listener->tls) {
          facts.policy = terms.policy;
          facts.listener = terms.listener;
          facts.certificate_names = terms.promised_names;
        }
        index = builder.add_virtual_host(virtual_host.name.value.text, facts);
        owners->configured.push_back(static_cast<uint32_t>(i));
      }
      for (const Placed<NamePattern>& name : virtual_host.names)
        builder.own(*index, scheme_and_port(*listener), owned(name.value));
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
