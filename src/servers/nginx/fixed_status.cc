#include <charconv>
#include <optional>

#include "servers/nginx/expression.h"
#include "servers/nginx/regex.h"
#include "servers/nginx/responses.h"

namespace astray::nginx {
namespace {

/// How far the rewrite directives of one block decide a request.
struct Outcome {
  enum class Kind { passes, answers, unknowable } kind = Kind::passes;
  int status = 0;
  SourceSpan span;
  bool has_text = false;
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

Outcome judge_rewrite(const DirectiveTree& tree, DirectiveId id, std::string_view uri) {
  const std::string_view replacement = tree.argument(id, 1);
  const std::string_view flag = tree.argument(id, 2);
  const Result<Regex> regex = Regex::compile(tree.argument(id, 0), Regex::Case::sensitive);
  if (!regex) return {Outcome::Kind::unknowable, 0, tree.span(id)};
  if (regex->match(uri) == Regex::Outcome::no_match) return {};
  if (flag == "permanent") return {Outcome::Kind::answers, 301, tree.span(id)};
  const bool is_redirect = flag == "redirect" || replacement.starts_with("http://") ||
                           replacement.starts_with("https://") || replacement.starts_with("$scheme");
  if (is_redirect) return {Outcome::Kind::answers, 302, tree.span(id)};
  // The URI changes: which location answers then is not followed.
  return {Outcome::Kind::unknowable, 0, tree.span(id)};
}

// The rewrite module's directives run in the order they are written.
Outcome judge_rewrites(const DirectiveTree& tree, DirectiveId block, std::string_view uri) {
  for (const DirectiveId child : tree.children(block)) {
    switch (tree.at(child).keyword) {
      case Keyword::return_:
        return {Outcome::Kind::answers, status_of_return(tree, child), tree.span(child),
                !tree.argument(child, 1).empty()};
      case Keyword::break_:
        return {};
      case Keyword::if_:
        if (may_answer(tree, child)) return {Outcome::Kind::unknowable, 0, tree.span(child)};
        break;
      case Keyword::rewrite:
        if (const Outcome outcome = judge_rewrite(tree, child, uri); outcome.kind != Outcome::Kind::passes)
          return outcome;
        break;
      default:
        break;
    }
  }
  return {};
}

// The location that a URI leads to (ngx_http_core_find_location): `= URI` first; then the longest prefix,
// unless a regular expression matches and `^~` does not forbid it. "@name" leads to the location of that name
// alone.
DirectiveId find_location(const DirectiveTree& tree, DirectiveId block, std::string_view uri) {
  DirectiveId prefix = DirectiveId::none;
  size_t prefix_length = 0;
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
    if (uri.starts_with('@')) {
      if (modifier.empty() && path == uri) return child;
      continue;
    }
    if (modifier == "=" && path == uri) return child;
    if (modifier == "~" || modifier == "~*") {
      if (regex_location != DirectiveId::none) continue;
      const Result<Regex> regex =
          Regex::compile(path, modifier == "~*" ? Regex::Case::insensitive : Regex::Case::sensitive);
      if (regex && regex->match(uri) == Regex::Outcome::match) regex_location = child;
    } else if (uri.starts_with(path) && path.size() > prefix_length &&
               (modifier.empty() || modifier == "^~")) {
      prefix = child;
      prefix_length = path.size();
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

FixedAnswer as_answer(const Outcome& outcome) {
  const bool is_known = outcome.kind == Outcome::Kind::answers;
  return {{outcome.status, outcome.span, is_known ? Provenance::set : Provenance::unknowable},
          outcome.status >= 400 && !outcome.has_text};
}

FixedAnswer judge_block(const Scope& scope, std::string_view uri, int depth) {
  const DirectiveTree& tree = scope.tree();
  // A named location is entered behind the server's own directives (ngx_http_named_location).
  const bool is_passed_by = depth == 0 && uri.starts_with('@');
  const Outcome rewrites = is_passed_by ? Outcome{} : judge_rewrites(tree, scope.block(), uri);
  if (rewrites.kind != Outcome::Kind::passes) return as_answer(rewrites);
  const DirectiveId location = find_location(tree, scope.block(), uri);
  constexpr int max_depth = 20;
  if (location != DirectiveId::none && depth < max_depth) {
    const Scope inner(tree, location, &scope);
    return judge_block(inner, uri, depth + 1);
  }
  if (const std::optional<DirectiveId> denial = denies_everybody(scope))
    return {{403, tree.span(*denial), Provenance::set}, true};
  return {};
}

}  // namespace

FixedAnswer judge_uri(const Scope& server, std::string_view uri) {
  return judge_block(server, uri, 0);
}

}  // namespace astray::nginx
