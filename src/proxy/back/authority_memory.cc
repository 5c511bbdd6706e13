#include "proxy/back/authority_memory.h"

#include "base/check.h"

namespace astray::proxy {

void AuthorityMemory::remember(const BackKeyView& key, MonotonicTime now) {
  CHECK(!key.authority.empty());
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    known->second->until = now + lifetime;
    in_order_.splice(in_order_.end(), in_order_, known->second);
    return;
  }
  while (!in_order_.empty() && (in_order_.size() >= most || in_order_.front().until <= now)) {
    by_key_.erase(in_order_.front().key);
    in_order_.pop_front();
  }
  in_order_.push_back({BackKey::of(key), now + lifetime});
  by_key_.emplace(BackKey::of(key), std::prev(in_order_.end()));
}

AuthorityMemory::Answer AuthorityMemory::ask(const BackKeyView& key, MonotonicTime now) const {
  if (by_key_.empty()) return Answer::unknown;
  const auto known = by_key_.find(key);
  return known != by_key_.end() && now < known->second->until ? Answer::known : Answer::unknown;
}

}  // namespace astray::proxy
