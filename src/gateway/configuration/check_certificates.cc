#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gateway/configuration/check_parts.h"
#include "verdict/ownership.h"

namespace astray::gateway {
namespace {

/// A host that the pattern claims. None where no host name below it is short enough.
std::optional<Host> example_of(const NamePattern& name) {
  if (!name.below) return name.host;
  const auto below = Hostname::parse("x." + name.host.text());
  if (!below) return std::nullopt;
  return Host(*below);
}

/// Whether a 421 that sends clients to a connection of the name's own keeps its word, with this certificate.
bool keeps_promise_for(const Host& host, Port port, const Certificate& certificate) {
  Ownership ownership;
  ownership.claim = Claim::by_name;
  if (const CertificateName* covering = certificate.names.covering(host))
    ownership.certificate_names = std::span(covering, 1);
  return !keeps_promise(Origin{Scheme::https, host, port}, ownership);
}

void check_coverage(Checking& checking, const VirtualHostSettings& virtual_host,
                    const CertificateFiles& files, const Certificate& certificate, Port port) {
  constexpr size_t shown = 5;
  std::vector<std::string> covered;
  for (const CertificateName& name : certificate.names) {
    if (covered.size() == shown) {
      covered.emplace_back("…");
      break;
    }
    covered.push_back(name.text());
  }
  for (const Placed<NamePattern>& name : virtual_host.names) {
    const auto host = example_of(name.value);
    if (!host || keeps_promise_for(*host, port, certificate)) continue;
    checking.error(
        name.place,
        fmt::format(
            "virtual host {} claims {}, and its certificate in {} does not cover it: it has {}. Get one that "
            "does, or leave the name to another virtual host",
            virtual_host.name.value.text, name.value.text(), other_place(files.certificate.place),
            covered.empty() ? "no name" : fmt::format("{}", fmt::join(covered, ", "))));
  }
}

void check_own_certificates(Checking& checking, const VirtualHostSettings& virtual_host, Port port) {
  std::map<KeyType, SourceSpan> kinds;
  for (const CertificateFiles& files : virtual_host.certificates) {
    const CertificateResult certificate = checking.certificates.load(files.certificate.value.text);
    if (!certificate) {
      checking.error(files.certificate.place, certificate.error().message);
      continue;
    }
    const auto [first, is_first] = kinds.try_emplace((*certificate)->key_type, files.certificate.place);
    if (!is_first)
      checking.error(
          files.certificate.place,
          fmt::format("a second certificate with an {} key, after {}; only one of a kind can be presented, "
                      "so give the other a virtual host of its own",
                      to_string((*certificate)->key_type), other_place(first->second)));
    if (!virtual_host.certificate_need_not_cover_names)
      check_coverage(checking, virtual_host, files, **certificate, port);
  }
}

void check_client_authentication(Checking& checking, const VirtualHostSettings& virtual_host) {
  const ClientAuthenticationSettings& clients = virtual_host.client_authentication;
  if (clients.mode == ClientCertificateMode::none) {
    if (clients.authorities)
      checking.warning(
          clients.authorities->place,
          fmt::format("virtual host {} names authorities and asks no client for a certificate; say mode: "
                      "required or mode: optional",
                      virtual_host.name.value.text));
    return;
  }
  if (!clients.authorities) {
    checking.error(virtual_host.name.place,
                   fmt::format("virtual host {} asks clients for certificates and names no authorities; add "
                               "client_authentication.authorities",
                               virtual_host.name.value.text));
    return;
  }
  const AuthoritiesResult loaded = checking.certificates.load_authorities(clients.authorities->value.text);
  if (!loaded) checking.error(clients.authorities->place, loaded.error().message);
}

}  // namespace

void check_certificates(Checking& checking) {
  std::vector<std::string> paths;
  for (const VirtualHostSettings& virtual_host : checking.configuration.virtual_hosts)
    for (const CertificateFiles& files : virtual_host.certificates)
      paths.push_back(files.certificate.value.text);
  checking.certificates.preload(paths);

  for (const VirtualHostSettings& virtual_host : checking.configuration.virtual_hosts) {
    const std::string& name = virtual_host.name.value.text;
    const auto listeners = listeners_of(checking.configuration, virtual_host);
    const auto tls = std::ranges::find_if(listeners, [](const ListenerSettings* each) { return each->tls; });
    check_client_authentication(checking, virtual_host);
    if (virtual_host.tls.minimum.value > virtual_host.tls.maximum)
      checking.error(virtual_host.tls.minimum.place,
                     fmt::format("virtual host {}: the minimum TLS version is above the maximum", name));
    if (virtual_host.certificate_need_not_cover_names)
      checking.warning(
          virtual_host.name.place,
          fmt::format("virtual host {}: certificate_need_not_cover_names is for laboratories; clients "
                      "that follow a 421 may find a certificate that they refuse",
                      name));
    if (tls == listeners.end()) continue;
    if (virtual_host.certificates.empty())
      checking.error(
          virtual_host.name.place,
          fmt::format("virtual host {} belongs to listener {}, which has TLS, and has no certificates; add "
                      "certificates: [{{certificate: …, key: …}}]",
                      name, (*tls)->name.value.text));
    check_own_certificates(checking, virtual_host, (*tls)->address.value.port);
  }
}

}  // namespace astray::gateway
