// Where a request goes: the address, and the pool behind it.
#include <fmt/format.h>

#include <algorithm>

#include "proxy/back/back.h"
#include "proxy/back/health_check.h"

namespace astray::proxy {

Availability Back::availability_of(const BackTarget& target, std::span<const Endpoint> tried) const {
  if (std::find(tried.begin(), tried.end(), target.place.endpoint) != tried.end()) return Availability::tried;
  if (settings_.health.active && target.health->checked() == AddressHealth::Checked::unhealthy)
    return Availability::failed;
  if (settings_.health.passive.settings && target.health->rests(commons_.loop.now()))
    return Availability::resting;
  // A full HTTP/2 connection may have streams left: what it has no room for waits, as it would elsewhere.
  const bool is_full = target.connections >= settings_.limits.connections && target.idle_count == 0;
  return is_full && !is_h2() ? Availability::full : Availability::ready;
}

std::shared_ptr<BackTarget> Back::choose(uint64_t hash, std::span<const Endpoint> tried) {
  candidates_.clear();
  for (const std::shared_ptr<BackTarget>& target : targets_) {
    candidates_.push_back({.availability = availability_of(*target, tried),
                           .active = target->active,
                           .identity = target->identity,
                           .rest_ends = target->health->rest_ends()});
  }
  const std::optional<size_t> chosen = balance_.choose(candidates_, hash);
  return chosen ? targets_[*chosen] : nullptr;
}

std::optional<Host> Back::verified_name(std::string_view sni, const Host& named) const {
  if (!gateway::uses_tls(settings_.protocol) || !settings_.verify.settings) return std::nullopt;
  if (settings_.verify.settings->name) return settings_.verify.settings->name;
  if (auto name = Hostname::parse(sni)) return Host(std::move(*name));
  return named;
}

bool Back::wants_own_connection(BackKeyView key, Scope scope, std::string_view authority) {
  if (scope == Scope::shared && memory_.size() == 0) return false;
  // What one address refuses, the others do, too.
  key.address = Endpoint::with_any_port(IpAddress::v4({}));
  key.authority = authority;
  const MonotonicTime now = commons_.loop.now();
  if (scope == Scope::shared) return memory_.ask(key, now) == AuthorityMemory::Answer::known;
  memory_.remember(key, now);
  return true;
}

BackPool& Back::pool_for(const std::shared_ptr<BackTarget>& target, const BackWish& wish,
                         std::string_view authority) {
  const bool is_tls = gateway::uses_tls(settings_.protocol);
  const std::string_view sni = is_tls && wish.sni ? wish.sni->text() : std::string_view();
  // The name in the SNI needs no copy; the others are rare.
  std::string other_name;
  std::string_view verified;
  if (is_tls && settings_.verify.settings) {
    verified = sni;
    if (settings_.verify.settings->name || sni.empty()) {
      other_name = verified_name(sni, target->place.named)->text();
      verified = other_name;
    }
  }
  BackKeyView key{index_, target->place.endpoint, sni, verified, {}};
  if (wants_own_connection(key, wish.scope, authority)) key.authority = authority;
  if (last_pool_ != nullptr && last_pool_->key.view() == key) return *last_pool_;
  auto found = pools_.find(key);
  if (found == pools_.end()) {
    BackKey owned = BackKey::of(key);
    BackKey kept = owned;
    found = pools_.try_emplace(std::move(owned), std::move(kept), target).first;
  }
  last_pool_ = &found->second;
  return found->second;
}

void Back::on_places() {
  adopt_places();
  resume_unplaced();
}

void Back::adopt_places() {
  std::vector<std::shared_ptr<BackTarget>> targets;
  for (const BackPlace& place : addresses_.places()) {
    const auto known = std::find_if(targets_.begin(), targets_.end(),
                                    [&](const auto& target) { return target->place == place; });
    if (known != targets_.end()) {
      targets.push_back(*known);
      continue;
    }
    targets.push_back(std::make_shared<BackTarget>(place, commons_.health.of(index_, place.endpoint)));
  }
  std::vector<std::shared_ptr<BackTarget>> before = std::exchange(targets_, std::move(targets));
  for (const std::shared_ptr<BackTarget>& target : before) {
    if (std::find(targets_.begin(), targets_.end(), target) == targets_.end())
      target->standing = BackTarget::Standing::vanished;
  }
  // Backwards: what is idle goes at once, and the last one takes its place.
  for (size_t i = connections_.size(); i-- > 0;) {
    if (connections_[i]->pool->target->standing == BackTarget::Standing::vanished) connections_[i]->retire();
  }
  if (!settings_.health.active || checks_ == HealthChecks::leave_to_another || mode_ == Mode::draining)
    return;
  std::erase_if(health_checks_, [&](const auto& check) {
    return std::none_of(targets_.begin(), targets_.end(),
                        [&](const auto& target) { return target->place == check->place(); });
  });
  for (const std::shared_ptr<BackTarget>& target : targets_) {
    const bool is_checked = std::any_of(health_checks_.begin(), health_checks_.end(),
                                        [&](const auto& check) { return check->place() == target->place; });
    if (is_checked) continue;
    const std::string sni = [&] {
      const auto& host = settings_.health.active->host;
      return host && host->name() != nullptr ? std::string(host->name()->text()) : std::string();
    }();
    health_checks_.push_back(std::make_unique<HealthCheck>(
        HealthCheckParts{commons_.loop, commons_.network, commons_.buffers, prepared_, commons_.wall_clock,
                         settings_, commons_.connection_ids},
        target->place, sni, verified_name(sni, target->place.named), target->health));
  }
}

void Back::resume_unplaced() {
  const bool is_early = targets_.empty() && addresses_.knowledge() == AddressList::Knowledge::pending;
  if (is_early && mode_ == Mode::serving) return;
  LinkQueue<WaitingRequest> waiting;
  waiting.take_all(unplaced_);
  while (WaitingRequest* request = waiting.pop()) {
    --counters_.waiting_now;
    place_waiting(*request);
  }
}

BackDescription Back::describe() const {
  BackDescription description{settings_.name.value.text, {}, addresses_.problem()};
  for (const std::shared_ptr<BackTarget>& target : targets_) {
    using Health = BackAddressDescription::Health;
    const Availability availability = availability_of(*target, {});
    description.addresses.push_back({.endpoint = target->place.endpoint,
                                     .health = availability == Availability::failed    ? Health::unhealthy
                                               : availability == Availability::resting ? Health::resting
                                                                                       : Health::healthy,
                                     .open = target->connections,
                                     .idle = target->idle_count,
                                     .active = target->active});
  }
  return description;
}

}  // namespace astray::proxy
