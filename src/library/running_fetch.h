#pragma once
// One fetch, shared by its handles and the I/O thread. A handle posts what it wants; all else happens on that
// thread, in the letter's turn and never inside a callback or inside the fetch's own coroutine.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "astray/listener.h"
#include "client/client.h"
#include "io/wait_queue.h"
#include "library/io_link.h"
#include "library/source_bridge.h"

namespace astray::http {

class FetchTable;

class RunningFetch final : public std::enable_shared_from_this<RunningFetch>, client::ResponseConsumer {
 public:
  /// A request, or why it cannot be sent. `bridge`: of its body, may be null.
  RunningFetch(std::shared_ptr<IoLink> link, Listener& listener, Result<client::Request, FetchError> request,
               std::shared_ptr<SourceBridge> bridge);

  // From any thread.
  void resume();
  void cancel();
  bool ended() const;
  /// Until the end, or so long. Whether it has ended.
  bool wait(std::optional<std::chrono::nanoseconds> most);
  /// No callback any more; see ~Fetch.
  void abandon();

  // On the I/O thread.
  void begin(FetchTable& table);
  /// Nothing when it has ended.
  void stop(FetchError error);
  /// Frees what the ended coroutine held. Not from inside it.
  void release() { task_.cancel(); }
  /// Where there is no I/O thread at all.
  void begin_nowhere(FetchError error);

 private:
  Task<void> run(client::Client& client);
  void finish(const FetchError* error, const Report& report);
  Listener* hearing() const;
  void on_interim(const client::ResponseHead& head) override;
  void on_passed_over(const client::ResponseHead& head) override;
  void on_head(const client::ResponseHead& head, client::BodyFlow& flow) override;
  client::Demand on_body(std::string_view bytes) override;
  void on_trailers(const client::FieldList& fields) override;
  void obey(Demand demand);

  const std::shared_ptr<IoLink> link_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> abandoned_ = false;
  mutable std::mutex mutex_;
  std::condition_variable over_;
  bool ended_ = false;

  // Of the I/O thread.
  Listener& listener_;
  Result<client::Request, FetchError> request_;
  std::shared_ptr<SourceBridge> bridge_;
  FetchTable* table_ = nullptr;
  client::BodyFlow* flow_ = nullptr;
  bool paused_ = false;
  SpawnedTask task_;
};

/// The fetches of one I/O thread.
class FetchTable final : ReadyItem {
 public:
  FetchTable(Loop& loop, client::Client& client) : loop_(loop), client_(client), stopped_(loop) {}
  ~FetchTable();

  Loop& loop() { return loop_; }
  client::Client& client() { return client_; }

  void add(std::shared_ptr<RunningFetch> fetch);
  /// It has ended; its coroutine is freed in the next turn.
  void retire(RunningFetch& fetch);
  /// Ends all that run, and lets no other begin.
  void stop();
  bool stopping() const { return stopping_; }
  /// Ends after stop().
  Task<void> stopped();

 private:
  void on_ready() override;
  void release_retired();

  Loop& loop_;
  client::Client& client_;
  std::unordered_map<RunningFetch*, std::shared_ptr<RunningFetch>> running_;
  std::vector<std::shared_ptr<RunningFetch>> retired_;
  bool stopping_ = false;
  WaitQueue stopped_;
};

}  // namespace astray::http
