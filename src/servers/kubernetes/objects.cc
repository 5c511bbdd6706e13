#include "servers/kubernetes/objects.h"

namespace astray::kubernetes {
namespace {

using gateway::YamlNode;

/// A cluster's objects in one list have some tens of megabytes.
constexpr gateway::YamlLimits object_limits{size_t{64} << 20, 5'000'000, 64};
constexpr size_t max_list_depth = 4;

std::string text_of(const YamlNode* node, std::string_view name) {
  const YamlNode* member = node == nullptr ? nullptr : node->member(name);
  return member != nullptr && member->is_text() ? member->text : std::string();
}

void add_object(const YamlNode& node, Objects& into, size_t depth = 0) {
  const std::string version = text_of(&node, "apiVersion");
  const std::string kind = text_of(&node, "kind");
  if (version.empty() || kind.empty()) return;
  const YamlNode* items = node.member("items");
  if (kind.ends_with("List") && items != nullptr && depth < max_list_depth) {
    for (const YamlNode& item : items->items) add_object(item, into, depth + 1);
    return;
  }
  Object& object = into.objects.emplace_back();
  const size_t slash = version.find('/');
  if (slash != std::string::npos) object.group = version.substr(0, slash);
  object.kind = kind;
  const YamlNode* metadata = node.member("metadata");
  object.name = text_of(metadata, "name");
  object.name_space = text_of(metadata, "namespace");
  if (object.name_space.empty()) object.name_space = "default";
  object.node = &node;
}

void add_file(const std::string& path, std::string_view text, SourceFiles& names, Objects& into) {
  gateway::YamlDocuments read = gateway::read_yaml_documents(text, names.add(path), object_limits);
  for (gateway::YamlError& problem : read.problems) into.problems.push_back(std::move(problem));
  for (YamlNode& document : read.documents) add_object(into.trees.emplace_back(std::move(document)), into);
}

}  // namespace

Result<Objects> read_objects(FileSource& files, std::string_view path, SourceFiles& names) {
  Objects objects;
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) {
    const Result<std::string> text = files.read(folder);
    if (!text) return tl::unexpected(text.error());
    add_file(folder, *text, names, objects);
    return objects;
  }
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  size_t taken = 0;
  for (const char* pattern : {"/*.yaml", "/*.yml", "/*.json"}) {
    for (const std::string& file : files.glob(folder + pattern)) {
      if (++taken > max_files) {
        ++objects.files_left_out;
        continue;
      }
      if (const Result<std::string> text = files.read(file))
        add_file(file, *text, names, objects);
      else
        objects.problems.push_back({{names.add(file), 0, 0}, text.error().message});
    }
  }
  return objects;
}

}  // namespace astray::kubernetes
