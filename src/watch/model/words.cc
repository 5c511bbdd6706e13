#include <algorithm>
#include <array>

#include "watch/model/problem.h"

namespace astray::watch {
namespace {

constexpr std::array<std::string_view, 16> kinds = {"watcher-impaired",
                                                    "nothing-answers",
                                                    "node-silent",
                                                    "certificate-expired",
                                                    "certificate-gap",
                                                    "certificate-expiring",
                                                    "authentication-changed",
                                                    "protocol-changed",
                                                    "default-answering",
                                                    "misdirected",
                                                    "refused",
                                                    "verdict-changed",
                                                    "parity",
                                                    "drift",
                                                    "newly-coalescible",
                                                    "refusals-rising"};
constexpr std::array<std::string_view, 3> severities = {"info", "warning", "error"};
constexpr std::array<std::string_view, 4> states = {"suspected", "open", "resolved", "accepted"};
constexpr std::array<std::string_view, 7> steps = {"opened",       "grown",    "resolved",  "accepted",
                                                   "acknowledged", "silenced", "unsilenced"};

}  // namespace

std::string_view to_string(ProblemKind kind) {
  return kinds.at(static_cast<size_t>(kind));
}

std::optional<ProblemKind> find_problem_kind(std::string_view word) {
  const auto* found = std::find(kinds.begin(), kinds.end(), word);
  if (found == kinds.end()) return std::nullopt;
  return static_cast<ProblemKind>(found - kinds.begin());
}

std::string_view to_string(Severity severity) {
  return severities.at(static_cast<size_t>(severity));
}

std::string_view to_string(ProblemState state) {
  return states.at(static_cast<size_t>(state));
}

std::string_view to_string(ProblemStep step) {
  return steps.at(static_cast<size_t>(step));
}

}  // namespace astray::watch
