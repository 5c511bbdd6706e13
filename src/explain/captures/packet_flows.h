#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "explain/captures/packet_fields.h"
#include "explain/captures/witness.h"
#include "explain/logs/log_field.h"

namespace astray::explain {

/// Puts packets together: which connection had which handshake, what was asked on it, and what was answered.
class PacketFlows {
 public:
  static constexpr size_t most_flows = size_t{1} << 16;  ///< open ones
  static constexpr size_t most_open_requests = 4096;     ///< on one connection

  PacketFlows(uint32_t file, Witness& witness) : file_(file), witness_(witness) {}
  /// One packet. False when its parts do not fit each other.
  bool take(const PacketRow& row);
  /// Tells of requests that nothing answered, and of connections that stayed sealed.
  void finish();
  uint64_t connections() const { return connections_; }

 private:
  struct Asked {
    std::string authority, method, path, agent;
    std::optional<int64_t> time{};
    uint64_t line = 0;
  };
  struct Answered {
    int status = 0;
    std::string server, via, content_type;
  };
  struct Flow {
    uint64_t line = 0;  ///< number of its first packet
    uint64_t last = 0;  ///< and of the last one so far
    std::string client, client_port, server, server_port;
    std::string sni;
    std::string certificate;  ///< its names, separated by commas
    bool hello_seen = false;
    bool quic = false;
    bool readable = false;     ///< HTTP was seen in it
    bool sealed_data = false;  ///< and what could be HTTP
    bool certificate_asked = false;
    std::map<uint64_t, Asked> streams;  ///< of HTTP/2
    std::deque<Asked> requests;         ///< of HTTP/1.1
  };
  /// A list of fields, as one HEADERS frame (with its CONTINUATIONs) has it.
  struct Head {
    Asked asked;
    Answered answered;
  };

  void take_handshake(const PacketRow& row, Flow& flow);
  void take_http1(const PacketRow& row, Flow& flow, std::string_view connection, uint64_t line);
  bool take_http2(const PacketRow& row, Flow& flow, std::string_view connection, uint64_t line);
  static void orient(const PacketRow& row, Flow& flow, bool from_client);
  /// Tells what is left to be told of it.
  void close(const Flow& flow, std::string_view connection);
  /// Closes those that were silent for longest.
  void make_room();
  void tell(const Flow& flow, std::string_view connection, const Asked& asked, const Answered* answered,
            Protocol protocol);

  uint32_t file_;
  Witness& witness_;
  FieldReader fields_;
  std::unordered_map<std::string, Flow> flows_;
  uint64_t connections_ = 0;
};

}  // namespace astray::explain
