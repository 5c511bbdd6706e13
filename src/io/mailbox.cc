#include "io/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"

namespace astray {

Mailbox::Mailbox() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), closed_(!wake_.is_open()) {}

Mailbox::Posted Mailbox::post(Letter letter) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Posted::closed;
  letters_.push_back(std::move(letter));
  // One wake is enough for all letters that lie there.
  if (letters_.size() == 1) eventfd_write(wake_.number(), 1);
  return Posted::taken;
}

std::vector<Mailbox::Letter> Mailbox::take_all() {
  const std::lock_guard lock(mutex_);
  return std::exchange(letters_, {});
}

Mailbox::Reader::Reader(EpollLoop& loop, Mailbox& mailbox)
    : DescriptorWatch(loop, mailbox.wake_.number(), Interest::read, Trigger::edge), mailbox_(mailbox) {}

Mailbox::Reader::~Reader() {
  {
    const std::lock_guard lock(mailbox_.mutex_);
    mailbox_.closed_ = true;
  }
  for (const Letter& letter : mailbox_.take_all()) letter();
}

void Mailbox::Reader::on_readiness(Readiness) {
  // The counter first: a letter that comes behind this wakes again.
  eventfd_t count = 0;
  eventfd_read(mailbox_.wake_.number(), &count);
  for (const Letter& letter : mailbox_.take_all()) letter();
}

}  // namespace astray
