#pragma once
#include <list>
#include <unordered_map>

#include "base/monotonic_time.h"
#include "proxy/back/back_key.h"

namespace astray::proxy {

/// Which authorities need connections of their own, because a shared one was answered with 421 for them. A
/// later request for such an authority goes to its own connection at once.
///
/// The keys are without an address: what one address of a back refuses, the others do, too.
class AuthorityMemory {
 public:
  static constexpr size_t most = 1024;
  static constexpr Duration lifetime = std::chrono::minutes(10);

  /// Again: its time begins anew. The oldest makes room.
  void remember(const BackKeyView& key, MonotonicTime now);
  enum class Answer : uint8_t { unknown, known };
  Answer ask(const BackKeyView& key, MonotonicTime now) const;
  size_t size() const { return by_key_.size(); }

 private:
  struct Entry {
    BackKey key;
    MonotonicTime until;
  };
  std::list<Entry> in_order_;  ///< the first to end is first
  std::unordered_map<BackKey, std::list<Entry>::iterator, BackKeyHash, BackKeyEqual> by_key_;
};

}  // namespace astray::proxy
