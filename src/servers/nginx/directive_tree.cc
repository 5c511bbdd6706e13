#include "servers/nginx/directive_tree.h"

namespace astray::nginx {

DirectiveTree::DirectiveTree() {
  Directive root_directive;
  root_directive.is_block = true;
  directives_.push_back(root_directive);
}

std::string_view DirectiveTree::name(DirectiveId id) const {
  const Directive& directive = at(id);
  return directive.word_count == 0 ? std::string_view() : words_[directive.first_word].text;
}

std::span<const Word> DirectiveTree::arguments(DirectiveId id) const {
  const Directive& directive = at(id);
  if (directive.word_count == 0) return {};
  const size_t count = directive.word_count - 1 - (directive.is_lua ? 1 : 0);
  return std::span(words_).subspan(directive.first_word + 1, count);
}

std::string_view DirectiveTree::argument(DirectiveId id, size_t index) const {
  const std::span<const Word> words = arguments(id);
  return index < words.size() ? words[index].text : std::string_view();
}

std::string_view DirectiveTree::lua_body(DirectiveId id) const {
  const Directive& directive = at(id);
  return directive.is_lua ? words_[directive.first_word + directive.word_count - 1].text : std::string_view();
}

SourceSpan DirectiveTree::span(DirectiveId id) const {
  const Directive& directive = at(id);
  if (directive.word_count == 0) return {};
  return span(id, words_[directive.first_word]);
}

SourceSpan DirectiveTree::span(DirectiveId id, const Word& word) const {
  return {at(id).file, word.line, word.column};
}

DirectiveId DirectiveTree::find(DirectiveId block, Keyword keyword) const {
  for (const DirectiveId child : children(block))
    if (at(child).keyword == keyword) return child;
  return DirectiveId::none;
}

DirectiveId DirectiveTree::append(DirectiveId parent, DirectiveId previous_sibling,
                                  const Directive& directive) {
  const auto id = static_cast<DirectiveId>(directives_.size());
  directives_.push_back(directive);
  if (previous_sibling == DirectiveId::none)
    directives_[static_cast<size_t>(parent)].first_child = id;
  else
    directives_[static_cast<size_t>(previous_sibling)].next = id;
  return id;
}

namespace {

void append_quoted(std::string& out, std::string_view word) {
  out += '"';
  for (const char c : word) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

}  // namespace

std::string print(const DirectiveTree& tree) {
  std::string out;
  std::vector<DirectiveId> open{tree.at(DirectiveTree::root).first_child};  // the next one to print, by depth
  while (!open.empty()) {
    const DirectiveId id = open.back();
    if (id == DirectiveId::none) {
      open.pop_back();
      if (!open.empty()) out += "}\n";
      continue;
    }
    open.back() = tree.at(id).next;
    append_quoted(out, tree.name(id));
    for (const Word& word : tree.arguments(id)) {
      out += ' ';
      append_quoted(out, word.text);
    }
    if (tree.at(id).is_lua) {
      out += " {";
      out += tree.lua_body(id);
      out += "}\n";
    } else if (tree.at(id).is_block) {
      out += " {\n";
      open.push_back(tree.at(id).first_child);
    } else {
      out += ";\n";
    }
  }
  return out;
}

}  // namespace astray::nginx
