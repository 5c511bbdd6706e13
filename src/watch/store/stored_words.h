#pragma once
// Values of enumerations are stored as their words: numbers would mean something else as soon as a value is
// added among them.
#include <string_view>

#include "report/probe_words.h"
#include "watch/model/problem.h"

namespace astray::watch {

template <typename Enum>
inline constexpr Enum last_of = Enum{};
template <>
inline constexpr CellVerdict last_of<CellVerdict> = CellVerdict::could_not_tell;
template <>
inline constexpr Reason last_of<Reason> = Reason::facts_missing;
template <>
inline constexpr ProbeFailure last_of<ProbeFailure> = ProbeFailure::cancelled;
template <>
inline constexpr Agreement last_of<Agreement> = Agreement::differs;
template <>
inline constexpr ChainTrust last_of<ChainTrust> = ChainTrust::untrusted;
template <>
inline constexpr AlpnOffer last_of<AlpnOffer> = AlpnOffer::h2_only;
template <>
inline constexpr ConnectionUse last_of<ConnectionUse> = ConnectionUse::reused;
template <>
inline constexpr ProblemKind last_of<ProblemKind> = ProblemKind::refusals_rising;
template <>
inline constexpr Severity last_of<Severity> = Severity::error;
template <>
inline constexpr ProblemState last_of<ProblemState> = ProblemState::accepted;
template <>
inline constexpr ProblemStep last_of<ProblemStep> = ProblemStep::unsilenced;

/// A word that this astray does not know (a newer one wrote it, and this one took the store over) becomes
/// `otherwise`: what cannot be told, and never a reason to give up the past.
template <typename Enum>
Enum from_word(std::string_view word, Enum otherwise) {
  for (size_t i = 0; i <= static_cast<size_t>(last_of<Enum>); ++i)
    if (to_string(static_cast<Enum>(i)) == word) return static_cast<Enum>(i);
  return otherwise;
}

}  // namespace astray::watch
