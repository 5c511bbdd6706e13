#include "servers/haproxy/acl.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace astray::haproxy {
namespace {

using Fetch = Expression::Fetch;

constexpr std::pair<std::string_view, Match> matches[] = {
    {"bool", Match::boolean}, {"int", Match::number}, {"found", Match::found}, {"str", Match::str},
    {"beg", Match::beg},      {"end", Match::end},    {"sub", Match::sub},     {"dir", Match::dir},
    {"dom", Match::dom},      {"reg", Match::reg},    {"len", Match::len}};

Match match_named(std::string_view name) {
  for (const auto& [known, match] : matches)
    if (name == known) return match;
  return Match::unknown;
}

/// ACL keywords with the match in their name: "hdr_beg(host)" is "hdr(host)" with -m beg.
struct Suffixed {
  std::string name;
  Match match = Match::unknown;
};
std::optional<Suffixed> without_suffix(std::string_view name) {
  constexpr std::string_view bases[] = {"hdr", "req.hdr", "req.fhdr", "path", "ssl_fc_sni", "req_ssl_sni", "req.ssl_sni"};
  const size_t under = name.rfind('_');
  if (under == std::string_view::npos) return std::nullopt;
  const Match match = match_named(name.substr(under + 1));
  const std::string_view base = name.substr(0, under);
  if (match == Match::unknown || std::find(std::begin(bases), std::end(bases), base) == std::end(bases))
    return std::nullopt;
  return Suffixed{std::string(base), match};
}

/// What a criterion without -m does: by the type of its sample.
Match default_match(const Expression& expression) {
  if (!expression.converters.empty()) {
    switch (expression.converters.back().kind) {
      case Converter::Kind::strcmp:
      case Converter::Kind::length:
      case Converter::Kind::port_only: return Match::number;
      case Converter::Kind::negate:
      case Converter::Kind::truth: return Match::boolean;
      case Converter::Kind::unknown: return Match::unknown;
      default: return Match::str;
    }
  }
  switch (expression.fetch) {
    case Fetch::has_sni:
    case Fetch::client_certificate_used:
    case Fetch::front_is_tls:
    case Fetch::always_true:
    case Fetch::always_false: return Match::boolean;
    case Fetch::client_verify_result:
    case Fetch::hello_type:
    case Fetch::number:
    case Fetch::port: return Match::number;
    case Fetch::variable:  // of any type
    case Fetch::unknown: return Match::unknown;
    default: return Match::str;
  }
}

class CriterionReader {
 public:
  CriterionReader(const Line& line, size_t first, size_t end, Reading& reading)
      : line_(line), at_(first), end_(end), reading_(reading) {}

  std::shared_ptr<const Criterion> read() {
    auto criterion = std::make_shared<Criterion>();
    criterion->span = line_.span(at_);
    const bool is_known = take_expression(*criterion);
    Match match = suffixed_ ? *suffixed_ : default_match(criterion->expression);
    bool ignores_case = false, has_file = false, flags = true;
    std::shared_ptr<Patterns> patterns;
    const auto list = [&]() -> Patterns& {
      if (!patterns) patterns = std::make_shared<Patterns>(match);
      return *patterns;
    };
    std::string_view relation;
    bool readable = is_known;
    bool is_map = false;
    for (; at_ < end_; ++at_) {
      const std::string_view word = line_.word(at_);
      if (!line_.words[at_].known()) readable = false;
      if (flags && word == "-i") { ignores_case = true; continue; }
      if (flags && word == "-m") { match = match_named(line_.word(++at_)); continue; }
      if (flags && (word == "-n")) continue;
      if (flags && word == "-M") { is_map = true; continue; }
      if (flags && word == "-u") { ++at_; continue; }
      if (flags && word == "--") { flags = false; continue; }
      if (flags && word == "-f") {
        has_file = true;
        ++at_;
        const bool is_read = add_file(line_.word(at_), is_map ? Columns::keys_and_values : Columns::keys,
                                      ignores_case, list(), line_.span(at_), reading_);
        readable = readable && is_read;
        continue;
      }
      flags = false;
      const bool is_number = match == Match::number || match == Match::len;
      if (is_number && (word == "eq" || word == "ge" || word == "gt" || word == "le" || word == "lt")) {
        relation = word;
        continue;
      }
      Pattern pattern{ranged(word, relation), ignores_case, {}, line_.span(at_)};
      if (const std::string problem = list().add(std::move(pattern)); !problem.empty()) {
        reading_.problems.error(line_.span(at_), problem);
        readable = false;
      }
    }
    const bool has_any_type =
        criterion->expression.fetch == Fetch::variable && criterion->expression.converters.empty();
    if (match == Match::unknown && has_any_type)
      reading_.problems.error(criterion->span, "a variable has any type: HAProxy expects a method behind it, such as "
                                               "-m str");
    const bool needs_patterns = match != Match::boolean && match != Match::found;
    if (needs_patterns && !has_file && (!patterns || patterns->all().empty())) {
      // `acl x hdr(host)` without any pattern never matches; a fetch that nobody knows is told anyway.
      if (match != Match::unknown) list();
    }
    if (!readable) match = Match::unknown;
    if (!patterns || !readable) patterns = std::make_shared<Patterns>(match);
    criterion->patterns = std::move(patterns);
    return criterion;
  }

 private:
  bool take_expression(Criterion& criterion) {
    std::string text(line_.word(at_));
    const bool is_known = at_ < end_ && line_.words[at_].known();
    const size_t stop = text.find_first_of("(,");
    if (const auto base = without_suffix(text.substr(0, stop))) {
      suffixed_ = base->match;
      text = base->name + (stop == std::string::npos ? "" : text.substr(stop));
    }
    criterion.expression = read_expression(text, line_.span(at_), reading_);
    ++at_;
    return is_known;
  }

  /// "gt" and its like as ranges.
  static std::string ranged(std::string_view word, std::string_view relation) {
    std::string text(word);
    if (relation == "ge") return text + ":";
    if (relation == "le") return ":" + text;
    const long number = std::strtol(text.c_str(), nullptr, 10);
    if (relation == "gt") return std::to_string(number + 1) + ":";
    if (relation == "lt") return ":" + std::to_string(number - 1);
    return text;
  }

  const Line& line_;
  size_t at_;
  size_t end_;
  Reading& reading_;
  std::optional<Match> suffixed_;
};

/// ACLs that exist without being declared (section 7.4).
std::shared_ptr<const Criterion> predefined(std::string_view name, SourceSpan span) {
  const auto make = [&](std::string_view expression, Match match, std::initializer_list<const char*> texts) {
    auto criterion = std::make_shared<Criterion>();
    criterion->expression = parse_expression(expression, span);
    criterion->span = span;
    auto patterns = std::make_shared<Patterns>(match);
    for (const char* text : texts) patterns->add({text, false, {}, span});
    criterion->patterns = std::move(patterns);
    return criterion;
  };
  if (name == "TRUE" || name == "WAIT_END" || name == "HTTP") return make("always_true", Match::boolean, {});
  if (name == "FALSE" || name == "HTTP_URL_STAR" || name == "HTTP_1.0")
    return make("always_false", Match::boolean, {});
  if (name == "METH_GET") return make("method", Match::str, {"GET", "HEAD"});
  if (name == "METH_HEAD" || name == "METH_POST" || name == "METH_PUT" || name == "METH_DELETE" ||
      name == "METH_OPTIONS" || name == "METH_TRACE" || name == "METH_CONNECT")
    return make("method", Match::str, {std::string(name.substr(5)).c_str()});
  if (name == "HTTP_2.0") return make("req.ver", Match::str, {"2.0"});
  if (name == "HTTP_1.1") return make("req.ver", Match::str, {"1.1"});
  if (name == "LOCALHOST" || name == "HTTP_URL_ABS" || name == "HTTP_URL_SLASH" || name == "HTTP_CONTENT" ||
      name == "REQ_CONTENT" || name == "RDP_COOKIE")
    return make("", Match::unknown, {});
  return nullptr;
}

}  // namespace

std::shared_ptr<const Criterion> read_criterion(const Line& line, size_t first, size_t end, Reading& reading) {
  return CriterionReader(line, first, end, reading).read();
}

Truth judge(const Criterion& criterion, const RequestView& request) {
  return criterion.patterns->find(evaluate(criterion.expression, request)).truth;
}

Condition read_condition(const Line& line, size_t first, const NamedAcls& acls, Reading& reading) {
  Condition condition;
  if (first >= line.words.size()) return condition;
  condition.stated = true;
  condition.span = line.span(first);
  condition.is_unless = line.word(first) == "unless";
  condition.alternatives.emplace_back();
  bool negated = false;
  const auto refuse = [&](size_t at, std::string problem) {
    reading.problems.error(line.span(at), std::move(problem));
    condition.readable = false;
  };
  for (size_t i = first + 1; i < line.words.size(); ++i) {
    std::string_view word = line.words[i].text;
    if (word == "||" || word == "or" || word == "OR") {
      condition.alternatives.emplace_back();
      continue;
    }
    while (word.starts_with('!')) {
      negated = !negated;
      word.remove_prefix(1);
    }
    if (word.empty()) continue;
    Condition::Term term;
    term.negated = std::exchange(negated, false);
    if (word == "{") {
      size_t close = i + 1;
      while (close < line.words.size() && line.words[close].text != "}") ++close;
      if (close == line.words.size() || close == i + 1) {
        refuse(i, "expecting a criterion and '}' behind '{', each between blanks");
        return condition;
      }
      term.criteria.push_back(read_criterion(line, i + 1, close, reading));
      i = close;
    } else if (const auto named = acls.find(word); named != acls.end()) {
      term.criteria = named->second;
    } else if (auto known = predefined(word, line.span(i))) {
      term.criteria.push_back(std::move(known));
    } else {
      refuse(i, fmt::format("no ACL '{}' is declared before this line in this section; HAProxy refuses it", word));
    }
    condition.alternatives.back().push_back(std::move(term));
  }
  if (condition.alternatives.back().empty()) refuse(first, fmt::format("'{}' expects a condition", line.word(first)));
  return condition;
}

Truth judge(const Condition& condition, const RequestView& request) {
  if (!condition.stated) return Truth::yes;
  if (!condition.readable) return Truth::unknown;
  Truth holds = Truth::no;
  for (const auto& terms : condition.alternatives) {
    Truth all = Truth::yes;
    for (const Condition::Term& term : terms) {
      Truth one = Truth::no;
      for (const auto& criterion : term.criteria) {
        one = either(one, judge(*criterion, request));
        if (one == Truth::yes) break;
      }
      all = both(all, term.negated ? !one : one);
      if (all == Truth::no) break;
    }
    holds = either(holds, all);
    if (holds == Truth::yes) break;
  }
  return condition.is_unless ? !holds : holds;
}

}  // namespace astray::haproxy
