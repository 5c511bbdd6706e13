#pragma once
// Sites with thousands of names have thousands of lines `use_backend X if { hdr(host) -i NAME }`. Neighbours that look one
// sample up in exact texts are found in one step here, so that the cost of a site grows with its names and not with
// their square.
#include <string>
#include <unordered_map>
#include <vector>

#include "servers/haproxy/rules.h"

namespace astray::haproxy {

struct UseBackend {
  Format target;
  Condition condition;
  SourceSpan span;
};

/// Neighbouring rules [begin, end) that compare the same expression with exact texts.
struct SwitchRun {
  size_t begin = 0, end = 0;
  const Expression* expression = nullptr;            ///< of the first; it lives in the rules
  std::unordered_map<std::string, size_t> exact;     ///< the first rule that has the text
  std::unordered_map<std::string, size_t> folded;    ///< the same for texts that ignore case, in lower case

  /// The first rule of the run that holds for this text; `end` without.
  size_t find(const std::string& text) const;
};

/// In order. Views into `rules`, which must not change any more.
std::vector<SwitchRun> switch_runs(const std::vector<UseBackend>& rules);

}  // namespace astray::haproxy
