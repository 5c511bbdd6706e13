#pragma once
// NATS JetStream through its own library, which waits where it is called: on a thread of its own.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/epoll_loop.h"
#include "watch/settings/settings.h"

namespace astray::watch {

struct NatsMessage {
  std::string subject;
  /// Nats-Msg-Id: the stream keeps one of those that come twice within its window. "": no stream keeps it, and those
  /// get it who hear at the moment.
  std::string id;
  std::string payload;
};

struct NatsFailure {
  std::string sentence;
  bool is_of_the_message = false;  ///< too large, say: it will never be taken
};

/// The URL without a user's name and password, to be shown.
std::string shown_address(const NatsSettings& settings);

struct NatsFollowing {
  std::string subject;
  std::string durable;  ///< name of the consumer, whose place the server keeps; "": what is said from now on
  /// On the loop. What was handed on is acknowledged afterwards.
  std::function<void(std::string payload)> receive;
  /// On the loop: why nothing comes; nothing once something can come again.
  std::function<void(std::optional<std::string> sentence)> trouble;
};

/// The stream "ASTRAY" with the subjects "astray.>" is made when it is missing.
class NatsLink {
 public:
  /// The loop outlives it. Connects when it is first needed, and again whenever it must.
  NatsLink(EpollLoop& loop, NatsSettings settings);
  /// Waits for what the library is at: two seconds at most.
  ~NatsLink();
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;

  /// Ends when the stream has it. One at a time; a task that is cancelled leaves its message to its fate.
  Task<Result<void, NatsFailure>> publish(NatsMessage message);
  /// From now on. What is published meanwhile waits for some fifths of a second.
  void follow(NatsFollowing following);

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace astray::watch
