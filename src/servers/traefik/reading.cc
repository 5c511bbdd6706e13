#include "servers/traefik/reading.h"

#include "servers/traefik/toml.h"

namespace astray::traefik {

std::vector<const Node*> Reading::load(const std::string& path, SourceSpan named_at) {
  const Result<std::string> text = options_.files.read(path);
  if (!text) {
    error(named_at, text.error().message);
    return {};
  }
  const SourceFileId file = deployment_.files.add(path);
  if (path.ends_with(".toml")) {
    Result<Node, gateway::YamlError> tree = read_toml(*text, file);
    if (tree) return {keep(std::move(*tree))};
    error(tree.error().place, std::move(tree.error().message));
    return {};
  }
  gateway::YamlDocuments read = gateway::read_yaml_documents(*text, file);
  for (gateway::YamlError& problem : read.problems) {
    const bool is_template = text->find("{{") != std::string::npos;
    error(problem.place, problem.message + (is_template ? " (the file is a Go template, which astray does not run)" : ""));
  }
  std::vector<const Node*> trees;
  for (Node& document : read.documents) trees.push_back(keep(std::move(document)));
  return trees;
}

}  // namespace astray::traefik
