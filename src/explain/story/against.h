#pragma once
// A story held against what configurations say (--config).
#include <memory>
#include <span>
#include <vector>

#include "explain/story/story.h"
#include "servers/model/behaviour.h"

namespace astray::explain {

/// One configuration; borrowed.
struct ConfiguredSite {
  const Deployment* deployment = nullptr;
  const Behaviour* behaviour = nullptr;
};

/// Asks every HTTP listener with TLS what it does with the incident's SNI and authority, and notes what is
/// predicted, whether that is what was logged, and the directive that decides. Where listeners disagree, one
/// that answers as was logged counts. An incident without names is not asked.
void hold_against(std::span<const ConfiguredSite> sites, Story& story);

}  // namespace astray::explain
