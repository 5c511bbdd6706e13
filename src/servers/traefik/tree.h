#pragma once
// Traefik's configuration as a tree, whatever it was written in. Names of fields are compared without regard to letter
// case, as Traefik does for files, flags and labels (github.com/traefik/paerser).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/yaml_tree.h"

namespace astray::traefik {

using Node = gateway::YamlNode;

/// The field of this name; nullptr where it is absent, null, or `node` is.
const Node* field(const Node* node, std::string_view name);
/// field() of field() …: "http.tls.options".
const Node* field_at(const Node* node, std::string_view dotted_names);

/// The items of a list; a scalar or a map counts as the one item of a list.
std::vector<const Node*> items(const Node* node, std::string_view name);
/// The text of a scalar; "" without one.
std::string text(const Node* node, std::string_view name);
/// The texts of a list; a scalar is split at its commas, as flags and labels have it.
std::vector<std::string> texts(const Node* node, std::string_view name);
/// `true` or `false`; anything else is `by_default`.
bool flag(const Node* node, std::string_view name, bool by_default);
/// A whole number; absent: there is none.
std::optional<int64_t> number(const Node* node, std::string_view name);

/// Where a node stands; nowhere for nullptr.
SourceSpan place(const Node* node);

/// Whether something that a template or the environment fills in stands in the text: "{{ env "X" }}", "${X}".
bool is_filled_in(std::string_view text);

}  // namespace astray::traefik
