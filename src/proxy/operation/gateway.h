#pragma once
// The gateway as a whole: its workers, the sockets they listen on, its log.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proxy/operation/socket_activation.h"
#include "proxy/operation/worker.h"

namespace astray::proxy {

class Gateway {
 public:
  /// Hears of troubles, from any thread; a sentence.
  using Tell = std::function<void(std::string_view)>;
  /// All workers are done; called once, from one of them.
  using Ended = std::function<void()>;

  /// Opens the sockets (or takes those that the service manager opened), becomes the configured user, opens
  /// the log, and starts a thread for each worker. The error says which address or file, and why not. Signals
  /// should have been taken by then (SignalQueue).
  static Result<std::unique_ptr<Gateway>> start(std::shared_ptr<const Site> site,
                                                std::vector<ActivatedSocket> activated, Tell tell,
                                                Ended ended);
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  /// Stops whatever is under way.
  ~Gateway();

  /// Requests that begin from now on are judged and carried by this site. When a new listener cannot be
  /// opened, everything stays as it was. What a running process cannot change (threads, log, user) stays.
  Result<void> adopt(std::shared_ptr<const Site> site);
  /// Accepts no more; requests under way go on.
  void drain();
  /// Ends them.
  void stop();
  void reopen_log();

  const Site& site() const { return *site_; }
  Metrics& metrics() { return shared_->metrics; }
  const RecentRefusals& refusals() const { return shared_->refusals; }
  LogCounts log_counts() const { return log_ != nullptr ? log_->counts() : LogCounts(); }
  /// As they were a moment ago, of all workers.
  std::vector<BackDescription> describe_backs();
  uint32_t threads() const { return static_cast<uint32_t>(workers_.size()); }
  uint64_t connections_open() const;

 private:
  Gateway(size_t workers, Tell tell, Ended ended)
      : tell_(std::move(tell)), ended_(std::move(ended)), shared_(std::make_unique<WorkersShared>(workers)) {}
  using Sockets = std::vector<std::vector<ListeningSocket>>;  ///< by worker
  Result<Sockets> open_sockets(const Site& site, const Site* before,
                               const std::vector<ActivatedSocket>& activated) const;
  Result<void> start_workers(Sockets sockets);

  Tell tell_;
  Ended ended_;
  std::shared_ptr<const Site> site_;
  std::unique_ptr<LogWriter> log_;
  std::unique_ptr<WorkersShared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<uint32_t> running_{0};
  std::vector<std::thread> threads_;  ///< behind what they use
};

}  // namespace astray::proxy
