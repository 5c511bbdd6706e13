#pragma once
// YAML as a tree with places, whatever its bytes: bounded in size, depth and number of nodes. Anchors and
// aliases are refused, since a small file of them stands for an arbitrarily large one.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/source_span.h"

namespace astray::gateway {

constexpr size_t max_yaml_bytes = size_t{4} << 20;
constexpr size_t max_yaml_nodes = 500'000;
constexpr size_t max_yaml_depth = 32;

/// How much of a text is read; beyond that it is refused.
struct YamlLimits {
  size_t bytes = max_yaml_bytes;
  size_t nodes = max_yaml_nodes;  ///< of all documents together
  size_t depth = max_yaml_depth;
};

struct YamlMember;

struct YamlNode {
  enum class Kind : uint8_t { nothing, plain, quoted, list, map };
  Kind kind = Kind::nothing;
  SourceSpan place;
  std::string text;                 ///< of plain and quoted
  std::vector<YamlNode> items;      ///< of a list
  std::vector<YamlMember> members;  ///< of a map, in the file's order; keys may be repeated

  bool is_text() const { return kind == Kind::plain || kind == Kind::quoted; }
  /// The first of this name; nullptr: none.
  const YamlNode* member(std::string_view name) const;
};

/// What keys are but text is refused.
struct YamlMember {
  std::string name;
  SourceSpan place;
  YamlNode value;
};

struct YamlError {
  SourceSpan place;
  std::string message;
};

/// One document; an empty file is `nothing`. Places have the SourceFileId 0.
Result<YamlNode, YamlError> read_yaml(std::string_view text);

/// Every document of a text, with its places in `file`. Documents before the one that cannot be read are in
/// `documents` all the same.
struct YamlDocuments {
  std::vector<YamlNode> documents;
  std::vector<YamlError> problems;  ///< at most one: nothing is read behind it
};
YamlDocuments read_yaml_documents(std::string_view text, SourceFileId file, const YamlLimits& limits = {});

}  // namespace astray::gateway
