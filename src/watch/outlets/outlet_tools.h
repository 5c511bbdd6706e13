#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "base/instant.h"
#include "io/loop.h"
#include "watch/outlets/sender.h"
#include "watch/store/store.h"

namespace astray::watch {

/// The store at the moment; null while there is none. Asked for anew each time: one that is corrupt is put
/// aside, and another takes its place.
using StoreAccess = std::function<Store*()>;
inline tl::unexpected<StoreError> no_store() {
  return tl::unexpected(StoreError{StoreTrouble::unavailable, "there is no store at the moment"});
}

/// What all outlets that send are given. Everything in it outlives them.
struct OutletTools {
  Loop& loop;
  Sender& sender;
  StoreAccess store;
  std::function<Instant()> wall_clock;
  uint64_t seed = 0;  ///< differs between watchers and between outlets
  std::string version;
};

}  // namespace astray::watch
