#include <charconv>
#include <optional>

#include "servers/nginx/expression.h"
#include "servers/nginx/regex.h"
#include "servers/nginx/responses.h"

namespace astray::nginx {
namespace {

/// How far the rewrite directives of one block decide a request for "/".
struct Outcome {
  enum class Kind { passes, answers, unknowable } kind = Kind::passes;
  int status = 0;
  SourceSpan span;
};

int status_of_return(const DirectiveTree& tree, DirectiveId id) {
  const std::string_view first = tree.argument(id, 0);
  int status = 0;
  const auto [end, error] = std::from_chars(first.data(), first.data() + first.size(), status);
  if (error == std::errc() && end == first.data() + first.size() && status >= 0 && status <= 999)
    return status;
  // `return URL` is a temporary redirect (ngx_http_rewrite_return).
  return 302;
}

bool decides(Keyword keyword) {
  return keyword == Keyword::return_ || keyword == Keyword::rewrite || keyword == Keyword::break_;
}

bool may_answer(const DirectiveTree& tree, DirectiveId if_block) {
  for (const DirectiveId child : tree.children(if_block)) {
    if (decides(tree.at(child).keyword)) return true;
    // A handler inside `if` answers in the place of the location's.
    if (tree.name(child).ends_with("_pass")) return true;
  }
  return false;
}

Outcome judge_rewrite(const DirectiveTree& tree, DirectiveId id) {
  const std::string_view replacement = tree.argument(id, 1);
  const std::string_view flag = tree.argument(id, 2);
  const Result<Regex> regex = Regex::compile(tree.argument(id, 0), Regex::Case::sensitive);
  if (!regex) return {Outcome::Kind::unknowable, 0, tree.span(id)};
  if (regex->match("/") == Regex::Outcome::no_match) return {};
  if (flag == "permanent") return {Outcome::Kind::answers, 301, tree.span(id)};
  const bool is_redirect = flag == "redirect" || replacement.starts_with("http://") ||
                           replacement.starts_with("https://") || replacement.starts_with("$scheme");
  if (is_redirect) return {Outcome::Kind::answers, 302, tree.span(id)};
  // The URI changes: which location answers then is not followed.
  return {Outcome::Kind::unknowable, 0, tree.span(id)};
}

// The rewrite module's directives run in the order they are written.
Outcome judge_rewrites(const DirectiveTree& tree, DirectiveId block) {
  for (const DirectiveId child : tree.children(block)) {
    switch (tree.at(child).keyword) {
      case Keyword::return_:
        return {Outcome::Kind::answers, status_of_return(tree, child), tree.span(child)};
      case Keyword::break_:
        return {};
      case Keyword::if_:
        if (may_answer(tree, child)) return {Outcome::Kind::unknowable, 0, tree.span(child)};
        break;
      case Keyword::rewrite:
        if (const Outcome outcome = judge_rewrite(tree, child); outcome.kind != Outcome::Kind::passes)
          return outcome;
        break;
      default:
        break;
    }
  }
  return {};
}

// The location that "/" leads to (ngx_http_core_find_location): `= /` first; then the longest prefix, which
// can only be "/" itself, unless a regular expression matches and `^~` does not forbid it.
DirectiveId find_root_location(const DirectiveTree& tree, DirectiveId block) {
  DirectiveId prefix = DirectiveId::none;
  DirectiveId regex_location = DirectiveId::none;
  bool regexes_count = true;
  for (const DirectiveId child : tree.children(block)) {
    if (tree.at(child).keyword != Keyword::location) continue;
    std::string_view modifier = tree.argument(child, 0);
    std::string_view path = tree.argument(child, 1);
    if (tree.arguments(child).size() == 1) {
      // "location =/x", "location ~\.php$": the modifier may stick to the path.
      path = modifier;
      modifier = {};
      for (const std::string_view known : {"^~", "~*", "~", "="}) {
        if (!path.starts_with(known)) continue;
        modifier = known;
        path.remove_prefix(known.size());
        break;
      }
    }
    if (modifier == "=" && path == "/") return child;
    if (modifier == "~" || modifier == "~*") {
      if (regex_location != DirectiveId::none) continue;
      const Result<Regex> regex =
          Regex::compile(path, modifier == "~*" ? Regex::Case::insensitive : Regex::Case::sensitive);
      if (regex && regex->match("/") == Regex::Outcome::match) regex_location = child;
    } else if (path == "/" && (modifier.empty() || modifier == "^~")) {
      prefix = child;
      regexes_count = modifier != "^~";
    }
  }
  return regexes_count && regex_location != DirectiveId::none ? regex_location : prefix;
}

// `deny all` before any `allow`: nobody gets in.
std::optional<DirectiveId> denies_everybody(const Scope& scope) {
  const std::vector<DirectiveId> denials = scope.find_all(Keyword::deny).ids;
  if (denials.empty() || scope.tree().argument(denials.front(), 0) != "all") return std::nullopt;
  if (!scope.find_all(Keyword::allow).ids.empty() || scope.find(Keyword::satisfy)) return std::nullopt;
  return denials.front();
}

Setting<int> as_setting(const Outcome& outcome) {
  return {outcome.status, outcome.span,
          outcome.kind == Outcome::Kind::answers ? Provenance::set : Provenance::unknowable};
}

Setting<int> judge_block(const Scope& scope, int depth) {
  const DirectiveTree& tree = scope.tree();
  const Outcome rewrites = judge_rewrites(tree, scope.block());
  if (rewrites.kind != Outcome::Kind::passes) return as_setting(rewrites);
  const DirectiveId location = find_root_location(tree, scope.block());
  constexpr int max_depth = 20;
  if (location != DirectiveId::none && depth < max_depth) {
    const Scope inner(tree, location, &scope);
    return judge_block(inner, depth + 1);
  }
  if (const std::optional<DirectiveId> denial = denies_everybody(scope))
    return {403, tree.span(*denial), Provenance::set};
  return {};
}

}  // namespace

Setting<int> read_fixed_status(const Scope& server) {
  return judge_block(server, 0);
}

}  // namespace astray::nginx
