#include "servers/astray/recognise.h"

#include <algorithm>

#include "gateway/configuration/yaml_tree.h"

namespace astray::own_gateway {
namespace {

bool is_configuration(FileSource& files, const std::string& path) {
  if (files.kind(path) != FileSource::Kind::file) return false;
  const Result<std::string> text = files.read(path);
  // Most files are none of ours: the words are looked for before anything is parsed.
  if (!text || text->find("listeners") == std::string::npos ||
      text->find("virtual_hosts") == std::string::npos)
    return false;
  const auto tree = gateway::read_yaml(*text);
  return tree && tree->member("listeners") != nullptr && tree->member("virtual_hosts") != nullptr;
}

}  // namespace

std::optional<std::string> main_file(FileSource& files, std::string_view path) {
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) return folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::optional<std::string> found;
  for (const char* pattern : {"/*.yaml", "/*.yml"}) {
    for (const std::string& file : files.glob(folder + pattern)) {
      if (!is_configuration(files, file)) continue;
      if (found) return std::nullopt;
      found = file;
    }
  }
  return found;
}

bool recognise(FileSource& files, std::string_view path) {
  const std::optional<std::string> file = main_file(files, path);
  return file && is_configuration(files, *file);
}

}  // namespace astray::own_gateway
