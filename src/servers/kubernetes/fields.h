#pragma once
// The members of Kubernetes objects, which have one spelling each, and Secrets' and ConfigMaps' values.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/yaml_tree.h"
#include "names/port.h"

namespace astray::kubernetes {

using Node = gateway::YamlNode;

/// The member of this name; nullptr where it is absent, null, or `node` is nullptr.
const Node* field(const Node* node, std::string_view name);
/// field() of field() …, as "spec.tls.mode" says it.
const Node* field_at(const Node* node, std::string_view dotted_names);
/// The elements of a list; none where there is no list.
std::vector<const Node*> items(const Node* node, std::string_view name);
/// The text of a scalar; "" without one.
std::string text(const Node* node, std::string_view name);
std::string text_or(const Node* node, std::string_view name, std::string_view otherwise);
/// A number as a port; absent: it is none from 1 to 65535.
std::optional<Port> port_of(const Node* node, std::string_view name);
/// Where a node stands; nowhere for nullptr.
SourceSpan place(const Node* node);

}  // namespace astray::kubernetes
