#include "io/equal_waits.h"

namespace astray {

void EqualWaits::begin(EqualWait& wait) {
  const MonotonicTime now = loop_.now();
  if (wait.is_queued()) {
    if (wait.since_ == now) return;
    wait.unqueue();
  }
  wait.since_ = now;
  waits_.push(wait);
  if (!is_set()) loop_.timers().set(*this, now + length_);
}

void EqualWaits::on_deadline(MonotonicTime now) {
  // Taken out together: whoever begins anew waits for the next time, even where the length is 0.
  LinkQueue<EqualWait> due;
  while (EqualWait* first = waits_.first()) {
    if (first->since_ + length_ > now) break;
    first->unqueue();
    due.push(*first);
  }
  while (EqualWait* wait = due.pop()) wait->on_wait_over(now);
  if (const EqualWait* first = waits_.first()) loop_.timers().set(*this, first->since_ + length_);
}

}  // namespace astray
