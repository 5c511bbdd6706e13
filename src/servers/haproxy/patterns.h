#pragma once
// The patterns of an ACL, or the keys of a map: what a sample is looked up in.
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/source_span.h"
#include "servers/haproxy/conditional_block.h"
#include "servers/haproxy/expression.h"
#include "servers/nginx/regex.h"

namespace astray::haproxy {

struct Pattern {
  std::string text;
  bool ignores_case = false;
  std::string value;  ///< of a map's key
  SourceSpan span;
};

/// Immutable once filled. Exact texts are found in one step, prefixes, suffixes and expressions one after the
/// other, as HAProxy's lists are.
class Patterns {
 public:
  explicit Patterns(Match match) : match_(match) {}

  Match match() const { return match_; }
  /// Absent problem: taken. Else why the pattern is none ("…").
  std::string add(Pattern pattern);

  struct Found {
    Truth truth = Truth::no;
    const Pattern* pattern = nullptr;  ///< the first that matches; null for operators and unless `yes`
  };
  Found find(const Value& value) const;
  const std::vector<Pattern>& all() const { return all_; }

 private:
  Found find_text(std::string_view text) const;
  Found find_number(long number) const;
  const Pattern* longest_prefix_of(std::string_view text) const;
  bool matches(size_t index, std::string_view text, std::string_view lower) const;

  struct Range {
    long low = 0, high = 0;
  };
  Match match_;
  std::vector<Pattern> all_;
  std::vector<std::string> lower_;                        ///< of those that ignore case; "" else
  std::unordered_map<std::string, size_t> exact_, folded_;  ///< Match::str: the first of a text
  std::vector<std::shared_ptr<const nginx::Regex>> expressions_;  ///< Match::reg, by index
  std::vector<Range> ranges_;                             ///< Match::number and len, by index
};

}  // namespace astray::haproxy
