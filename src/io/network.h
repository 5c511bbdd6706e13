#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/stream.h"
#include "io/task.h"
#include "names/endpoint.h"

namespace astray {

struct ConnectError {
  enum class Kind {
    refused,
    timed_out,  ///< the system gave up; deadlines of ours are with_deadline's TimedOut
    unreachable,
    address_unavailable,  ///< the local address is not ours, or its ports are used up
    too_many_descriptors,
    permission_denied,
    other,
  };
  Kind kind = Kind::other;
  int system_error = 0;  ///< errno, for people; 0 when there was none
  bool operator==(const ConnectError&) const = default;
};
std::string_view to_string(ConnectError::Kind kind);  ///< "refused", "timed_out", …
/// One clause for messages: "connection refused (ECONNREFUSED)".
std::string describe(const ConnectError& error);

struct ListenError {
  enum class Kind { address_in_use, address_unavailable, too_many_descriptors, permission_denied, other };
  Kind kind = Kind::other;
  int system_error = 0;
  bool operator==(const ListenError&) const = default;
};
std::string describe(const ListenError& error);

struct AcceptError {
  enum class Kind {
    too_many_descriptors,  ///< the next accept() waits a moment before it tries again
    other,
  };
  Kind kind = Kind::other;
  int system_error = 0;
  bool operator==(const AcceptError&) const = default;
};
std::string describe(const AcceptError& error);

struct ConnectOptions {
  std::optional<IpAddress> from;  ///< the local address; the system's choice when absent
};

/// SO_REUSEPORT: whether others of the same user may listen at the same address, and the system deals
/// connections out between them.
enum class PortSharing : uint8_t { exclusive, shared };

struct ListenOptions {
  int backlog = 128;  ///< connections that wait for accept()
  PortSharing sharing = PortSharing::exclusive;
};

/// Outlives its accept() tasks; one accept() at a time. Streams that it gave stay when it is destroyed.
class StreamListener {
 public:
  StreamListener(const StreamListener&) = delete;
  StreamListener& operator=(const StreamListener&) = delete;
  virtual ~StreamListener() = default;

  virtual Task<Result<std::unique_ptr<Stream>, AcceptError>> accept() = 0;
  /// With the port that the system picked.
  virtual Endpoint local() const = 0;

 protected:
  StreamListener() = default;
};

/// TCP, or what behaves like it. Outlives what it gave.
class Network {
 public:
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  virtual Task<Result<std::unique_ptr<Stream>, ConnectError>> connect(Endpoint to,
                                                                      ConnectOptions options) = 0;
  Task<Result<std::unique_ptr<Stream>, ConnectError>> connect(Endpoint to) { return connect(to, {}); }
  virtual Result<std::unique_ptr<StreamListener>, ListenError> listen(Endpoint at, ListenOptions options) = 0;
  Result<std::unique_ptr<StreamListener>, ListenError> listen(Endpoint at) { return listen(at, {}); }

 protected:
  Network() = default;
};

}  // namespace astray
