#pragma once
// YAML as h2o reads it: with anchors, aliases and merge keys ("<<"), and files in place of values (!file).
#include <string>
#include <string_view>

#include "gateway/configuration/yaml_tree.h"
#include "servers/model/deployment.h"
#include "servers/model/file_source.h"

namespace astray::h2o {

using gateway::YamlMember;
using gateway::YamlNode;

/// Limits: aliases are copies, so the number of values bounds what a small file can stand for.
constexpr size_t max_bytes = size_t{4} << 20;
constexpr size_t max_values = 500'000;
constexpr size_t max_depth = 64;
constexpr size_t max_files = 200;

/// The document at `path` (absolute) with `text`; its files go to `deployment`, as does the problem where it cannot
/// be read, and then there is nothing in it.
YamlNode read_yaml(const std::string& path, std::string_view text, FileSource& files, Deployment& deployment);

}  // namespace astray::h2o
