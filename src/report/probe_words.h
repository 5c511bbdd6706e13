#pragma once
// What several reports of a probe say about a cell, in the same words.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "probe/cell.h"
#include "report/palette.h"
#include "report/probe_formats.h"

namespace astray {

/// Every verdict, in the order of the enumeration.
inline constexpr size_t cell_verdicts = static_cast<size_t>(CellVerdict::could_not_tell) + 1;

/// For "the worst of several": a greater one deserves more attention. Different for every verdict.
int weight_of(CellVerdict verdict);
Role role_of(CellVerdict verdict);
/// What the letter stands for, in a few words.
std::string_view legend_of(CellVerdict verdict);
std::string_view to_string(ChainTrust trust);

/// The command that asks this one cell again, quoted for a POSIX shell.
std::string repeat_command(const ProbeCell& cell, const ProbeReport& report);
/// One argument for a POSIX shell (XCU §2.2.2), left bare where no quotes are needed.
std::string shell_word(std::string_view text);

/// What was sent: "SNI a.test, Host b.test over h2, reused, at 192.0.2.1:443".
std::string question_text(const ProbeCell& cell);
/// What was sent and what came, in one printable line: "SNI a.test, Host b.test over h2, reused, at
/// 192.0.2.1:443 → 200, certificate a.test, *.a.test".
std::string evidence_line(const ProbeCell& cell);

/// Lines about the cells that findings may point at: the first `most` that are misdirections, did not
/// answer, or differ from their prediction.
class KeptEvidence {
 public:
  struct Line {
    std::string text;
    std::string command;
  };
  void keep(const ProbeCell& cell, const ProbeReport& report);
  /// Null when it was not kept.
  const Line* find(uint64_t cell) const;

  static constexpr size_t most = 2000;

 private:
  std::map<uint64_t, Line> lines_;
};

/// "a.test → b.test", or the one name that there is, printable.
std::string pair_text(std::string_view from, std::string_view to);
/// The names in one line, at most `most` of them: "a, b and 3 more".
std::string names_text(const std::vector<std::string>& names, size_t most);

}  // namespace astray
