#include "library/io_link.h"

#include <unistd.h>

namespace astray::http {
namespace {

thread_local const IoLink* read_by_this_thread = nullptr;

}  // namespace

IoLink::IoLink() : process_(getpid()) {}

bool IoLink::is_of_this_process() const {
  return getpid() == process_;
}

Mailbox::Posted IoLink::post(Mailbox::Letter letter) {
  return is_of_this_process() ? mailbox_.post(std::move(letter)) : Mailbox::Posted::closed;
}

bool IoLink::is_own_thread() const {
  return read_by_this_thread == this;
}

IoLink::Reading::Reading(IoLink& link, EpollLoop& loop, FetchTable& table) : reader_(loop, link.mailbox_) {
  link.table_ = &table;
  read_by_this_thread = &link;
}

// The mark stays: the letters that are read last, and the listeners that they call, are on this thread too.
// It ends with the thread.
IoLink::Reading::~Reading() = default;

bool is_io_thread() {
  return read_by_this_thread != nullptr;
}

}  // namespace astray::http
