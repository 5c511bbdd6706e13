#include "proxy/operation/admin_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json_writer.h"

namespace astray::proxy {
namespace {

constexpr size_t most_listed = 1000;
constexpr size_t most_names_listed = 100;

/// "2026-02-28T23:59:58Z".
std::string admin_time_text(gateway::WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

int64_t json_count(uint64_t number) {
  return static_cast<int64_t>(std::min<uint64_t>(number, INT64_MAX));
}

/// "key": [...], and "key_count": how many there are.
template <typename T, typename Write>
void write_list(JsonWriter& json, std::string_view key, const std::vector<T>& list, size_t most,
                Write write) {
  json.key(key).begin_array();
  for (size_t i = 0; i < std::min(list.size(), most); ++i) write(list[i]);
  json.end_array();
  json.key(fmt::format("{}_count", key)).number(json_count(list.size()));
}

void write_listener_json(JsonWriter& json, const AdminListener& listener) {
  json.begin_object().member("label", listener.label).member("address", listener.address.text());
  json.member("scheme", to_string(listener.scheme)).end_object();
}

void write_virtual_host_json(JsonWriter& json, const AdminVirtualHost& host) {
  json.begin_object().member("label", host.label);
  const auto write_text = [&](const std::string& text) { json.string(text); };
  write_list(json, "names", host.names, most_names_listed, write_text);
  write_list(json, "listeners", host.listeners, most_names_listed, write_text);
  json.end_object();
}

void write_pool_json(JsonWriter& json, const AdminPool& pool) {
  json.begin_object().member("back", pool.back).member("address", pool.address.text());
  json.member("health", to_string(pool.health));
  json.key("connections").number(json_count(pool.connections));
  json.key("requests").number(json_count(pool.requests)).end_object();
}

void write_refusal_json(JsonWriter& json, const RecentRefusal& refusal) {
  json.begin_object().member("time", admin_time_text(refusal.time));
  if (refusal.client) json.member("client", refusal.client->text());
  json.member_if_any("listener", refusal.listener);
  json.key("connection").number(json_count(refusal.connection_id));
  json.key("request").number(json_count(refusal.request_number));
  json.member("protocol", to_string(refusal.protocol));
  if (refusal.sni) json.member("sni", *refusal.sni);
  json.member_if_any("authority", refusal.authority);
  json.member_if_any("handshake_virtual_host", refusal.handshake_virtual_host);
  json.member_if_any("virtual_host", refusal.virtual_host);
  json.key("status").number(status(refusal.answer));
  json.member("reason", to_string(refusal.reason)).member("sentence", info(refusal.reason).sentence);
  json.end_object();
}

}  // namespace

std::string_view to_string(AdminPool::Health health) {
  constexpr std::string_view words[] = {"unknown", "healthy", "unhealthy"};
  return words[static_cast<size_t>(health)];
}

std::string admin_state_json(const AdminState& state) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("version", state.version);
  json.member("now", admin_time_text(state.now)).member("started", admin_time_text(state.started));
  json.member("serving", state.serving == MetricsState::Serving::draining ? "draining" : "ready");
  json.key("configuration").begin_object().key("generation").number(json_count(state.generation));
  if (state.configured) json.member("since", admin_time_text(*state.configured));
  json.end_object();
  write_list(json, "listeners", state.listeners, most_listed,
             [&](const AdminListener& listener) { write_listener_json(json, listener); });
  write_list(json, "virtual_hosts", state.virtual_hosts, most_listed,
             [&](const AdminVirtualHost& host) { write_virtual_host_json(json, host); });
  write_list(json, "pools", state.pools, most_listed,
             [&](const AdminPool& pool) { write_pool_json(json, pool); });
  write_list(json, "refusals", state.refusals, RecentRefusals::most,
             [&](const RecentRefusal& refusal) { write_refusal_json(json, refusal); });
  json.end_object();
  text += '\n';
  return text;
}

}  // namespace astray::proxy
