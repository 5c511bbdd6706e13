#pragma once
#include "watch/actions/actions.h"
#include "watch/state.h"
#include "watch/store/store.h"

namespace astray::watch {

/// What the page is drawn from, asked anew for each answer; and what it can do.
class PageSource {
 public:
  virtual const WatchState& state() const = 0;
  /// Null while there is none.
  virtual Store* store() = 0;
  virtual Instant now() const = 0;
  /// Null where the page only shows.
  virtual Actions* actions() = 0;

 protected:
  ~PageSource() = default;
};

}  // namespace astray::watch
