#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "explain/captures/moz_log_line.h"
#include "explain/captures/witness.h"
#include "explain/logs/time_text.h"

namespace astray::explain {

/// Puts the lines of a MOZ_LOG together: which transaction went on which connection, for whom that was
/// opened, and what was answered. Firefox names its objects by their addresses, which come again: each object
/// that is made gets a number.
class MozLogRequests {
 public:
  static constexpr size_t most_objects = size_t{1} << 16;  ///< of each kind

  MozLogRequests(uint32_t file, Witness& witness) : file_(file), witness_(witness) {}
  void take(const MozLogLine& line, uint64_t number);
  /// Tells of requests that nothing answered.
  void finish();

 private:
  struct Connection {
    uint64_t number = 0;
    std::string host;    ///< that it was opened for: what Firefox puts into the SNI
    std::string origin;  ///< with the port
    bool tls = false;
    bool certificate_shown = false;
    bool client_certificate_asked = false;
  };
  struct Transaction {
    uint64_t number = 0;
    uint64_t line = 0;
    std::string method, path, authority, agent;
    std::string connection;  ///< key of the one that it was put on last; "" before
    std::string rung;
    std::optional<Protocol> protocol{};
    std::optional<int64_t> time{};
    bool pending = false;  ///< sent, and not answered
  };
  /// A head, which comes over several lines of one thread.
  struct Thread {
    enum class Head : uint8_t { none, request, response } head = Head::none;
    std::string transaction;    ///< key of the one that is worked at
    std::string handshaking;    ///< key of the connection
    std::string socket_origin;  ///< of the transport that is being connected
    bool start_line_read = false;
    int status = 0;
    std::optional<Protocol> protocol{};
    std::string server, via, content_type;
  };

  void take_request_line(Thread& thread, std::string_view text);
  void take_response_line(Thread& thread, std::string_view text);
  void take_dispatch(std::string_view text, std::string_view process, std::optional<int64_t> time);
  void take_connection_line(Thread& thread, const MozLogLine& line, std::string_view process);
  void take_transport_line(Thread& thread, std::string_view text);
  /// Whether the line begins one.
  bool begins_head(Thread& thread, const MozLogLine& line, std::string_view process, uint64_t number);
  /// Whether the head was an answer, which is told then.
  bool end_head(Thread& thread);
  void end_transaction(const std::string& key);
  /// Whether a request was told.
  bool take_http_line(Thread& thread, const MozLogLine& line, std::string_view process, uint64_t number);
  Connection* connection(const std::string& key);
  void answer(Transaction& transaction, const Thread* response);

  uint32_t file_;
  Witness& witness_;
  TimeReader times_;
  uint64_t connections_made_ = 0;
  uint64_t transactions_made_ = 0;
  std::unordered_map<std::string, Connection> connections_;
  std::unordered_map<std::string, Transaction> transactions_;
  std::unordered_map<std::string, Thread> threads_;
  std::unordered_map<std::string, std::string> socket_origins_;  ///< by address of the transport
  std::unordered_map<std::string, std::string> peers_;           ///< by origin
};

}  // namespace astray::explain
