#pragma once
// watch.yaml → WatchSettings. All problems are found in one go.
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration_problem.h"
#include "servers/model/file_source.h"
#include "tls/certificate_source.h"
#include "watch/settings/settings.h"

namespace astray::watch {

struct ReadSettings {
  WatchSettings settings;  ///< complete only without errors
  std::vector<gateway::ConfigurationProblem> problems;
  /// "watch.yaml:3:5: …", a line each.
  std::string problems_text(std::string_view file_name) const;
};

/// `path` is the file's own, absolute: relative paths begin at its folder. Opens the files that the settings name
/// (lists of targets, certificates, authorities); secrets are looked for and not read.
ReadSettings read_settings(std::string_view yaml, const std::string& path, FileSource& files,
                           CertificateSource& certificates);

/// docs/schema/watch.schema.json.
std::string settings_schema();
/// The tables of docs/watch-configuration.md.
std::string settings_reference();

/// Of watch.yaml.
constexpr size_t most_targets = 100'000;
constexpr size_t most_nodes = 1000;

}  // namespace astray::watch
