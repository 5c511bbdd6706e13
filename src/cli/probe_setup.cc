#include "cli/probe_setup.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/client_choice.h"
#include "cli/probe_axes.h"
#include "cli/probe_options.h"
#include "report/printable.h"

namespace astray {
namespace {

Result<std::vector<ClientCertificate>> load_client_authorities(const Arguments& arguments,
                                                               CertificateSource& certificates) {
  std::vector<ClientCertificate> found;
  for (const std::string& path : arguments.values("--client-ca")) {
    std::error_code ignored;
    const AuthoritiesResult authorities =
        certificates.load_authorities(std::filesystem::absolute(path, ignored).string());
    if (!authorities) return failure("--client-ca: " + authorities.error().message);
    found.push_back({to_hex((*authorities)->digest)});
  }
  return found;
}

}  // namespace

Result<ProbeSetup> parse_probe_setup(const Arguments& arguments, CertificateSource& certificates) {
  ProbeSetup setup;
  Result<ProbeOptions> probe_options = parse_probe_options(arguments);
  if (!probe_options) return tl::unexpected(probe_options.error());
  setup.options = std::move(*probe_options);
  Result<Axes> axes = parse_axes(arguments);
  if (!axes) return tl::unexpected(axes.error());
  setup.axes = std::move(*axes);
  for (size_t i = 0; i < setup.options.contact.client_certificates.size(); ++i) {
    setup.axes.client_certificates.emplace_back(i);
  }
  Result<std::vector<NodeOverride>> nodes = parse_node_overrides(arguments);
  if (!nodes) return tl::unexpected(nodes.error());
  setup.nodes = std::move(*nodes);
  Result<std::vector<ProbeTarget>> targets = parse_targets(arguments);
  if (!targets) return tl::unexpected(targets.error());
  setup.targets = std::move(*targets);
  Result<std::vector<const ClientProfile*>> clients = parse_clients(arguments);
  if (!clients) return tl::unexpected(clients.error());
  setup.clients = std::move(*clients);
  for (const std::string& text : arguments.list("--dns")) {
    const auto server = Endpoint::parse(text);
    if (!server)
      return failure(
          fmt::format("--dns: {}: {}; expected 192.0.2.53:53", printable(text), describe(server.error())));
    setup.dns_servers.push_back(*server);
  }
  Result<std::vector<ClientCertificate>> authorities = load_client_authorities(arguments, certificates);
  if (!authorities) return tl::unexpected(authorities.error());
  setup.client_authorities = std::move(*authorities);
  return setup;
}

}  // namespace astray
