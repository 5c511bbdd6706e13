#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "explain/captures/netlog_event.h"
#include "explain/captures/witness.h"

namespace astray::explain {

/// Puts a NetLog's events together: which request went on which connection, why, and what was answered.
/// HTTP/2 is told by its sessions, which see each stream; HTTP/1.1 and HTTP/3 by the URL requests.
class NetLogRequests {
 public:
  static constexpr size_t most_sources = size_t{1} << 17;

  NetLogRequests(uint32_t file, Witness& witness) : file_(file), witness_(witness) {}
  void take(const NetLogRecord& record, uint64_t line);
  /// Tells of requests that nothing answered.
  void finish();

 private:
  /// A TCP connection, by its socket; a QUIC session has its own here.
  struct Socket {
    std::string host;  ///< of the connection's group: what Chrome puts into the SNI
    std::string local;
    std::string remote;
    std::string certificate;  ///< its names, separated by commas
    std::optional<bool> client_certificate_asked{};
  };
  /// What was asked on one stream, or by one URL request.
  struct Asked {
    std::string authority, method, path, agent;
    std::optional<int64_t> time{};
    uint64_t exchange = 0;
    std::string_view rung{};
    std::optional<Scheme> scheme{};
    uint64_t line = 0;
  };
  struct Session {
    std::string host;
    uint64_t socket = 0;
    Protocol protocol = Protocol::h2;
    std::map<uint64_t, Asked> streams;
  };
  struct Job {
    uint64_t request = 0;
    uint64_t socket = 0;
    uint64_t session = 0;
    NetLogEvent how = NetLogEvent::other;  ///< it came to its session
  };
  struct Request {
    uint64_t job = 0;
    uint64_t quic_session = 0;
    std::optional<Protocol> protocol{};
    Asked asked;
    bool pending = false;  ///< asked and not answered, where this tells of it
  };

  void take_request_event(const NetLogRecord& record, uint64_t line);
  void take_socket_event(const NetLogRecord& record);
  void take_quic_event(const NetLogRecord& record);
  Asked read_asked(const NetLogRecord& record, uint64_t line) const;
  void send_on_session(const NetLogRecord& record, uint64_t line);
  void answer(const Asked& asked, const std::string& host, uint64_t socket, std::string_view connection, Protocol protocol,
              const NetLogRecord* response);
  void answer_request(Request& request, const NetLogRecord* response);
  void end_session(Session& session, uint64_t id);
  template <typename Map>
  typename Map::mapped_type* make(Map& map, uint64_t id);

  uint32_t file_;
  Witness& witness_;
  std::unordered_map<uint64_t, Socket> sockets_;
  std::unordered_map<uint64_t, Session> sessions_;
  std::unordered_map<uint64_t, Job> jobs_;
  std::unordered_map<uint64_t, Request> requests_;
  std::unordered_map<uint64_t, std::string> connect_hosts_;  ///< by connect job
};

}  // namespace astray::explain
