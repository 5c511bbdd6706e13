#pragma once
// Protobuf messages as YAML or JSON has them: a field is named in snake_case or in lowerCamelCase (both are
// read by every protobuf parser of JSON), what is absent has its default.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/yaml_tree.h"
#include "names/port.h"

namespace astray::envoy {

using Node = gateway::YamlNode;

/// A config_dump of a large mesh has some tens of megabytes.
inline constexpr gateway::YamlLimits yaml_limits{size_t{64} << 20, 5'000'000, 64};

/// The field of this snake_case name in either spelling; nullptr where it is absent, null, or `node` is.
const Node* field(const Node* node, std::string_view snake_name);
/// field() of field() …, as "common_tls_context.tls_params" says it.
const Node* field_at(const Node* node, std::string_view dotted_names);

/// A number as a port; absent: it is none from 1 to 65535.
std::optional<Port> port_of(const Node* node, std::string_view snake_name);

/// The items of a repeated field; a single value stands for a list of one, as Envoy reads it.
std::vector<const Node*> items(const Node* node, std::string_view snake_name);
/// The text of a scalar; "" without one.
std::string text(const Node* node, std::string_view snake_name);
std::vector<std::string> texts(const Node* node, std::string_view snake_name);
/// `true` or `false`, also as a BoolValue; anything else is `by_default`.
bool flag(const Node* node, std::string_view snake_name, bool by_default);
/// A whole number that is not negative; absent: there is none, or it is no such number.
std::optional<uint64_t> number(const Node* node, std::string_view snake_name);

/// Everything below a node as one line: equal for nodes that say the same in the same order.
std::string content(const Node* node);

/// Whether a typed configuration is of this message: the last word of its "@type".
bool is_message(const Node* typed_config, std::string_view message);
/// Where a node stands; nowhere for nullptr.
SourceSpan place(const Node* node);

}  // namespace astray::envoy
