#include "explain/captures/packet_fields.h"

#include <algorithm>

#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {

constexpr std::array<std::string_view, packet_field_count> field_names = {
    "frame.number",
    "frame.time_epoch",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "quic.connection.number",
    "udp.srcport",
    "udp.dstport",
    "tls.handshake.type",
    "tls.handshake.extensions_server_name",
    "x509ce.dNSName",
    "tls.record.content_type",
    "tls.record.opaque_type",
    "http2.type",
    "http2.streamid",
    "http2.header.name",
    "http2.header.value",
    "http.request.method",
    "http.request.uri",
    "http.host",
    "http.user_agent",
    "http.response.code",
    "http.server",
    "http.content_type",
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == nowhere) return parts;
    text = text.substr(end + 1);
  }
}

}  // namespace

std::span<const std::string_view, packet_field_count> packet_field_names() {
  return field_names;
}

std::vector<std::string_view> PacketRow::all(PacketField field) const {
  if (!has(field)) return {};
  return split(one(field), packet_value_separator);
}

std::optional<PacketColumns> PacketColumns::read(std::string_view line) {
  PacketColumns columns;
  bool any = false;
  for (const std::string_view name : split(line, packet_field_separator)) {
    const auto found = std::find(field_names.begin(), field_names.end(), name);
    columns.columns_.emplace_back();
    if (found == field_names.end()) continue;
    columns.columns_.back() = static_cast<PacketField>(found - field_names.begin());
    any = true;
  }
  if (!any) return std::nullopt;
  return columns;
}

std::optional<PacketRow> PacketColumns::row(std::string_view line) const {
  const std::vector<std::string_view> parts = split(line, packet_field_separator);
  if (parts.size() != columns_.size()) return std::nullopt;
  PacketRow row;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (columns_[i]) row.set(*columns_[i], parts[i]);
  }
  return row;
}

}  // namespace astray::explain
