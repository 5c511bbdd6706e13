#pragma once
// What one reading shares: the files that were read, and the resources that they hold.
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "servers/envoy/fields.h"
#include "servers/model/server.h"

namespace astray::envoy {

/// Resources by name, wherever they were found: static, in a file that the bootstrap names, or in a config_dump.
struct Resources {
  std::vector<const Node*> listeners;
  std::map<std::string, const Node*, std::less<>> clusters;
  std::map<std::string, const Node*, std::less<>> routes;
  std::map<std::string, const Node*, std::less<>> secrets;
};

class Reading {
 public:
  static constexpr size_t max_files = 1000;

  /// Relative paths of the configuration are looked for below `folder`.
  Reading(const ReadOptions& options, std::string folder, Deployment& deployment)
      : options_(options), folder_(std::move(folder)), deployment_(deployment) {}

  Deployment& deployment() { return deployment_; }
  CertificateSource& certificates() { return options_.certificates; }
  std::string absolute(std::string_view path) const { return resolve_path(folder_, path); }

  void error(SourceSpan span, std::string message);
  void warning(SourceSpan span, std::string message);

  /// The first document of a file; nullptr, and a problem at `named_at`, where it cannot be read. A file is read once.
  const Node* load(const std::string& path, SourceSpan named_at);
  /// Takes a text as the file of this name; nullptr, and a problem, where it is no YAML.
  const Node* take(const std::string& path, std::string_view text);

  /// Sorts a bootstrap, a config_dump or a discovery response into resources. Files that it names are read too.
  void collect(const Node* document);
  const Resources& resources() const { return resources_; }

 private:
  void collect_static(const Node* resources);
  void collect_dump(const Node* configs);
  void collect_response(const Node* response);
  void collect_source(const Node* config_source, std::string_view what);
  void add_resource(const Node* resource);
  static void add_named(std::map<std::string, const Node*, std::less<>>& to, const Node* resource);

  const ReadOptions& options_;
  std::string folder_;
  Deployment& deployment_;
  std::deque<Node> trees_;
  std::map<std::string, const Node*> loaded_;
  Resources resources_;
};

/// The path of a ConfigSource that is a file; "" where a management server is asked.
std::string path_of(const Node* config_source);

}  // namespace astray::envoy
