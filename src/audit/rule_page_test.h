#pragma once
// A rule's page as tests read it: its headings, and the cases under Fires and Stays silent.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace astray::test {

/// One fence of a case: "```kind argument", text, "```".
struct Fence {
  std::string
      kind;  ///< a server's, "file", "certificates", "dns", "options", "waivers", "expect", "answers"
  std::string argument;  ///< the rest of the opening line: a path, or ""
  std::string text;      ///< every line ends in '\n'
  size_t line = 0;       ///< of the opening line, from 1
};

enum class CaseKind { fires, stays_silent };

struct PageCase {
  CaseKind kind = CaseKind::fires;
  std::string title;
  size_t line = 0;
  std::vector<Fence> fences;
};

struct RulePage {
  std::string title;                  ///< behind "# "
  std::vector<std::string> headings;  ///< behind "## ", in order
  std::vector<std::string> empty_headings;
  std::vector<PageCase> cases;
};

/// An Error names the line and what was expected there.
Result<RulePage> parse_rule_page(std::string_view markdown);

}  // namespace astray::test
