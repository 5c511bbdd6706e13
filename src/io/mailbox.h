#pragma once
// The one way into a loop from other threads.
#include <functional>
#include <mutex>
#include <vector>

#include "io/epoll_loop.h"
#include "io/file_descriptor.h"

namespace astray {

/// Takes work from any thread for the loop that reads it. Belongs to no loop, so it may outlive its reader:
/// who posts then is told.
class Mailbox {
 public:
  using Letter = std::function<void()>;
  enum class Posted : uint8_t {
    taken,   ///< it will run, in the reader's thread, behind all that was taken before
    closed,  ///< nobody reads any more
  };
  class Reader;

  /// Not open when the process has no descriptor left; then every letter is refused.
  Mailbox();

  bool is_open() const { return wake_.is_open(); }
  /// Any thread, the reader's too. Never runs the letter itself.
  Posted post(Letter letter);

 private:
  std::vector<Letter> take_all();

  FileDescriptor wake_;
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<Letter> letters_;
};

/// Runs the letters on a loop. One to a mailbox, which is open and outlives it. What is taken up in a turn is
/// what had come by then. A letter must not destroy the reader.
class Mailbox::Reader final : public DescriptorWatch {
 public:
  Reader(EpollLoop& loop, Mailbox& mailbox);
  /// Closes the mailbox, then runs what it had taken: no letter is ever lost.
  ~Reader() override;

 private:
  void on_readiness(Readiness readiness) override;
  Mailbox& mailbox_;
};

}  // namespace astray
