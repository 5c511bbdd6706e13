#include "servers/traefik/tree.h"

#include <charconv>

#include "base/ascii.h"

namespace astray::traefik {

const Node* field(const Node* node, std::string_view name) {
  if (node == nullptr) return nullptr;
  for (const gateway::YamlMember& member : node->members)
    if (ascii_iequals(member.name, name)) return member.value.kind == Node::Kind::nothing ? nullptr : &member.value;
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

std::vector<const Node*> items(const Node* node, std::string_view name) {
  std::vector<const Node*> all;
  const Node* list = field(node, name);
  if (list == nullptr) return all;
  if (list->kind != Node::Kind::list) return {list};
  for (const Node& item : list->items) all.push_back(&item);
  return all;
}

std::string text(const Node* node, std::string_view name) {
  const Node* scalar = field(node, name);
  return scalar != nullptr && scalar->is_text() ? scalar->text : std::string();
}

std::vector<std::string> texts(const Node* node, std::string_view name) {
  std::vector<std::string> all;
  const Node* list = field(node, name);
  const bool is_scalar = list != nullptr && list->is_text();
  for (const Node* item : items(node, name)) {
    if (!item->is_text()) continue;
    if (!is_scalar) {
      all.push_back(item->text);
      continue;
    }
    std::string_view rest = item->text;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      if (const std::string_view part = ascii_trim(rest.substr(0, comma)); !part.empty()) all.emplace_back(part);
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return all;
}

bool flag(const Node* node, std::string_view name, bool by_default) {
  const std::string written = ascii_lower(text(node, name));
  if (written == "true") return true;
  if (written == "false") return false;
  return by_default;
}

std::optional<int64_t> number(const Node* node, std::string_view name) {
  const std::string written = text(node, name);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (written.empty() || error != std::errc() || end != written.data() + written.size()) return std::nullopt;
  return value;
}

SourceSpan place(const Node* node) {
  return node == nullptr ? SourceSpan{} : node->place;
}

bool is_filled_in(std::string_view text) {
  return text.find("{{") != std::string_view::npos || text.find("${") != std::string_view::npos;
}

}  // namespace astray::traefik
