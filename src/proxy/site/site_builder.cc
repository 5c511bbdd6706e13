// Site::build.
#include "proxy/site/site.h"

namespace astray::proxy {
namespace {

using gateway::ConfigurationProblem;
using Problems = std::vector<ConfigurationProblem>;

}  // namespace

Result<std::shared_ptr<const Site>, Problems> Site::build(gateway::Configuration configuration,
                                                          CertificateSource& certificates,
                                                          std::shared_ptr<const tls::TicketKeys> ticket_keys,
                                                          uint64_t generation) {
  std::shared_ptr<Site> site(new Site());
  site->generation_ = generation;
  site->configuration_ = std::move(configuration);
  const gateway::Configuration& settings = site->configuration_;
  Problems problems;
  const auto collect = [&](const Problems& found) {
    problems.insert(problems.end(), found.begin(), found.end());
  };

  auto owners = gateway::owners_of(settings, certificates);
  if (!owners) return Failure<Problems>(owners.error());
  site->owners_ = std::move(*owners);
  site->names_by_parent_ = NamesByParent(settings);
  for (const gateway::VirtualHostSettings& each : settings.virtual_hosts) {
    auto routes = gateway::RouteTable::compile(each.routes, settings.backs);
    if (!routes)
      collect(routes.error());
    else
      site->virtual_hosts_.push_back(VirtualHost{&each, std::move(*routes)});
  }
  auto tls_hosts = TlsHosts::load(settings, std::move(ticket_keys));
  if (!tls_hosts)
    collect(tls_hosts.error());
  else
    site->tls_hosts_ = std::move(*tls_hosts);
  const std::shared_ptr<const gateway::AuthorityTable> table(site->owners_, &*site->owners_->table);
  for (const gateway::ListenerSettings& each : settings.listeners) {
    Listener& listener =
        site->listeners_.emplace_back(Listener{&each, gateway::scheme_and_port(each), nullptr});
    if (!each.tls) continue;
    if (site->tls_hosts_ != nullptr) listener.tls = TlsFront::make(site->tls_hosts_, table, settings, each);
  }
  auto backs = prepare_backs(settings.backs);
  if (!backs)
    problems.push_back({gateway::Severity::error, {}, backs.error().message});
  else
    site->prepared_backs_ = std::move(*backs);
  if (gateway::has_errors(problems)) return Failure<Problems>(std::move(problems));
  return std::shared_ptr<const Site>(std::move(site));
}

}  // namespace astray::proxy
