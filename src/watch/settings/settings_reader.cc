#include "watch/settings/settings_reader.h"

#include <filesystem>

#include <fmt/format.h>

#include "gateway/configuration/read_section.h"
#include "gateway/configuration/reference_rows.h"
#include "gateway/configuration/section_schema.h"
#include "gateway/configuration/yaml_tree.h"
#include "watch/settings/said_fields.h"
#include "watch/settings/settings_maker.h"

namespace astray::watch {

std::string ReadSettings::problems_text(std::string_view file_name) const {
  std::string text;
  for (const gateway::ConfigurationProblem& problem : problems) text += gateway::describe(problem, file_name) + "\n";
  return text;
}

ReadSettings read_settings(std::string_view yaml, const std::string& path, FileSource& files,
                           CertificateSource& certificates) {
  ReadSettings read;
  const auto tree = gateway::read_yaml(yaml);
  if (!tree) {
    read.problems.push_back({gateway::Severity::error, tree.error().place, tree.error().message});
    return read;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  gateway::SectionReader reader(folder);
  SaidSettings said;
  reader.read_section(*tree, said, "watch");
  read.problems = reader.take_problems();
  if (gateway::has_errors(read.problems)) return read;
  SettingsMaker maker(folder, files, certificates);
  read.settings = maker.make(std::move(said));
  read.settings.path = path;
  read.problems = maker.take_problems();
  return read;
}

std::string settings_schema() {
  return gateway::schema_of<SaidSettings>("The settings of astray watch");
}

std::string settings_reference() {
  return gateway::reference_of<SaidSettings>();
}

}  // namespace astray::watch
