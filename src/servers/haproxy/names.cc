#include "servers/haproxy/names.h"

#include <algorithm>
#include <unordered_set>

#include "base/ascii.h"
#include "names/hostname.h"

namespace astray::haproxy {
namespace {

using Fetch = Expression::Fetch;

/// A name as ACLs and maps write it: without the port that some lists have behind it.
std::string bare(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos)
    text = text.substr(0, colon);
  return ascii_lower(text);
}

/// What an expression commonly is made of: classes and repetitions become a word.
std::string sample_of_regex(std::string_view regex) {
  std::string text;
  for (size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    if (c == '^' || c == '$' || c == '(' || c == ')') continue;
    if (c == '\\' && i + 1 < regex.size()) {
      const char next = regex[++i];
      text += next == 'd' ? '1' : next == 'w' ? 'x' : next;
    } else if (c == '[') {
      const size_t close = regex.find(']', i + 1);
      if (close == std::string_view::npos) return "";
      text += regex.substr(i, 2) == "[^" || regex[i + 1] == 'a' || regex[i + 1] == 'A' ? 'x' : regex[i + 1];
      i = close;
    } else if (c == '.') {
      text += 'x';
    } else if (c == '|') {
      break;
    } else if (c == '{') {
      const size_t close = regex.find('}', i);
      if (close == std::string_view::npos) return "";
      i = close;
    } else if (c == '?' && i > 0 && regex[i - 1] == '(') {
      return "";
    } else if (c != '*' && c != '+' && c != '?') {
      text += c;
    }
  }
  return ascii_lower(text);
}

class NameCollector {
 public:
  explicit NameCollector(const Proxies& proxies) : proxies_(proxies) {}

  void look_at(const Proxy& proxy) {
    for (const std::vector<Rule>* rules : {&proxy.tcp_rules, &proxy.http_rules, &proxy.redirects})
      for (const Rule& rule : *rules) {
        look_at(rule.condition);
        if (rule.expression) look_at(*rule.expression);
        if (rule.format) look_at(*rule.format);
      }
    for (const UseBackend& rule : proxy.use_backend) {
      look_at(rule.condition);
      look_at(rule.target);
      add_backends_that_are_named(rule);
    }
  }
  std::vector<RuleName> take() { return std::move(names_); }

 private:
  void look_at(const Condition& condition) {
    for (const auto& terms : condition.alternatives)
      for (const Condition::Term& term : terms)
        for (const auto& criterion : term.criteria) {
          look_at(criterion->expression);
          const Fetch fetch = criterion->expression.fetch;
          const bool is_name = fetch == Fetch::host || fetch == Fetch::sni || fetch == Fetch::hello_sni ||
                               fetch == Fetch::variable;
          if (is_name) add_all(*criterion->patterns);
        }
  }
  void look_at(const Format& format) {
    for (const Format::Piece& piece : format.pieces)
      if (piece.expression) look_at(*piece.expression);
  }
  void look_at(const Expression& expression) {
    for (const Converter& converter : expression.converters)
      if (converter.patterns) add_all(*converter.patterns);
  }

  /// `use_backend %[req.hdr(host),lower]`: the backends' own names are the names that are told apart.
  void add_backends_that_are_named(const UseBackend& rule) {
    if (rule.target.is_literal()) return;
    for (const Proxy& proxy : proxies_.all)
      if (proxy.has_servers && proxy.name.find('.') != std::string::npos)
        add({PatternKind::exact, bare(proxy.name)}, proxy.span);
  }

  void add_all(const Patterns& patterns) {
    if (!seen_.insert(&patterns).second) return;
    for (const Pattern& pattern : patterns.all()) add(pattern, patterns.match());
  }

  void add(const Pattern& pattern, Match match) {
    const std::string text = bare(pattern.text);
    if (text.empty()) return;
    switch (match) {
      case Match::str:
        add({PatternKind::exact, text}, pattern.span);
        break;
      case Match::end:
      case Match::dom: {
        const bool has_dot = text.starts_with('.');
        const std::string name = has_dot ? text.substr(1) : text;
        if (!has_dot || match == Match::dom) add({PatternKind::exact, name}, pattern.span);
        add({PatternKind::leading_wildcard, name}, pattern.span);
        break;
      }
      case Match::beg:
        add({PatternKind::trailing_wildcard, text.ends_with('.') ? text.substr(0, text.size() - 1) : text},
            pattern.span);
        break;
      case Match::reg:
        add({PatternKind::regex, pattern.text}, pattern.span);
        break;
      default:
        break;
    }
  }

  void add(ServerNamePattern pattern, SourceSpan span) {
    std::string sample = sample_of(pattern);
    if (!Hostname::parse(sample)) return;
    names_.push_back({{std::move(pattern), span}, std::move(sample)});
  }

  const Proxies& proxies_;
  std::vector<RuleName> names_;
  std::unordered_set<const Patterns*> seen_;
};

}  // namespace

std::string sample_of(const ServerNamePattern& pattern) {
  switch (pattern.kind) {
    case PatternKind::exact: return pattern.text;
    case PatternKind::leading_wildcard: return "sample." + pattern.text;
    case PatternKind::trailing_wildcard: return pattern.text + ".sample";
    case PatternKind::regex: return sample_of_regex(pattern.text);
    default: return "";
  }
}

std::vector<RuleName> names_in_rules(const Proxies& proxies, const Proxy& frontend) {
  NameCollector collector(proxies);
  collector.look_at(frontend);
  return collector.take();
}

}  // namespace astray::haproxy
