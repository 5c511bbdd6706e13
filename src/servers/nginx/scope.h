#pragma once
// Inheritance as nginx merges it: what a block does not state comes from the block around it. A directive
// that may be repeated (proxy_set_header, add_header, access_log …) replaces the whole inherited set.
#include <string>
#include <utility>
#include <vector>

#include "servers/model/setting.h"
#include "servers/nginx/directive_tree.h"
#include "servers/nginx/problems.h"

namespace astray::nginx {

class Scope {
 public:
  /// `outer` must outlive this scope; null for http { } and stream { }.
  Scope(const DirectiveTree& tree, DirectiveId block, const Scope* outer);

  const DirectiveTree& tree() const { return tree_; }
  DirectiveId block() const { return block_; }
  const Scope* outer() const { return outer_; }

  struct Found {
    DirectiveId id = DirectiveId::none;
    Provenance provenance = Provenance::default_value;
    explicit operator bool() const { return id != DirectiveId::none; }
  };
  /// The first statement of the nearest block that has one.
  Found find(Keyword keyword) const;
  /// All statements of the nearest block that has one, in order.
  struct FoundAll {
    std::vector<DirectiveId> ids;
    Provenance provenance = Provenance::default_value;
  };
  FoundAll find_all(Keyword keyword) const;
  /// Of this block alone.
  std::vector<DirectiveId> own(Keyword keyword) const;
  bool states(Keyword keyword) const;
  /// The `if` blocks of this block alone.
  const std::vector<DirectiveId>& conditions() const { return conditions_; }

  /// Reports directives that nginx refuses to see twice in one block.
  void report_duplicates(Problems& problems) const;

  Setting<std::string> text(Keyword keyword, std::string_view default_value) const;
  /// A value that is neither `on` nor `off` is a problem, and counts as the default.
  Setting<bool> flag(Keyword keyword, bool is_on_by_default, Problems& problems) const;
  Setting<int> number(Keyword keyword, int default_value, Problems& problems) const;

 private:
  const DirectiveTree& tree_;
  DirectiveId block_;
  const Scope* outer_;
  std::vector<std::pair<Keyword, DirectiveId>> settings_;
  std::vector<DirectiveId> conditions_;
};

}  // namespace astray::nginx
