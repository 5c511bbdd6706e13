#pragma once
// What one reading shares.
#include <deque>
#include <string>
#include <string_view>

#include "servers/model/server.h"
#include "servers/traefik/tree.h"

namespace astray::traefik {

class Reading {
 public:
  static constexpr size_t max_files = 10'000;

  /// Relative paths of the configuration are looked for below `folder`.
  Reading(const ReadOptions& options, std::string folder, Deployment& deployment)
      : options_(options), folder_(std::move(folder)), deployment_(deployment) {}

  Deployment& deployment() { return deployment_; }
  const Version& version() const { return deployment_.version; }
  const ReadOptions& options() const { return options_; }
  std::string absolute(std::string_view path) const { return resolve_path(folder_, path); }

  void error(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }
  void warning(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::warning, span, std::move(message)});
  }

  /// Keeps a tree as long as the reading lives.
  const Node* keep(Node tree) { return &trees_.emplace_back(std::move(tree)); }
  /// A file of YAML or TOML (by its name) as trees: of TOML one, of YAML one for each document. What cannot be read is a
  /// problem, at `named_at` where the file cannot be opened.
  std::vector<const Node*> load(const std::string& path, SourceSpan named_at);

 private:
  const ReadOptions& options_;
  std::string folder_;
  Deployment& deployment_;
  std::deque<Node> trees_;
};

}  // namespace astray::traefik
