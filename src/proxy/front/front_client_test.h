#pragma once
// Clients for the tests of front/: bytes in clear or through TLS, and HTTP/2 over that.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http2/client.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/wait_queue.h"
#include "tls/engine/client.h"

namespace astray::proxy::test {

/// One connection of a client. Reads all that comes, unless told otherwise.
class FrontClient {
 public:
  enum class End : uint8_t { open, clean, reset };
  FrontClient(Loop& loop, std::unique_ptr<Stream> stream, std::optional<tls::Client> tls);

  /// Of HTTP.
  void send(std::string_view bytes);
  /// Below TLS.
  void send_raw(std::string_view bytes);
  /// close_notify over TLS, and no more writes.
  void end();
  void abort();
  void stop_reading() { reading_ = false; }
  void read_on();

  std::string received;  ///< of HTTP
  End end_of_server = End::open;
  MonotonicTime ended_at{};
  std::string alpn, tls_failure;
  std::function<void(std::string_view)> when_received{};  ///< in place of `received`
  std::function<void()> when_ended{};

 private:
  Task<void> read();
  Task<void> write();
  void take(std::string_view bytes);
  void ended(End how);

  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  std::optional<tls::Client> tls_;
  std::string raw_;
  bool reading_ = true, ending_ = false;
  WaitQueue reads_, work_;
  SpawnedTask reader_, writer_;
};

/// HTTP/2 on such a connection.
class Http2User {
 public:
  struct Answer {
    int status = 0;
    http2::Fields fields;
    std::string body, reset;
    http2::Fields trailers;
    std::vector<int> interim;
    bool ended = false;
    std::string field(std::string_view name) const;
    /// "200 body", "200 body reset:NO_ERROR", "reset:CANCEL"; interim ones in front: "103 200 ok".
    std::string text() const;
  };
  Http2User(Loop& loop, FrontClient& client, http2::Options options = {});

  http2::StreamId get(std::string authority, std::string path = "/");
  http2::StreamId send(http2::Fields fields, http2::Then then);
  void body(http2::StreamId stream, std::string_view bytes, http2::Then then);
  void trailers(http2::StreamId stream, http2::Fields fields);
  void reset(http2::StreamId stream, http2::ErrorCode code = http2::ErrorCode::cancel);
  /// Writes what the engine has to say.
  void pump();

  Http2Client engine;
  std::map<http2::StreamId, Answer> answers;
  std::optional<http2::GoAway> goaway;
  std::string failure;
  bool connect_protocol = false;

 private:
  void receive(std::string_view bytes);
  FrontClient& client_;
};

http2::Fields head_of(std::string method, std::string authority, std::string path = "/",
                      http2::Fields more = {});

}  // namespace astray::proxy::test
