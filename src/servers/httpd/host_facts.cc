#include "servers/httpd/host_facts.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "servers/model/presented_certificate.h"

namespace astray::httpd {

std::vector<HostFacts> host_facts(const Deployment& deployment) {
  std::map<std::pair<std::string_view, std::string_view>, uint32_t> authorities;
  authorities[{"", ""}] = 0;
  std::vector<HostFacts> all;
  all.reserve(deployment.virtual_hosts.size());
  for (const VirtualHost& host : deployment.virtual_hosts) {
    HostFacts facts;
    const TlsSettings& tls = host.tls;
    facts.span = host.span;
    facts.authorities =
        authorities
            .try_emplace({tls.client_authorities.file.value, tls.client_authorities.path.value},
                         static_cast<uint32_t>(authorities.size()))
            .first->second;
    facts.fixed_status = static_cast<int16_t>(std::clamp(host.fixed_status.value, 0, 999));
    facts.knows_fixed_status = host.fixed_status.known();
    facts.versions = tls.versions.value;
    facts.states_versions = tls.versions.provenance != Provenance::default_value;
    facts.client_authentication = tls.client_authentication.value;
    facts.root_client_authentication = host.httpd.root_client_authentication.value;
    facts.has_tls = tls.enabled.value;
    facts.strict_sni = host.strict_sni.value;
    facts.http2 = host.http2.value;
    facts.http1_preferred = host.httpd.http1_preferred;
    facts.lenient_host = host.httpd.lenient_host;
    facts.strict_host_check = host.httpd.strict_host_check;
    facts.certificate = presented_certificate(tls);
    all.push_back(facts);
  }
  return all;
}

}  // namespace astray::httpd
