#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/log/log_record.h"

namespace astray::proxy {

/// A request that the gateway refused for whom it named. Texts as sent, cut at 320 bytes.
struct RecentRefusal {
  gateway::WallTime time{};
  std::optional<Endpoint> client{};
  std::string listener{};
  uint64_t connection_id = 0;
  uint64_t request_number = 0;
  Protocol protocol = Protocol::h1;
  std::optional<std::string> sni{};
  std::string authority{};
  std::string handshake_virtual_host{};  ///< label; empty: none
  std::string virtual_host{};            ///< label; empty: nobody's
  Answer answer = Answer::misdirected;
  Reason reason = Reason::unowned;
};

/// The last refusals of all workers, for whoever looks for the cause of one. A flood of them costs a lock
/// that nobody else holds and a few copies each, and no memory beyond the bound.
class RecentRefusals {
 public:
  static constexpr size_t most = 256;

  explicit RecentRefusals(size_t workers) : rings_(workers) {}

  /// One thread for each worker. A record of a request that was not refused changes nothing.
  void record(size_t worker, const gateway::LogRecord& record);
  /// Any thread; the newest first, at most `most`.
  std::vector<RecentRefusal> newest() const;

 private:
  struct alignas(64) Ring {
    mutable std::mutex mutex;
    std::vector<RecentRefusal> refusals;  // grows to `most`, then each takes the place of the oldest
    size_t next = 0;
  };
  std::deque<Ring> rings_;
};

}  // namespace astray::proxy
