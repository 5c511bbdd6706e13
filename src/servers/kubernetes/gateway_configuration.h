#pragma once
// The configuration of `astray gateway` from manifests of the Gateway API: Gateways whose GatewayClass has the
// controller "astray.dev/gateway". What the gateway cannot do is a problem with its place, never left out silently.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "servers/kubernetes/objects.h"
#include "servers/model/file_source.h"

namespace astray::kubernetes {

/// Whether private keys are taken from Secrets; who only predicts leaves them.
enum class PrivateKeys : uint8_t { left, taken };

/// A condition as the API's status has it: "Gateway infra/edge" "Accepted" "True" "Accepted".
struct Condition {
  std::string object{};
  std::string type{};
  bool status = true;
  std::string reason{};
  std::string text() const;
};

/// In `configuration`, paths of certificates, keys and authorities are keys of `pem`: "Secret infra/site tls.crt".
struct ManifestGateway {
  gateway::Configuration configuration{};
  std::vector<gateway::ConfigurationProblem> problems{};
  std::vector<Condition> conditions{};
  std::map<std::string, std::string> pem{};
  SourceFiles files{};  ///< that places of the configuration and of the problems are in
};

/// Whether a file or folder has objects of the Gateway API rather than a configuration of the gateway's own.
bool has_manifests(FileSource& files, std::string_view path);

/// An Error where nothing can be read.
Result<ManifestGateway> read_manifest_gateway(FileSource& files, std::string_view path, PrivateKeys keys);

}  // namespace astray::kubernetes
