#include "cli/watch_configured.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "cli/inputs.h"
#include "cli/probe_against.h"
#include "tls/file_certificate_source.h"

namespace astray {
namespace {

/// Remembers what was asked for.
class RecordedCertificates final : public CertificateSource {
 public:
  explicit RecordedCertificates(std::set<std::string>& paths) : paths_(paths) {}
  CertificateResult load(const std::string& path) override { return files_.load(noted(path)); }
  void preload(const std::vector<std::string>& paths) override {
    paths_.insert(paths.begin(), paths.end());
    files_.preload(paths);
  }
  AuthoritiesResult load_authorities(const std::string& path) override { return files_.load_authorities(noted(path)); }
  AuthoritiesResult load_authority_directory(const std::string& path) override {
    return files_.load_authority_directory(noted(path));
  }

 private:
  const std::string& noted(const std::string& path) {
    paths_.insert(path);
    return path;
  }
  std::set<std::string>& paths_;
  FileCertificateSource files_;
};

}  // namespace

std::shared_ptr<const watch::Configured> WatchedConfigurations::read(const watch::WatchSettings& settings) {
  std::vector<std::string> asked_for;
  for (const watch::ConfigurationSettings& each : settings.configurations)
    asked_for.push_back(each.path + '\n' + each.server);
  const bool is_same = configured_ != nullptr && asked_for == asked_for_ && stamps_of(files_) == stamps_;
  if (is_same) return configured_;
  const bool can_go_on = configured_ != nullptr && asked_for == asked_for_ && !configured_->sites->empty();
  asked_for_ = std::move(asked_for);
  watch::Configured read = read_anew(settings);
  if (can_go_on && !read.troubles.empty()) {
    read.sites = configured_->sites;
    read.targets = configured_->targets;
  }
  configured_ = std::make_shared<const watch::Configured>(std::move(read));
  return configured_;
}

watch::Configured WatchedConfigurations::read_anew(const watch::WatchSettings& settings) {
  watch::Configured configured;
  if (settings.configurations.empty()) return configured;
  InputOptions options;
  std::vector<std::string> paths;
  std::set<std::string> files;
  for (const watch::ConfigurationSettings& each : settings.configurations) {
    paths.push_back(each.path);
    files.insert(each.path);
    if (each.server.empty()) continue;
    Result<ServerChoice> choice = parse_server_choice(fmt::format("{}={}", each.path, each.server));
    if (choice) options.choices.push_back(std::move(*choice));
  }
  RecordedCertificates certificates(files);
  Progress progress(console_);
  Inputs inputs(std::move(options), certificates, console_, progress);
  if (const std::optional<Error> error = inputs.read(paths)) {
    configured.troubles.push_back("configurations: " + error->message);
  } else {
    for (const std::string& unread : inputs.unread()) configured.troubles.push_back("configurations: " + unread);
    if (inputs.has_errors())
      configured.troubles.emplace_back("configurations: a part has errors; astray audit shows them");
  }
  auto sites = std::make_shared<const std::vector<Site>>(inputs.take_sites());
  for (const Site& site : *sites) {
    const SourceFiles& sources = site.deployment->files;
    for (size_t i = 0; i < sources.size(); ++i) {
      const std::string path(sources.path(static_cast<SourceFileId>(i)));
      files.insert(path);
      files.insert(std::filesystem::path(path).parent_path().string());
    }
  }
  configured.targets = targets_of(*sites, settings.nodes).targets;
  configured.sites = std::move(sites);
  files_ = std::move(files);
  stamps_ = stamps_of(files_);
  return configured;
}

WatchedConfigurations::Stamps WatchedConfigurations::stamps_of(const std::set<std::string>& paths) {
  Stamps stamps;
  for (const std::string& path : paths) {
    struct stat status {};
    std::string& stamp = stamps[path];
    if (::stat(path.c_str(), &status) != 0) continue;
    stamp = fmt::format("{} {} {} {}.{}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                        status.st_mtim.tv_nsec);
  }
  return stamps;
}

}  // namespace astray
