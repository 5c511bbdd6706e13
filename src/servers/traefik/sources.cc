#include "servers/traefik/sources.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "servers/kubernetes/objects.h"
#include "servers/traefik/compose.h"
#include "servers/traefik/toml.h"

namespace astray::traefik {
namespace {

bool is_map(const Node* node) { return node != nullptr && node->kind == Node::Kind::map; }

bool has_certificates(const Node* tls) {
  return std::ranges::any_of(items(tls, "certificates"),
                             [](const Node* each) { return field(each, "certFile") != nullptr; });
}

bool is_dynamic(const Node* document) {
  for (const std::string_view kind : {"routers", "services", "middlewares", "serversTransports"})
    for (const std::string_view layer : {"http", "tcp"})
      if (is_map(field(field(document, layer), kind))) return true;
  const Node* tls = field(document, "tls");
  return is_map(tls) && (is_map(field(tls, "options")) || is_map(field_at(tls, "stores.default")) ||
                         has_certificates(tls));
}

/// Whether a line says that an object is Traefik's: a cluster's objects are not parsed for that.
bool says_objects(std::string_view text) {
  constexpr std::string_view key = "\napiVersion: ";
  for (size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    const std::string_view value = text.substr(at + key.size());
    if (value.starts_with("traefik.io/") || value.starts_with("traefik.containo.us/")) return true;
  }
  return false;
}

}  // namespace

FileRole role_of(const Node* document) {
  if (!is_map(document)) return FileRole::none;
  if (is_compose(document)) return FileRole::compose;
  const std::string version = text(document, "apiVersion");
  if (!version.empty() && field(document, "kind") != nullptr)
    return version.starts_with("traefik.io/") || version.starts_with("traefik.containo.us/") ||
                   text(document, "kind").ends_with("List")
               ? FileRole::objects
               : FileRole::none;
  const Node* points = field(document, "entryPoints");
  const bool is_static = is_map(points) && std::ranges::all_of(points->members, [](const gateway::YamlMember& point) {
    return point.value.kind == Node::Kind::map || point.value.kind == Node::Kind::nothing;
  });
  const bool dynamic = is_dynamic(document);
  if (is_static && dynamic) return FileRole::both;
  if (is_static || is_map(field_at(document, "providers.file")) || is_map(field_at(document, "providers.docker")))
    return FileRole::statics;
  return dynamic ? FileRole::dynamic : FileRole::none;
}

bool has_words(std::string_view text) {
  constexpr std::array<std::string_view, 10> words = {"entrypoints", "routers",          "traefik.",      "certfile",
                                                      "middlewares", "serverstransport", "providers.",    "providers:",
                                                      "traefik.io/", "loadbalancer"};
  const std::string lower = ascii_lower(text);
  return std::ranges::any_of(words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::vector<std::string> candidates(FileSource& files, std::string_view path) {
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) return {folder};
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::vector<std::string> all;
  for (const char* pattern : {"/*.yaml", "/*.yml", "/*.toml", "/*.json"})
    for (std::string& file : files.glob(folder + pattern))
      if (all.size() < Reading::max_files) all.push_back(std::move(file));
  return all;
}

bool recognise(FileSource& files, std::string_view path) {
  for (const std::string& file : candidates(files, path)) {
    if (files.kind(file) != FileSource::Kind::file) continue;
    const Result<std::string> text = files.read(file);
    if (!text || !has_words(*text)) continue;
    if (file.ends_with(".toml")) {
      const auto tree = read_toml(*text, SourceFileId{0});
      if (tree && role_of(&*tree) != FileRole::none) return true;
      // Broken, but Traefik's by its words: reading it says where.
      if (!tree && (text->find("[entryPoints") != std::string::npos || text->find("[http.routers") != std::string::npos)) return true;
      continue;
    }
    if (says_objects(*text)) return true;
    const gateway::YamlDocuments read = gateway::read_yaml_documents(*text, SourceFileId{0});
    for (const Node& document : read.documents) {
      const FileRole role = role_of(&document);
      if (role == FileRole::objects) {
        if (text->find("traefik.io/") != std::string::npos || text->find("traefik.containo.us/") != std::string::npos) return true;
      } else if (role != FileRole::none) {
        return true;
      }
    }
    if (read.documents.empty() && (text->starts_with("entryPoints:") || text->find("\nentryPoints:") != std::string::npos)) return true;
  }
  return false;
}

}  // namespace astray::traefik
