#include "proxy/back/back_health.h"

namespace astray::proxy {

void AddressHealth::note_answer() {
  // Nearly always there is nothing to write, and the line stays in every thread's cache.
  if (failures_.load(relaxed) != 0) failures_.store(0, relaxed);
}

void AddressHealth::note_failure(const gateway::PassiveHealthSettings& settings, MonotonicTime now) {
  if (failures_.fetch_add(1, relaxed) + 1 < settings.failures) return;
  failures_.store(0, relaxed);
  rest_ends_.store((now + settings.rest).time_since_epoch().count(), relaxed);
}

void AddressHealth::note_check(Check check, const gateway::ActiveHealthSettings& settings) {
  const Checked said = check == Check::good ? Checked::healthy : Checked::unhealthy;
  const Checked known = checked();
  if (said == known) return against_.store(0, relaxed);
  const uint32_t needed = known == Checked::unknown ? 1
                          : check == Check::good    ? settings.healthy_after
                                                    : settings.unhealthy_after;
  if (against_.fetch_add(1, relaxed) + 1 < needed) return;
  against_.store(0, relaxed);
  checked_.store(said, relaxed);
}

std::shared_ptr<AddressHealth> HealthBoard::of(BackIndex back, const Endpoint& endpoint) {
  const std::lock_guard lock(mutex_);
  std::erase_if(by_address_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<AddressHealth>& known = by_address_[{back, endpoint}];
  std::shared_ptr<AddressHealth> health = known.lock();
  if (!health) known = health = std::make_shared<AddressHealth>();
  return health;
}

}  // namespace astray::proxy
