#include "servers/caddy/caddyfile_matchers.h"

#include <fmt/format.h>

namespace astray::caddy {
namespace {

void append(std::vector<Word>& words, const std::vector<Token>& tokens) {
  for (const Token& token : tokens) words.push_back({token.text, token.span});
}

void take_matcher(const Directive& line, MatcherSet& set);

MatcherSet set_of(const std::vector<Directive>& lines) {
  MatcherSet set;
  for (const Directive& line : lines) take_matcher(line, set);
  return set;
}

/// `not host a.test` on one line, or `not { … }`.
MatcherSet inverted(const Directive& line) {
  if (line.has_block) return set_of(line.block);
  MatcherSet set;
  if (line.arguments.empty()) return set;
  Directive inner;
  inner.name = line.arguments.front();
  inner.arguments.assign(line.arguments.begin() + 1, line.arguments.end());
  take_matcher(inner, set);
  return set;
}

void take_matcher(const Directive& line, MatcherSet& set) {
  const std::string& kind = line.name.text;
  if (kind == "host") {
    append(set.hosts, line.arguments);
  } else if (kind == "path") {
    append(set.paths, line.arguments);
  } else if (kind == "protocol" && line.arguments.size() == 1) {
    set.protocol = line.arguments.front().text;
  } else if (kind == "method") {
    // Predictions ask with GET.
    bool has_get = false;
    for (const Token& each : line.arguments) has_get = has_get || each.text == "GET";
    if (!has_get) set.negated.push_back({MatcherSet{}});
  } else if (kind == "not") {
    set.negated.push_back({inverted(line)});
  } else {
    set.has_unknowable = true;
  }
}

}  // namespace

NamedMatchers named_matchers(const std::vector<Directive>& directives, Deployment& deployment) {
  NamedMatchers found;
  for (const Directive& each : directives) {
    if (!each.name.text.starts_with('@')) continue;
    MatcherSet set;
    if (!each.arguments.empty()) {
      Directive line;
      line.name = each.arguments.front();
      line.arguments.assign(each.arguments.begin() + 1, each.arguments.end());
      line.has_block = each.has_block;
      line.block = each.block;
      if (line.name.is_quoted) line.name.text = "expression";
      take_matcher(line, set);
    } else {
      set = set_of(each.block);
    }
    if (!found.emplace(each.name.text, std::move(set)).second)
      deployment.problems.push_back({ReadProblem::Severity::error, each.name.span,
                                     fmt::format("the matcher {} is defined twice; Caddy refuses that", each.name.text)});
  }
  return found;
}

std::optional<std::vector<MatcherSet>> matcher_token(const Directive& directive, const NamedMatchers& matchers,
                                                     Deployment& deployment) {
  if (directive.arguments.empty()) return std::nullopt;
  const Token& first = directive.arguments.front();
  if (first.text == "*") return std::vector<MatcherSet>{};
  if (first.text.starts_with('/')) {
    MatcherSet set;
    set.paths.push_back({first.text, first.span});
    return std::vector{set};
  }
  if (!first.text.starts_with('@')) return std::nullopt;
  if (const auto found = matchers.find(first.text); found != matchers.end()) return std::vector{found->second};
  deployment.problems.push_back({ReadProblem::Severity::error, first.span,
                                 fmt::format("no matcher is called {}; expected a line that begins with it in this site",
                                             first.text)});
  MatcherSet set;
  set.has_unknowable = true;
  return std::vector{set};
}

}  // namespace astray::caddy
