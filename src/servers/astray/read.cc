#include "servers/astray/read.h"

#include <fmt/format.h>

#include <filesystem>

#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/check_parts.h"
#include "gateway/configuration/read_configuration.h"
#include "gateway/ownership/handshake_policy.h"
#include "gateway/refusal/trouble.h"
#include "gateway/routing/redirect.h"
#include "gateway/routing/route_table.h"
#include "servers/astray/model.h"
#include "servers/astray/parts.h"
#include "servers/astray/recognise.h"
#include "servers/astray/virtual_host.h"

namespace astray::own_gateway {
namespace {

using gateway::ConfigurationProblem;
using gateway::ListenerSettings;
using gateway::VirtualHostSettings;

void take_problems(const std::vector<ConfigurationProblem>& problems, Deployment& deployment) {
  for (const ConfigurationProblem& problem : problems)
    deployment.problems.push_back({problem.severity == gateway::Severity::error
                                       ? ReadProblem::Severity::error
                                       : ReadProblem::Severity::warning,
                                   problem.place, problem.message});
}

RootAnswer root_answer(const VirtualHostSettings& settings, const gateway::Configuration& configuration) {
  const auto routes = gateway::RouteTable::compile(settings.routes, configuration.backs);
  if (!routes) return {0, settings.name.place};  // told by check_configuration
  gateway::RequestHead head;
  head.method = "GET";
  head.target = "/";
  const gateway::RouteMatch match = routes->match(head);
  switch (match.outcome) {
    case gateway::RouteMatch::Outcome::none:
      return {gateway::status(gateway::Trouble::no_route), settings.name.place};
    case gateway::RouteMatch::Outcome::ambiguous:
    case gateway::RouteMatch::Outcome::undecided:
      return {gateway::status(gateway::Trouble::bad_path), settings.name.place};
    case gateway::RouteMatch::Outcome::found:
      break;
  }
  const gateway::Route& route = *match.route;
  if (route.redirect) return {gateway::status_code(route.redirect->status), route.place};
  return {0, route.place};
}

Listener model_of(const ListenerSettings& settings, const gateway::Configuration& configuration) {
  Listener listener;
  listener.span = settings.name.place;
  const Endpoint& address = settings.address.value;
  listener.address.port = address.port;
  const Port named = gateway::scheme_and_port(settings).port;
  if (named != address.port) listener.public_port = named;
  const bool is_every_ipv4 = address.address == IpAddress::v4({0, 0, 0, 0});
  if (!is_every_ipv4) listener.address.ip = address.address;
  listener.tls = setting_of(settings.tls, true, settings.name.place);
  if (settings.proxy_protocol) listener.proxy_protocol = {true, settings.name.place, Provenance::set};
  const auto& hosts = configuration.virtual_hosts;
  for (size_t i = 0; i < hosts.size(); ++i) {
    const auto id = static_cast<VirtualHostId>(i);
    for (const ListenerSettings* own : gateway::listeners_of(configuration, hosts[i]))
      if (own == &settings) listener.virtual_hosts.push_back(id);
    if (settings.default_virtual_host && settings.default_virtual_host->value == hosts[i].name.value)
      listener.default_virtual_host = id;
  }
  listener.default_is_explicit = listener.default_virtual_host != VirtualHostId::none;
  return listener;
}

/// What is decided of a configuration without errors.
void prepare(Parts& parts, CertificateSource& certificates, Deployment& deployment) {
  auto owners = gateway::owners_of(parts.configuration, certificates);
  if (!owners) return take_problems(owners.error(), deployment);
  for (const VirtualHostSettings& each : parts.configuration.virtual_hosts)
    parts.settled.push_back({gateway::policy_from_files(each, certificates), gateway::listener_of(each),
                             gateway::presented_names(each, certificates)});
  parts.owners = std::move(*owners);
}

}  // namespace

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  const std::optional<std::string> file = main_file(options.files, path);
  if (!file)
    return failure(fmt::format(
        "{}: expected one configuration of astray gateway in this folder (*.yaml with listeners and "
        "virtual_hosts), found none or several; name the file",
        path));
  const Result<std::string> text = options.files.read(*file);
  if (!text) return tl::unexpected(text.error());

  Deployment deployment;
  deployment.server = ServerKind::astray;
  deployment.version = options.version.value_or(version);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::from_binary;
  deployment.main_file = std::string(path);
  deployment.files.add(*file);  // SourceFileId 0, which the YAML's places have
  std::error_code ignored;
  const std::string folder = options.prefix.empty()
                                 ? std::filesystem::absolute(*file, ignored).parent_path().string()
                                 : options.prefix;
  gateway::ReadConfiguration read = gateway::read_configuration(*text, folder);
  take_problems(read.problems, deployment);
  if (!gateway::has_errors(read.problems))
    make_deployment(std::move(read.configuration), options.certificates, deployment);
  return deployment;
}

void make_deployment(gateway::Configuration made, CertificateSource& certificates, Deployment& into) {
  auto parts = std::make_shared<Parts>();
  parts->configuration = std::move(made);
  const gateway::Configuration& configuration = parts->configuration;
  const auto problems = gateway::check_configuration(configuration, certificates);
  take_problems(problems, into);
  if (!gateway::has_errors(problems)) prepare(*parts, certificates, into);
  for (const ListenerSettings& each : configuration.listeners) into.listeners.push_back(model_of(each, configuration));
  for (const VirtualHostSettings& each : configuration.virtual_hosts) {
    const RootAnswer& root = parts->root_answers.emplace_back(root_answer(each, configuration));
    const Setting<int> at_root = setting_of(root.status, 0, root.source);
    into.virtual_hosts.push_back(model_of(configuration, each, certificates, at_root));
  }
  into.gateway = std::move(parts);
}

}  // namespace astray::own_gateway
