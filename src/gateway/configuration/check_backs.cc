#include <set>

#include <fmt/format.h>

#include "gateway/configuration/check_parts.h"

namespace astray::gateway {
namespace {

void check_back(Checking& checking, const BackSettings& back) {
  const std::string& name = back.name.value.text;
  if (back.balancing.method == BalancingMethod::consistent_hash && back.balancing.key == HashedPart::header &&
      !back.balancing.header)
    checking.error(
        back.name.place,
        fmt::format("back {} hashes a header field and does not say which; add balancing.header", name));
  if (!uses_tls(back.protocol)) {
    if (back.client_certificate)
      checking.error(
          back.client_certificate->certificate.place,
          fmt::format("back {} has a client certificate and no TLS to show it in; give it protocol: h2 or "
                      "https, or take the certificate out",
                      name));
    return;
  }
  if (!back.verify.settings) {
    checking.warning(back.name.place,
                     fmt::format("back {} is not verified (verify: off): whoever holds its address "
                                 "may answer for it",
                                 name));
  } else if (const auto& authorities = back.verify.settings->authorities) {
    const AuthoritiesResult loaded = checking.certificates.load_authorities(authorities->value.text);
    if (!loaded) checking.error(authorities->place, loaded.error().message);
  }
  if (back.client_certificate) {
    const Placed<FilePath>& file = back.client_certificate->certificate;
    const CertificateResult loaded = checking.certificates.load(file.value.text);
    if (!loaded) checking.error(file.place, loaded.error().message);
  }
}

}  // namespace

void check_backs(Checking& checking) {
  std::set<Label> used;
  for (const VirtualHostSettings& virtual_host : checking.configuration.virtual_hosts)
    for (const RouteSettings& route : virtual_host.routes)
      for (const WeightedBack& weighted : route.backs) used.insert(weighted.back.value);
  for (const BackSettings& back : checking.configuration.backs) {
    check_back(checking, back);
    if (!used.contains(back.name.value))
      checking.warning(back.name.place, fmt::format("no route goes to back {}", back.name.value.text));
  }
}

}  // namespace astray::gateway
