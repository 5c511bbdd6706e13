#pragma once
// What people do not want to be told of for a while.
#include "watch/model/problem.h"

namespace astray::watch {

/// What is said of it holds together: a problem is silenced when it is nothing beyond that.
struct Silence {
  uint64_t number = 0;       ///< of the store, from 1
  std::string problem{};     ///< id; "": any
  std::string from{}, to{};  ///< names of a pair; "": any
  std::string node{};        ///< "": any
  Instant until{};
  Remark remark{};  ///< it begins then

  bool operator==(const Silence&) const = default;
};

/// Of an event that people made: "acknowledged by Ann: the certificate is on its way", "silenced until … by Ann"; ""
/// for others.
std::string what_people_said(const ProblemEvent& event);

/// Whether the silence is of this problem. One that shows on further nodes or in further names than the silence
/// says is not: that a node is worked on must not hide what happens beside it.
bool concerns(const Silence& silence, const Problem& problem);

/// That of the silences, among those that last, which ends last.
std::optional<Silenced> silenced_by(const std::vector<Silence>& silences, const Problem& problem, Instant now);

}  // namespace astray::watch
