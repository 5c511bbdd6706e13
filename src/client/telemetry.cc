#include "client/telemetry.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace astray::client {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string_view to_string(PoolEventKind kind) {
  constexpr std::string_view words[] = {"resolved",  "opening",       "opened",     "open-failed", "reused",
                                        "coalesced", "not-coalesced", "origin-set", "misdirected", "retried",
                                        "returned",  "redirected",    "evicted"};
  static_assert(std::size(words) == pool_event_kind_count);
  return words[static_cast<size_t>(kind)];
}

std::string to_text(const PoolEvent& event) {
  std::string line = fmt::format("{:8.3f}", seconds(event.time));
  auto out = std::back_inserter(line);
  if (event.request != 0) fmt::format_to(out, " #{}", event.request);
  fmt::format_to(out, " {}", to_string(event.kind));
  if (!event.authority.empty()) fmt::format_to(out, " {}", event.authority);
  if (event.connection != 0) fmt::format_to(out, " on connection {}", event.connection);
  if (!event.address.empty()) {
    fmt::format_to(out, " ({}{}, {}{}{})", event.server_name.empty() ? "no SNI" : "SNI ", event.server_name,
                   event.address, event.protocol.empty() ? "" : ", ", event.protocol);
  }
  if (event.reason) {
    fmt::format_to(out, ": {}", to_string(*event.reason));
    if (!event.rung.empty() && event.rung != to_string(*event.reason))
      fmt::format_to(out, " (rung {})", event.rung);
  }
  if (!event.detail.empty()) fmt::format_to(out, ": {}", event.detail);
  return line;
}

std::string to_json(const PoolEvent& event) {
  std::string line =
      fmt::format("{{\"time\":{:.6f},\"event\":{}", seconds(event.time), quoted(to_string(event.kind)));
  auto out = std::back_inserter(line);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) fmt::format_to(out, ",{}:{}", quoted(name), quoted(value));
  };
  if (event.request != 0) fmt::format_to(out, ",\"request\":{}", event.request);
  add("astray.http.authority", event.authority);
  if (event.connection != 0) fmt::format_to(out, ",\"astray.connection.id\":{}", event.connection);
  add("astray.tls.sni", event.server_name);
  add("peer", event.address);
  add("protocol", event.protocol);
  if (event.reason) add("astray.reason", to_string(*event.reason));
  add("rung", event.rung);
  add("detail", event.detail);
  return line + '}';
}

}  // namespace astray::client
