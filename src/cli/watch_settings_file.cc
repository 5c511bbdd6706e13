#include "cli/watch_settings_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "tls/file_certificate_source.h"

namespace astray {

Result<watch::ReadSettings> read_watch_settings(const std::string& path) {
  DiskFiles files;
  const Result<std::string> text = files.read(path);
  if (!text) return Failure<Error>(text.error());
  FileCertificateSource certificates;
  std::error_code ignored;
  watch::ReadSettings read = watch::read_settings(
      *text, std::filesystem::absolute(path, ignored).lexically_normal().string(), files, certificates);
  read.settings.probe.contact.user_agent = fmt::format("astray/{}", ASTRAY_VERSION);
  return read;
}

std::optional<watch::WatchSettings> good_watch_settings(const std::string& path, Console& console) {
  Result<watch::ReadSettings> read = read_watch_settings(path);
  if (!read) {
    console.complain(read.error().message);
    return std::nullopt;
  }
  for (const gateway::ConfigurationProblem& problem : read->problems) console.complain(gateway::describe(problem, path));
  if (gateway::has_errors(read->problems)) return std::nullopt;
  return std::move(read->settings);
}

}  // namespace astray
