#pragma once
// How the addresses of all backs are, as far as the gateway has seen. Shared by its threads.
#include <atomic>
#include <map>
#include <memory>
#include <mutex>

#include "base/monotonic_time.h"
#include "gateway/configuration/back_settings.h"
#include "names/endpoint.h"
#include "proxy/back/back_request.h"

namespace astray::proxy {

/// One address of one back. Any thread may call anything; what two threads say at once counts in some order.
class AddressHealth {
 public:
  enum class Check : uint8_t { good, bad };
  /// By the gateway's own checks.
  enum class Checked : uint8_t { unknown, healthy, unhealthy };

  /// An ordinary request was answered.
  void note_answer();
  /// A connection or an answer failed.
  void note_failure(const gateway::PassiveHealthSettings& settings, MonotonicTime now);
  /// When its rest ends; in the past: it does not rest.
  MonotonicTime rest_ends() const { return MonotonicTime(Duration(rest_ends_.load(relaxed))); }
  bool rests(MonotonicTime now) const { return now < rest_ends(); }

  /// The first check decides by itself; later ones after so many in a row. For one thread.
  void note_check(Check check, const gateway::ActiveHealthSettings& settings);
  Checked checked() const { return checked_.load(relaxed); }

 private:
  static constexpr std::memory_order relaxed = std::memory_order_relaxed;
  std::atomic<uint32_t> failures_{0};  ///< in a row
  std::atomic<Duration::rep> rest_ends_{MonotonicTime::min().time_since_epoch().count()};
  std::atomic<Checked> checked_{Checked::unknown};
  std::atomic<uint32_t> against_{0};  ///< checks in a row that contradict checked_
};

/// Who needs an address's health finds the same object here, in any thread; it is forgotten with the last.
class HealthBoard {
 public:
  std::shared_ptr<AddressHealth> of(BackIndex back, const Endpoint& endpoint);

 private:
  std::mutex mutex_;
  std::map<std::pair<BackIndex, Endpoint>, std::weak_ptr<AddressHealth>> by_address_;
};

}  // namespace astray::proxy
