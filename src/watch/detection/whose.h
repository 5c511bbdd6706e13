#pragma once
// Whose certificate or page an answer shows, where it is not the asked name's.
#include <optional>
#include <string>

#include "watch/detection/round_view.h"

namespace astray::watch {

struct Owner {
  /// A name of the same node, or "": what names get that nobody configures.
  std::string name;
  bool is_default = false;  ///< unknown names get it too
  /// The problem that told of it before: it says what it is, also where this round has not asked the owner.
  const Problem* problem = nullptr;
};

/// `what` of a problem (CauseKey) that names the owner.
std::string what_of(const Owner& owner);

/// Whose certificate it was before the asked name showed it. Nothing: nobody's, it is a new one.
std::optional<Owner> owner_of_certificate(const RoundView& view, size_t record);
/// Whose page it is on this node, where it was another one that the asked name had (before, or has on most
/// other nodes).
std::optional<Owner> owner_of_page(const RoundView& view, size_t record);

}  // namespace astray::watch
