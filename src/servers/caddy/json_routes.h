#pragma once
#include <vector>

#include "gateway/configuration/yaml_tree.h"
#include "servers/caddy/configuration.h"

namespace astray::caddy {

/// What the readers of parts of the JSON need.
struct JsonReading {
  SourceFileId file;
  Deployment& deployment;

  SourceSpan place(const gateway::YamlNode& node) const { return {file, node.place.line, node.place.column}; }
  /// A member's text; "" where it is absent.
  static std::string text(const gateway::YamlNode& node, std::string_view name);
  static bool is_true(const gateway::YamlNode& node, std::string_view name) { return text(node, name) == "true"; }
  /// The texts of a list member, each with its place.
  std::vector<Word> words(const gateway::YamlNode& node, std::string_view name) const;
};

/// A list of routes (https://caddyserver.com/docs/json/apps/http/servers/routes/).
std::vector<Route> json_routes(const gateway::YamlNode* list, const JsonReading& reading);

}  // namespace astray::caddy
