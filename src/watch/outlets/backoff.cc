#include "watch/outlets/backoff.h"

#include <algorithm>

namespace astray::watch {

Duration Backoff::next() {
  const Duration whole = next_;
  next_ = std::min(most_, next_ * 2);
  std::uniform_int_distribution<Duration::rep> between(whole.count() / 2, whole.count());
  return Duration(between(random_));
}

}  // namespace astray::watch
