#include "servers/envoy/recognise.h"

#include <vector>

#include "servers/envoy/fields.h"

namespace astray::envoy {
namespace {

enum class FileRole : uint8_t { none, listeners, whole };

/// The words are looked for before anything is parsed: most files are none of Envoy's.
bool has_words(std::string_view text) {
  for (const std::string_view word : {"static_resources", "staticResources", "dynamic_resources", "dynamicResources",
                                      "envoy.admin.v3", "envoy.config.listener"})
    if (text.find(word) != std::string_view::npos) return true;
  return false;
}

FileRole role_of(std::string_view bytes) {
  if (!has_words(bytes)) return FileRole::none;
  const gateway::YamlDocuments read = gateway::read_yaml_documents(bytes, SourceFileId{0}, yaml_limits);
  if (read.documents.empty()) {
    // Broken, but Envoy's by its words: reading it says where.
    const bool is_bootstrap = bytes.starts_with("static_resources:") || bytes.find("\nstatic_resources:") != std::string_view::npos;
    return is_bootstrap ? FileRole::whole : FileRole::none;
  }
  const Node* root = &read.documents.front();
  if (field(root, "static_resources") != nullptr || field(root, "dynamic_resources") != nullptr) return FileRole::whole;
  for (const Node* part : items(root, "configs"))
    if (text(part, "@type").find("envoy.admin.") != std::string::npos) return FileRole::whole;
  for (const Node* resource : items(root, "resources"))
    if (text(resource, "@type").find("envoy.config.listener.") != std::string::npos) return FileRole::listeners;
  return FileRole::none;
}

FileRole role_of_file(FileSource& files, const std::string& path) {
  if (files.kind(path) != FileSource::Kind::file) return FileRole::none;
  const Result<std::string> text = files.read(path);
  return text ? role_of(*text) : FileRole::none;
}

}  // namespace

bool is_configuration(std::string_view text) {
  return role_of(text) != FileRole::none;
}

std::optional<std::string> main_file(FileSource& files, std::string_view path) {
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) return folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  // A bootstrap names its files of listeners: they are no second configuration.
  std::vector<std::string> whole;
  std::vector<std::string> listeners;
  for (const char* pattern : {"/*.yaml", "/*.yml", "/*.json"}) {
    for (const std::string& file : files.glob(folder + pattern)) {
      const FileRole role = role_of_file(files, file);
      if (role == FileRole::whole) whole.push_back(file);
      if (role == FileRole::listeners) listeners.push_back(file);
    }
  }
  const std::vector<std::string>& best = whole.empty() ? listeners : whole;
  if (best.size() != 1) return std::nullopt;
  return best.front();
}

bool recognise(FileSource& files, std::string_view path) {
  const std::optional<std::string> file = main_file(files, path);
  return file && role_of_file(files, *file) != FileRole::none;
}

}  // namespace astray::envoy
