#pragma once
// One thread of the gateway: a loop, its listening sockets, its connections, its backs. Workers share nothing
// but immutable sites and what is made for that (the log's writer, counters, the health of backs).
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/cares_resolver.h"
#include "io/epoll_loop.h"
#include "io/mailbox.h"
#include "io/socket_network.h"
#include "io/wait_queue.h"
#include "proxy/back/backs.h"
#include "proxy/front/front_connection.h"
#include "proxy/operation/metrics.h"
#include "proxy/operation/recent_refusals.h"
#include "proxy/operation/worker_log.h"
#include "proxy/operation/worker_records.h"

namespace astray::proxy {

/// A socket that listens for a listener of the site.
struct ListeningSocket {
  std::string listener;  ///< label
  FileDescriptor socket;
};

/// What all workers use, made to be shared. Outlives them.
struct WorkersShared {
  explicit WorkersShared(size_t workers) : metrics(workers), refusals(workers) {}
  std::shared_ptr<HealthBoard> health = std::make_shared<HealthBoard>();
  std::atomic<uint64_t> back_connection_ids{0};
  std::atomic<uint64_t> connections{0};  ///< of clients, open at the moment
  Metrics metrics;
  RecentRefusals refusals;
};

/// What a worker is made of.
struct WorkerParts {
  uint32_t number = 0;
  std::shared_ptr<const Site> site;
  std::vector<ListeningSocket> sockets;
  WorkersShared* shared = nullptr;
  LogWriter* log = nullptr;  ///< null: no log; outlives the worker
  std::shared_ptr<const gateway::LogFormat> log_format{};
  uint32_t seed = 0;  ///< for choices that must not be the same everywhere
};

class Worker final : public FrontKeeper, public Journal {
 public:
  explicit Worker(WorkerParts parts);
  ~Worker();

  /// In the thread that shall be the worker's, until drain() or stop() has done its work.
  void run();

  // From any thread.
  /// Requests that begin from now on are judged and carried by this site. Sockets of listeners that it no
  /// longer has, or has elsewhere, are closed; `added` are those of new ones and of those that moved.
  void adopt(std::shared_ptr<const Site> site, std::vector<ListeningSocket> added);
  /// Accepts no more; what is under way goes on, then run() returns.
  void drain();
  /// run() returns soon, whatever is under way.
  void stop();
  /// How the pools are, a moment ago; asks for a newer state meanwhile.
  std::vector<BackDescription> describe_backs();
  uint64_t connections_open() const { return open_.load(std::memory_order_relaxed); }

 private:
  struct Accepting;

  Loop& loop() override { return loop_; }
  WireBuffers& buffers() override { return buffers_; }
  const std::shared_ptr<const Generation>& generation() override { return generation_; }
  Journal& journal() override { return *this; }
  std::minstd_rand& random() override { return random_; }
  uint64_t next_connection_id() override;
  void on_handshake_done(const ClientConnection& connection) override;
  void on_handshake_failed(std::optional<tls::FailureKind> kind) override;
  void on_finished(FrontConnection& connection) override;
  gateway::WallTime wall_time() override;
  std::string_view http_date() override;
  void on_request_ended(const gateway::LogRecord& record) override;
  void on_back_answered(const std::string& back, Duration duration) override;
  void on_back_failed(const std::string& back, BackFailure::Kind kind) override;
  void on_back_misdirected(const std::string& back) override;

  WorkerMetrics& metrics() { return parts_.shared->metrics.worker(parts_.number); }
  Task<void> live();
  Task<void> accept_from(Accepting& accepting);
  void accept(const std::string& listener, std::unique_ptr<Stream> stream);
  void begin_accepting(std::vector<ListeningSocket> sockets);
  void take_up(std::shared_ptr<const Site> site, std::vector<ListeningSocket> added);
  void begin_draining();
  void check_end();
  std::shared_ptr<BackSender> make_backs(const std::shared_ptr<const Site>& site);

  WorkerParts parts_;
  Mailbox mailbox_;
  EpollLoop loop_;
  SocketNetwork network_;
  std::unique_ptr<Resolver> resolver_;
  WireBuffers buffers_;
  std::minstd_rand random_;
  std::shared_ptr<const Generation> generation_;
  std::unique_ptr<WorkerLog> log_;
  std::optional<WorkerRecords> records_;  ///< while it runs
  std::vector<std::unique_ptr<Accepting>> accepting_;
  std::unordered_map<FrontConnection*, std::unique_ptr<FrontConnection>> connections_;

  /// Destroys finished connections when none of their calls is under way.
  class Gravedigger final : public FlushItem {
   public:
    explicit Gravedigger(Worker& worker) : worker_(worker) {}
    void flush() override { worker_.bury(); }

   private:
    Worker& worker_;
  };
  void bury();
  Gravedigger gravedigger_{*this};
  std::vector<FrontConnection*> finished_;
  Backs* backs_ = nullptr;  ///< of generation_
  std::unordered_map<std::string, BackSlot> back_slots_;
  const std::pair<const std::string, BackSlot>* last_slot_ = nullptr;  ///< of them: many in a row ask for the same
  BackSlot slot_of(const std::string& back);
  std::mutex description_mutex_;
  std::vector<BackDescription> description_;

  enum class Phase : uint8_t { working, draining } phase_ = Phase::working;
  Gate ended_{loop_};
  uint64_t connections_made_ = 0;
  std::atomic<uint64_t> open_{0};
  uint64_t clock_turn_ = 0;
  gateway::WallTime wall_time_{};
  int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace astray::proxy
