#pragma once
// ACLs and the conditions that combine them (configuration.txt, sections 7.1 and 7.2).
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "servers/haproxy/expression.h"
#include "servers/haproxy/patterns.h"
#include "servers/haproxy/reading.h"
#include "servers/haproxy/sections.h"

namespace astray::haproxy {

/// One `acl` line, or one criterion in braces.
struct Criterion {
  Expression expression;
  std::shared_ptr<const Patterns> patterns;
  SourceSpan span;
};

Truth judge(const Criterion& criterion, const RequestView& request);

/// The ACLs of one proxy by name; a name stands for all its lines, of which one has to match.
using NamedAcls = std::map<std::string, std::vector<std::shared_ptr<const Criterion>>, std::less<>>;

/// `words` from `first` on: the criterion, flags and patterns.
std::shared_ptr<const Criterion> read_criterion(const Line& line, size_t first, size_t end, Reading& reading);

/// if/unless with its terms.
struct Condition {
  struct Term {
    bool negated = false;
    std::vector<std::shared_ptr<const Criterion>> criteria;  ///< one of which has to match; none: unknown
  };
  std::vector<std::vector<Term>> alternatives;  ///< one of which has to hold with all its terms
  bool is_unless = false;
  bool stated = false;     ///< false: always true
  bool readable = true;    ///< false: a problem was told, nobody can say
  SourceSpan span;
};

/// From the word `if` or `unless` at `first`; `first` at the end of the line: no condition.
Condition read_condition(const Line& line, size_t first, const NamedAcls& acls, Reading& reading);
Truth judge(const Condition& condition, const RequestView& request);

}  // namespace astray::haproxy
