#pragma once
// What everybody who speaks to an I/O thread holds, however long that thread lives.
#include <sys/types.h>

#include "io/mailbox.h"

namespace astray::http {

class FetchTable;

class IoLink {
 public:
  IoLink();

  bool is_open() const { return mailbox_.is_open(); }
  /// In a child of fork() there is no thread to speak to, and locks may be held for ever by threads that are
  /// not there: nothing else may be touched then.
  bool is_of_this_process() const;
  Mailbox::Posted post(Mailbox::Letter letter);
  /// This is the thread that reads it.
  bool is_own_thread() const;
  /// For letters alone: the fetches of that thread.
  FetchTable& table() { return *table_; }

  /// Marks the present thread as the reader while it lives.
  class Reading {
   public:
    Reading(IoLink& link, EpollLoop& loop, FetchTable& table);
    ~Reading();

   private:
    Mailbox::Reader reader_;
  };

 private:
  const pid_t process_;
  Mailbox mailbox_;
  FetchTable* table_ = nullptr;
};

/// Whether this is an I/O thread of any client: such a one must not wait.
bool is_io_thread();

}  // namespace astray::http
