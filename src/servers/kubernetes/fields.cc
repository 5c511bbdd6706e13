#include "servers/kubernetes/fields.h"

namespace astray::kubernetes {

const Node* field(const Node* node, std::string_view name) {
  const Node* member = node == nullptr ? nullptr : node->member(name);
  return member == nullptr || member->kind == Node::Kind::nothing ? nullptr : member;
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
  if (const Node* list = field(node, name))
    for (const Node& item : list->items) all.push_back(&item);
  return all;
}

std::string text(const Node* node, std::string_view name) {
  const Node* scalar = field(node, name);
  return scalar != nullptr && scalar->is_text() ? scalar->text : std::string();
}

std::string text_or(const Node* node, std::string_view name, std::string_view otherwise) {
  std::string stated = text(node, name);
  return stated.empty() ? std::string(otherwise) : stated;
}

std::optional<Port> port_of(const Node* node, std::string_view name) {
  const auto port = Port::parse(text(node, name));
  if (!port || port->number() == 0) return std::nullopt;
  return *port;
}

SourceSpan place(const Node* node) {
  return node == nullptr ? SourceSpan{} : node->place;
}

}  // namespace astray::kubernetes
