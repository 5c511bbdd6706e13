#pragma once
// The thread of one client: its loop, its network, its pool.
#include <memory>
#include <thread>

#include "astray/trace.h"
#include "base/result.h"
#include "client/settings.h"
#include "library/io_link.h"

namespace astray::http {

class IoThread {
 public:
  /// An error: the process has no descriptors or threads left.
  static Result<std::unique_ptr<IoThread>> start(client::Settings settings, EventCallback on_event);
  /// Ends all fetches, says goodbye to the peers, and waits for the thread, unless this is it.
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  const std::shared_ptr<IoLink>& link() const { return link_; }
  /// Waits for the thread's answer, unless this is it.
  Counters counters() const;

 private:
  explicit IoThread(std::shared_ptr<IoLink> link) : link_(std::move(link)) {}
  std::shared_ptr<IoLink> link_;
  std::thread thread_;
};

}  // namespace astray::http
