#pragma once
// A configuration as nginx's parser walks through it: directives in blocks, with every include put in its
// place. Nothing here knows what a directive means.
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"
#include "servers/nginx/keyword.h"
#include "servers/nginx/lexer.h"

namespace astray::nginx {

enum class DirectiveId : uint32_t { none = UINT32_MAX };

struct Directive {
  Keyword keyword = Keyword::other;
  bool is_block = false;
  bool is_lua = false;  ///< a block whose body is Lua, kept as one last word
  SourceFileId file = SourceFileId::none;
  uint32_t first_word = 0;
  uint32_t word_count = 0;  ///< the name is the first word
  DirectiveId first_child = DirectiveId::none;
  DirectiveId next = DirectiveId::none;
};

/// Views into the texts that were parsed: it must not outlive them.
class DirectiveTree {
 public:
  DirectiveTree();

  static constexpr DirectiveId root{0};
  const Directive& at(DirectiveId id) const { return directives_[static_cast<size_t>(id)]; }
  size_t size() const { return directives_.size(); }

  std::string_view name(DirectiveId id) const;
  /// The words behind the name (of a Lua block: without its body).
  std::span<const Word> arguments(DirectiveId id) const;
  /// The text of one argument, "" when there are fewer.
  std::string_view argument(DirectiveId id, size_t index) const;
  std::string_view lua_body(DirectiveId id) const;
  SourceSpan span(DirectiveId id) const;
  SourceSpan span(DirectiveId id, const Word& word) const;

  class ChildIterator {
   public:
    ChildIterator(const DirectiveTree& tree, DirectiveId id) : tree_(&tree), id_(id) {}
    DirectiveId operator*() const { return id_; }
    ChildIterator& operator++() {
      id_ = tree_->at(id_).next;
      return *this;
    }
    bool operator!=(const ChildIterator& other) const { return id_ != other.id_; }

   private:
    const DirectiveTree* tree_;
    DirectiveId id_;
  };
  struct Children {
    const DirectiveTree& tree;
    DirectiveId first;
    ChildIterator begin() const { return {tree, first}; }
    ChildIterator end() const { return {tree, DirectiveId::none}; }
  };
  Children children(DirectiveId id) const { return {*this, at(id).first_child}; }
  /// The first child with this keyword; `none` when there is none.
  DirectiveId find(DirectiveId block, Keyword keyword) const;

  // For the parser.
  std::vector<Word>& words() { return words_; }
  WordArena& arena() { return arena_; }
  DirectiveId append(DirectiveId parent, DirectiveId previous_sibling, const Directive& directive);

 private:
  std::vector<Directive> directives_;
  std::vector<Word> words_;
  WordArena arena_;
};

/// The tree as a configuration again, every word quoted: parsing it gives an equal tree.
std::string print(const DirectiveTree& tree);

}  // namespace astray::nginx
