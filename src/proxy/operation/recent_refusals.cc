#include "proxy/operation/recent_refusals.h"

#include <algorithm>

namespace astray::proxy {
namespace {

constexpr size_t most_name_bytes = 320;

std::string_view cut_name(std::string_view text) {
  return text.substr(0, most_name_bytes);
}

}  // namespace

void RecentRefusals::record(size_t worker, const gateway::LogRecord& record) {
  if (!record.answer || !record.reason || status(*record.answer) == 0) return;
  Ring& ring = rings_[worker];
  const std::lock_guard lock(ring.mutex);
  if (ring.refusals.size() < most) ring.refusals.emplace_back();
  RecentRefusal& refusal = ring.refusals[ring.next];
  ring.next = (ring.next + 1) % most;
  refusal.time = record.time;
  refusal.client = record.client;
  refusal.listener = record.listener;
  refusal.connection_id = record.connection_id;
  refusal.request_number = record.request_number;
  refusal.protocol = record.protocol;
  refusal.sni.reset();
  if (record.tls && record.tls->sni) refusal.sni = cut_name(*record.tls->sni);
  refusal.authority = cut_name(record.authority);
  refusal.handshake_virtual_host = record.tls ? record.tls->virtual_host : "";
  refusal.virtual_host = record.virtual_host;
  refusal.answer = *record.answer;
  refusal.reason = *record.reason;
}

std::vector<RecentRefusal> RecentRefusals::newest() const {
  std::vector<RecentRefusal> all;
  for (const Ring& ring : rings_) {
    const std::lock_guard lock(ring.mutex);
    all.insert(all.end(), ring.refusals.begin(), ring.refusals.end());
  }
  std::ranges::stable_sort(all, std::greater<>(), &RecentRefusal::time);
  if (all.size() > most) all.resize(most);
  return all;
}

}  // namespace astray::proxy
