#include "proxy/front/tls_front.h"
namespace astray::proxy {
Result<std::shared_ptr<const TlsFront>, std::vector<gateway::ConfigurationProblem>> TlsFront::prepare(
    const gateway::Configuration& configuration, const gateway::ListenerSettings& listener,
    std::shared_ptr<const gateway::Owners> owners, CertificateSource&) {
  auto front = std::make_shared<TlsFront>();
  tls::ServerOptions options;
  for (size_t i = 0; i < configuration.virtual_hosts.size(); ++i) {
    const auto& v = configuration.virtual_hosts[i];
    if (v.certificates.empty()) continue;
    auto identity = tls::Identity::load(v.certificates[0].certificate.value.text, v.certificates[0].key.value.text);
    if (!identity)
      return Failure<std::vector<gateway::ConfigurationProblem>>({{gateway::Severity::error, v.certificates[0].key.place, identity.error().message}});
    tls::ServerHost host{.identity = *identity, .alpn = {}, .client_authorities = {}, .session_scope = {}};
    host.alpn = *tls::AlpnList::of({"h2", "http/1.1"});
    options.hosts.push_back(std::move(host));
    front->facts_.push_back({static_cast<uint32_t>(i), owners->terms[i].policy, owners->terms[i].listener, owners->terms[i].certificate_names});
  }
  auto at = gateway::scheme_and_port(listener);
  options.choose = [owners, at, hosts = front->facts_](std::optional<std::string_view> sni) -> tls::HostChoice {
    if (!sni) return tls::RefuseWithAlert{};
    auto name = Hostname::parse(*sni);
    if (!name) return tls::RefuseWithAlert{};
    auto found = owners->table->find(at, *name);
    if (!found) return tls::RefuseWithAlert{};
    for (size_t i = 0; i < hosts.size(); ++i)
      if (hosts[i].virtual_host == owners->configured[found->virtual_host]) return i;
    return tls::RefuseWithAlert{};
  };
  front->owners_ = owners;
  auto context = tls::ServerContext::create(std::move(options));
  if (!context) return Failure<std::vector<gateway::ConfigurationProblem>>({{gateway::Severity::error, {}, context.error().message}});
  front->context_ = *context;
  return std::shared_ptr<const TlsFront>(front);
}
}  // namespace astray::proxy
