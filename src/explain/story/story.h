#pragma once
// What the sources told, in the end.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explain/captures/witness.h"
#include "explain/story/evidence.h"
#include "explain/story/tally.h"

namespace astray::explain {

/// How requests that were refused went on. A retry is the same client asking for the same authority within 30
/// seconds; its line may stand before that of the refused request.
struct Retries {
  uint64_t succeeded = 0;   ///< with a status below 400
  uint64_t failed = 0;      ///< with another error
  uint64_t refused_again = 0;
  uint64_t not_seen = 0;    ///< no retry came
  uint64_t unknowable = 0;  ///< the client is not logged
  uint64_t on_fresh = 0;    ///< of those that came: on another connection
  uint64_t on_same = 0;
};

/// A place in a source.
struct LinePlace {
  uint32_t file = 0;
  uint64_t line = 0;
};

/// A connection with what it carried, as an example.
struct ConnectionRow {
  std::string id;      ///< the log's number, or client address and port
  std::string client;
  SeenName sni;
  std::optional<Protocol> protocol;
  uint64_t requests = 0;                 ///< before the refused one
  std::string certificate;               ///< names of the one that was shown, where that is logged
  std::vector<std::string> authorities;  ///< the last before it, oldest first
};

/// What a configuration says to it (--config).
struct ConfigurationView {
  enum class Agreement : uint8_t { not_asked, agrees, differs, unknowable };
  Agreement agreement = Agreement::not_asked;
  std::string predicted;  ///< "421 by client-authentication-differs"
  std::string place;      ///< "nginx.conf:12:3" of the directive that decides
};

/// Requests that were refused alike.
struct Incident {
  Evidence evidence;
  Judgement judgement;
  uint64_t count = 0;
  std::optional<int64_t> first{};
  std::optional<int64_t> last{};
  std::vector<LinePlace> examples;        ///< the first three
  std::vector<LinePlace> error_examples;  ///< of the error log that tells of the same
  std::vector<LinePlace> captured_examples;  ///< of the capture that recorded the same
  Tally clients{64};
  Tally backs{16};
  std::string virtual_host;            ///< that answered, where it is logged
  std::string handshake_virtual_host;  ///< that the handshake led to
  Retries retries;
  std::optional<ConnectionRow> connection;
  ConfigurationView configuration;
};

/// A connection of a packet capture whose keys are missing.
struct SealedConnection {
  SeenName sni;
  std::string certificate;  ///< names of it, which TLS 1.2 shows
  std::string back;
  uint64_t count = 0;
  bool operator==(const SealedConnection&) const = default;
};

/// One source, and what it can tell.
struct SourceNote {
  std::string name;
  std::string format;
  LogServer server = LogServer::unknown;
  uint64_t lines = 0;
  uint64_t requests = 0;
  uint64_t refused = 0;  ///< of those
  uint64_t asides = 0;
  bool has_sni = false;
  bool has_authority = false;
  bool has_connection = false;
  bool has_request_numbers = false;  ///< on the connection
  bool has_time = false;
  bool has_client = false;
  bool is_error_log = false;
  bool is_response = false;
  bool is_capture = false;
  std::vector<SealedConnection> sealed;  ///< the first kinds; connections that are alike are one
  uint64_t sealed_count = 0;
  std::string failure;  ///< why it was not read to its end

  /// Nothing in it but refusals, as `grep 421` makes it: the first line of a connection is then none of its first request.
  bool is_excerpt() const { return refused == requests && requests > 0 && asides == 0 && !is_error_log && !is_capture && !is_response; }
};

struct TroubleNote {
  uint64_t count = 0;
  LinePlace first;
};

struct Story {
  std::vector<Incident> incidents;  ///< the most frequent first
  uint64_t incidents_left_out = 0;  ///< refused requests for which no room was left; counted in `refused`
  uint64_t requests = 0;            ///< all that were told of
  uint64_t outside = 0;             ///< of --since and --until
  uint64_t asides = 0;
  uint64_t refused = 0;
  uint64_t comparable = 0;          ///< requests with both names
  uint64_t differing = 0;           ///< of those: SNI and Host differ
  uint64_t connections_bound = 0;
  uint64_t connections_evicted = 0;
  uint64_t names_left_out = 0;
  std::optional<int64_t> first{};
  std::optional<int64_t> last{};
  Retries retries;
  TimeLine over_time;
  Tally by_cause{cause_count};
  Tally by_client{1024};
  Tally by_hop{32};
  std::vector<SourceNote> sources;
  std::array<TroubleNote, trouble_count> troubles{};
};

}  // namespace astray::explain
