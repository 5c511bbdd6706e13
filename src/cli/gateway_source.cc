#include "cli/gateway_source.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "cli/configuration_files.h"
#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "io/error_text.h"
#include "servers/kubernetes/gateway_configuration.h"
#include "servers/model/file_source.h"

namespace astray {
namespace {

constexpr const char* standard_input_name = "/standard-input.yaml";

/// All that the configuration names by a key of `pem`, as paths that can be opened.
std::optional<Error> put_into_files(const std::map<std::string, std::string>& pem, GatewayInput& input) {
  input.pem = std::make_shared<MemoryPemFiles>();
  std::map<std::string, std::string> paths;
  for (const auto& [name, bytes] : pem) {
    auto path = input.pem->add(name, bytes);
    if (!path) return path.error();
    paths[name] = std::move(*path);
  }
  const auto follow = [&](gateway::FilePath& path) {
    if (const auto found = paths.find(path.text); found != paths.end()) path.text = found->second;
  };
  for (gateway::VirtualHostSettings& host : input.configuration.virtual_hosts) {
    for (gateway::CertificateFiles& files : host.certificates) {
      follow(files.certificate.value);
      follow(files.key.value);
    }
    if (host.client_authentication.authorities) follow(host.client_authentication.authorities->value);
  }
  for (gateway::BackSettings& back : input.configuration.backs)
    if (back.verify.settings && back.verify.settings->authorities) follow(back.verify.settings->authorities->value);
  return std::nullopt;
}

}  // namespace

Result<std::string> MemoryPemFiles::add(const std::string& name, const std::string& bytes) {
  FileDescriptor file(memfd_create("pem", MFD_CLOEXEC));
  if (!file.is_open()) return failure(with_system_error("no file in memory for " + name, errno));
  for (size_t written = 0; written < bytes.size();) {
    const ssize_t more = ::write(file.number(), bytes.data() + written, bytes.size() - written);
    if (more < 0) return failure(with_system_error("no room in memory for " + name, errno));
    written += static_cast<size_t>(more);
  }
  std::string path = fmt::format("/proc/self/fd/{}", file.number());
  names_[path] = name;
  descriptors_.push_back(std::move(file));
  return path;
}

std::string MemoryPemFiles::with_names(std::string message) const {
  // From the longest path on: "/proc/self/fd/12" begins with another's.
  for (auto each = names_.rbegin(); each != names_.rend(); ++each)
    for (size_t at = message.find(each->first); at != std::string::npos; at = message.find(each->first, at + each->second.size()))
      message.replace(at, each->first.size(), each->second);
  return message;
}

std::string GatewayInput::describe(const gateway::ConfigurationProblem& problem, const std::string& path) const {
  if (pem == nullptr) return gateway::describe(problem, path);
  gateway::ConfigurationProblem named = problem;
  named.message = pem->with_names(named.message);
  const std::string_view file = files.path(problem.place.file);
  const bool is_of_file = !file.empty() && file != standard_input_name;
  return gateway::describe(named, is_of_file ? file : std::string_view(path));
}

Result<GatewayInput> GatewaySource::read(CertificateSource& certificates) {
  DiskFiles disk;
  const bool has_manifests = path_ == "-" || disk.kind(path_) == FileSource::Kind::directory ||
                             kubernetes::has_manifests(disk, path_);
  if (has_manifests) return read_manifests(certificates);
  Result<std::string> text = disk.read(path_);
  if (!text) return Failure<Error>(text.error());
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::absolute(path_, ignored).parent_path();
  gateway::ReadConfiguration parsed = gateway::read_configuration(*text, folder.string());
  GatewayInput input{.configuration = std::move(parsed.configuration), .problems = std::move(parsed.problems)};
  if (gateway::has_errors(input.problems)) return input;
  for (gateway::ConfigurationProblem& problem : gateway::check_configuration(input.configuration, certificates))
    input.problems.push_back(std::move(problem));
  return input;
}

Result<GatewayInput> GatewaySource::read_manifests(CertificateSource& certificates) {
  DiskFiles disk;
  MemoryFiles memory;
  const bool is_standard_input = path_ == "-";
  if (is_standard_input) {
    if (!standard_input_) {
      Result<std::string> text = read_descriptor(STDIN_FILENO, DiskFiles::default_max_file_size, "standard input");
      if (!text) return Failure<Error>(text.error());
      standard_input_ = std::move(*text);
    }
    memory.add(standard_input_name, *standard_input_);
  }
  FileSource& files = is_standard_input ? static_cast<FileSource&>(memory) : disk;
  auto made = kubernetes::read_manifest_gateway(files, is_standard_input ? standard_input_name : path_,
                                                kubernetes::PrivateKeys::taken);
  if (!made) return Failure<Error>(made.error());
  GatewayInput input{.configuration = std::move(made->configuration),
                     .problems = std::move(made->problems),
                     .files = std::move(made->files)};
  for (const kubernetes::Condition& condition : made->conditions) input.conditions.push_back(condition.text());
  if (auto error = put_into_files(made->pem, input)) return Failure<Error>(std::move(*error));
  if (gateway::has_errors(input.problems)) return input;
  for (gateway::ConfigurationProblem& problem : gateway::check_configuration(input.configuration, certificates))
    input.problems.push_back(std::move(problem));
  return input;
}

}  // namespace astray
