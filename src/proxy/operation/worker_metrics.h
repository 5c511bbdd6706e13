#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/monotonic_time.h"
#include "proxy/back/back_request.h"
#include "tls/engine/words.h"
#include "verdict/connection_facts.h"
#include "verdict/verdict.h"
#include "web/counter.h"

namespace astray::proxy {

/// Which counters of a worker belong to a back: the same for the same label, as long as the process lives, so
/// that counters go on over a reload.
enum class BackSlot : uint16_t {};
/// Backs with counters of their own; those beyond share the slot of this number.
inline constexpr size_t most_back_slots = 1024;

template <typename Enumeration>
constexpr size_t count_up_to(Enumeration last) {
  return static_cast<size_t>(last) + 1;
}
inline constexpr size_t protocol_kinds = count_up_to(Protocol::h3);
inline constexpr size_t status_classes = 6;  // none, 1xx … 5xx
inline constexpr size_t tls_versions = count_up_to(tls::Version::tls1_3);
inline constexpr size_t tls_failures = count_up_to(tls::FailureKind::local);
inline constexpr size_t reason_count = count_up_to(Reason::facts_missing);
inline constexpr size_t back_failures = count_up_to(BackFailure::Kind::timed_out);

enum class BackConnectionEvent : uint8_t { opened, failed, closed };

struct BackMetrics {
  std::array<web::Counter, 3> connections;  // by BackConnectionEvent
  web::Counter answered;
  std::array<web::Counter, back_failures> failed;  // by BackFailure::Kind
  web::Counter retries_after_421;
  web::DurationHistogram durations;
};

/// What one worker counts. Its thread alone calls what is not const; Metrics reads along. Nothing here waits,
/// and memory is taken once for each back.
class alignas(64) WorkerMetrics {
 public:
  WorkerMetrics() = default;
  WorkerMetrics(const WorkerMetrics&) = delete;
  WorkerMetrics& operator=(const WorkerMetrics&) = delete;
  ~WorkerMetrics();

  void connection_opened() { connections_opened_.add(); }
  void connection_closed() { connections_closed_.add(); }
  enum class Session : uint8_t { full, resumed };
  void handshake_done(tls::Version version, Session session) {
    handshakes_done_[static_cast<size_t>(version)][static_cast<size_t>(session)].add();
  }
  void handshake_failed(tls::FailureKind kind) { handshakes_failed_[static_cast<size_t>(kind)].add(); }
  void handshake_timed_out() { handshakes_timed_out_.add(); }

  void judged(Answer answer, Reason reason);
  /// A request ended. `status` 0: no response was begun.
  void request_ended(Protocol protocol, int status, Duration duration);

  void back_connection(BackSlot back, BackConnectionEvent event) {
    of(back).connections[static_cast<size_t>(event)].add();
  }
  /// `duration`: from the request to the head of the answer.
  void back_answered(BackSlot back, Duration duration);
  void back_failed(BackSlot back, BackFailure::Kind kind) {
    of(back).failed[static_cast<size_t>(kind)].add();
  }
  void back_retried_after_421(BackSlot back) { of(back).retries_after_421.add(); }

 private:
  friend class Metrics;
  BackMetrics& of(BackSlot back);
  /// Any thread; null: this worker has counted nothing for it.
  const BackMetrics* find(BackSlot back) const {
    return backs_[static_cast<size_t>(back)].load(std::memory_order_acquire);
  }

  web::Counter connections_opened_, connections_closed_;
  std::array<std::array<web::Counter, 2>, tls_versions> handshakes_done_;
  std::array<web::Counter, tls_failures> handshakes_failed_;
  web::Counter handshakes_timed_out_;
  std::array<web::Counter, reason_count> misdirected_, bad_requests_;
  web::Counter coalesced_;
  std::array<std::array<web::Counter, status_classes>, protocol_kinds> requests_;
  web::DurationHistogram request_durations_;
  std::array<std::atomic<BackMetrics*>, most_back_slots + 1> backs_{};
};

}  // namespace astray::proxy
