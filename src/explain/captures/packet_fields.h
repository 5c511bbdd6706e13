#pragma once
// Fields of tshark (wireshark.org/docs/dfref), and a line of them.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace astray::explain {

enum class PacketField : uint8_t {
  number,  ///< of the packet in its file, from 1
  time,
  ipv4_source, ipv4_target, ipv6_source, ipv6_target,
  tcp_stream, tcp_source, tcp_target,
  quic_connection, udp_source, udp_target,
  handshake, server_name, certificate_name, record_type, outer_record_type,
  h2_type, h2_stream, h2_name, h2_value,
  method, uri, host, agent,
  status, server, content_type,
};
inline constexpr size_t packet_field_count = 28;

/// Between the values of one field: no text of a protocol that is read here has it.
inline constexpr char packet_value_separator = '\x1f';
inline constexpr char packet_field_separator = '\t';

/// In the order of the enumeration.
std::span<const std::string_view, packet_field_count> packet_field_names();

/// One packet. Views into the line.
class PacketRow {
 public:
  std::string_view one(PacketField field) const { return values_[static_cast<size_t>(field)]; }
  std::vector<std::string_view> all(PacketField field) const;
  bool has(PacketField field) const { return !one(field).empty(); }
  void set(PacketField field, std::string_view values) { values_[static_cast<size_t>(field)] = values; }

 private:
  std::array<std::string_view, packet_field_count> values_{};
};

/// Which column is which field, by the line that names them.
class PacketColumns {
 public:
  /// Nothing when it names none of these fields.
  static std::optional<PacketColumns> read(std::string_view line);
  /// Nothing when there are more or fewer columns.
  std::optional<PacketRow> row(std::string_view line) const;

 private:
  std::vector<std::optional<PacketField>> columns_;
};

}  // namespace astray::explain
