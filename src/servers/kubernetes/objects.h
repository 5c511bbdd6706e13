#pragma once
// Kubernetes objects from files: documents of YAML, lists as `kubectl get -o yaml` and `-o json` print them, and folders
// of such files.
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/yaml_tree.h"
#include "servers/model/file_source.h"

namespace astray::kubernetes {

/// apiVersion "networking.istio.io/v1" is group "networking.istio.io" and version "v1"; of "v1" the group is "".
struct Object {
  std::string group;
  std::string kind;
  std::string name_space;  ///< "default" where the object states none
  std::string name;
  const gateway::YamlNode* node = nullptr;  ///< in Objects::trees
};

struct Objects {
  std::deque<gateway::YamlNode> trees;
  std::vector<Object> objects;
  std::vector<gateway::YamlError> problems;
  size_t files_left_out = 0;  ///< beyond max_files
};

constexpr size_t max_files = 10'000;

/// A file, or the files *.yaml, *.yml and *.json of a folder. What is no Kubernetes object is left out; documents
/// before one that cannot be read are taken. Files are added to `names`. Fails where nothing can be opened.
Result<Objects> read_objects(FileSource& files, std::string_view path, SourceFiles& names);

}  // namespace astray::kubernetes
