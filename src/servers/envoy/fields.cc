#include "servers/envoy/fields.h"

#include <charconv>

namespace astray::envoy {
namespace {

/// Whether `name` is `snake` or its lowerCamelCase.
bool names_field(std::string_view name, std::string_view snake) {
  if (name == snake) return true;
  size_t at = 0;
  bool upper = false;
  for (const char c : snake) {
    if (c == '_') {
      upper = true;
      continue;
    }
    const char wanted = upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
    if (at >= name.size() || name[at++] != wanted) return false;
  }
  return at == name.size();
}

}  // namespace

const Node* field(const Node* node, std::string_view snake_name) {
  if (node == nullptr) return nullptr;
  for (const gateway::YamlMember& member : node->members)
    if (names_field(member.name, snake_name))
      return member.value.kind == Node::Kind::nothing ? nullptr : &member.value;
  return nullptr;
}

const Node* field_at(const Node* node, std::string_view dotted_names) {
  while (node != nullptr) {
    const size_t dot = dotted_names.find('.');
    node = field(node, dotted_names.substr(0, dot));
    if (dot == std::string_view::npos) break;
    dotted_names.remove_prefix(dot + 1);
  }
  return node;
}

std::vector<const Node*> items(const Node* node, std::string_view snake_name) {
  std::vector<const Node*> all;
  const Node* list = field(node, snake_name);
  if (list == nullptr) return all;
  if (list->kind != Node::Kind::list) return {list};
  for (const Node& item : list->items) all.push_back(&item);
  return all;
}

std::string text(const Node* node, std::string_view snake_name) {
  const Node* scalar = field(node, snake_name);
  return scalar != nullptr && scalar->is_text() ? scalar->text : std::string();
}

std::vector<std::string> texts(const Node* node, std::string_view snake_name) {
  std::vector<std::string> all;
  for (const Node* item : items(node, snake_name))
    if (item->is_text()) all.push_back(item->text);
  return all;
}

bool flag(const Node* node, std::string_view snake_name, bool by_default) {
  const std::string written = text(node, snake_name);
  if (written == "true") return true;
  if (written == "false") return false;
  return by_default;
}

std::optional<uint64_t> number(const Node* node, std::string_view snake_name) {
  const std::string written = text(node, snake_name);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (written.empty() || error != std::errc() || end != written.data() + written.size()) return std::nullopt;
  return value;
}

std::optional<Port> port_of(const Node* node, std::string_view snake_name) {
  constexpr uint64_t highest_port = 65535;
  const auto value = number(node, snake_name);
  if (!value || *value == 0 || *value > highest_port) return std::nullopt;
  return Port(static_cast<uint16_t>(*value));
}

std::string content(const Node* node) {
  if (node == nullptr) return "";
  if (node->is_text()) return node->text;
  std::string all = "{";
  for (const Node& item : node->items) all += content(&item) + ",";
  for (const gateway::YamlMember& member : node->members) all += member.name + ":" + content(&member.value) + ",";
  return all + "}";
}

bool is_message(const Node* typed_config, std::string_view message) {
  const std::string type = text(typed_config, "@type");
  if (!type.ends_with(message)) return false;
  const size_t before = type.size() - message.size();
  return before == 0 || type[before - 1] == '.' || type[before - 1] == '/';
}

SourceSpan place(const Node* node) {
  return node == nullptr ? SourceSpan{} : node->place;
}

}  // namespace astray::envoy
