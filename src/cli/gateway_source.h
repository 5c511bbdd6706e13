#pragma once
// Where `astray gateway` has its configuration from: a file of its own, or manifests of the Gateway API in a file, a
// folder or on standard input.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/configuration/configuration.h"
#include "gateway/configuration/configuration_problem.h"
#include "io/file_descriptor.h"
#include "tls/certificate_source.h"

namespace astray {

/// Secrets' certificates and keys as files that are in memory alone, and go with this.
class MemoryPemFiles {
 public:
  /// The path that `name` is found at from now on.
  Result<std::string> add(const std::string& name, const std::string& bytes);
  /// A message with names for paths.
  std::string with_names(std::string message) const;

 private:
  std::vector<FileDescriptor> descriptors_{};
  std::map<std::string, std::string> names_{};  ///< by path
};

struct GatewayInput {
  gateway::Configuration configuration{};
  std::vector<gateway::ConfigurationProblem> problems{};
  std::vector<std::string> conditions{};  ///< of manifests: the API's status, a line each
  SourceFiles files{};                    ///< of manifests: what places are in; else empty
  std::shared_ptr<MemoryPemFiles> pem{};  ///< of manifests; keeps what `configuration` names

  std::string describe(const gateway::ConfigurationProblem& problem, const std::string& path) const;
};

class GatewaySource {
 public:
  /// "-" is standard input, read once.
  explicit GatewaySource(std::string path) : path_(std::move(path)) {}

  /// Reads and checks. The error: nothing can be read.
  Result<GatewayInput> read(CertificateSource& certificates);

 private:
  Result<GatewayInput> read_manifests(CertificateSource& certificates);

  std::string path_;
  std::optional<std::string> standard_input_{};
};

}  // namespace astray
