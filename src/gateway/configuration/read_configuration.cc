#include "gateway/configuration/read_configuration.h"

#include "gateway/configuration/read_section.h"
#include "gateway/configuration/yaml_tree.h"

namespace astray::gateway {

ReadConfiguration read_configuration(std::string_view yaml, std::string_view folder) {
  ReadConfiguration read;
  const auto tree = read_yaml(yaml);
  if (!tree) {
    read.problems.push_back({Severity::error, tree.error().place, tree.error().message});
    return read;
  }
  SectionReader reader(folder);
  reader.read_section(*tree, read.configuration, "configuration");
  read.problems = reader.take_problems();
  return read;
}

}  // namespace astray::gateway
