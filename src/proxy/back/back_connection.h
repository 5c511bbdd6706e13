#pragma once
// A connection to a back, whatever it speaks.
#include <memory>

#include "client/wire.h"
#include "gateway/configuration/back_settings.h"
#include "proxy/back/back_request.h"

namespace astray::proxy {

class BackConnection;
class PooledRequest;
struct BackPool;
struct OpenedBack;

/// So much of a request's body may wait to be written before its sender should pause; on_room() is called
/// when what waits falls below half of it. Bytes.
inline constexpr size_t most_unsent = size_t{64} * 1024;
/// So much of a response's body may be handed up and not yet consumed. Bytes.
inline constexpr size_t response_window = size_t{256} * 1024;
/// Streams of one HTTP/2 connection at once, if the back allows as many.
inline constexpr uint32_t most_streams = 100;

/// Hears what becomes of a connection. The connection is not destroyed before the call returns.
class BackConnectionKeeper {
 public:
  /// A request left it, however it ended.
  virtual void on_request_left(BackConnection& connection) = 0;
  /// It may take another request.
  virtual void on_free(BackConnection& connection) = 0;
  /// It takes no more requests. Once.
  virtual void on_retired(BackConnection& connection) = 0;
  /// Nothing happens on it any more: it can go. Once.
  virtual void on_finished(BackConnection& connection) = 0;
  virtual void on_session(BackConnection& connection, tls::Session session) = 0;
  /// The head of a response came.
  virtual void on_answer(BackConnection& connection) = 0;
  /// The back failed a request; a kept connection that closed under one is no such failure.
  virtual void on_broken(BackConnection& connection) = 0;

 protected:
  ~BackConnectionKeeper() = default;
};

struct BackConnectionLimits {
  uint32_t requests = 10000;  ///< then it retires
  Duration idle{};            ///< it closes when nothing happened for so long
};

class BackConnection : client::Wire::User {
 public:
  BackConnection(const BackConnection&) = delete;
  BackConnection& operator=(const BackConnection&) = delete;
  virtual ~BackConnection() = default;

  const BackConnectionFacts& facts() const { return facts_; }
  /// Reads what came with the handshake, and whatever comes.
  void begin(std::string early) { wire_.start(std::move(early)); }

  // A request that is on the connection. None of these calls a responder.
  /// Only while room() is not 0.
  virtual void start(PooledRequest& request, const RequestHead& head) = 0;
  virtual void send_body(PooledRequest& request, std::string_view bytes) = 0;
  virtual void end_body(PooledRequest& request, Fields trailers) = 0;
  virtual size_t unsent(const PooledRequest& request) const = 0;
  virtual void consume(PooledRequest& request, size_t bytes) = 0;
  /// The request is not touched after this.
  virtual void cancel(PooledRequest& request) = 0;
  /// The same, and the back is to blame.
  virtual void time_out(PooledRequest& request);

  /// Requests that it takes now.
  virtual uint32_t room() const = 0;
  /// Whether the back has said how many it takes at once (SETTINGS_MAX_CONCURRENT_STREAMS).
  enum class Capacity : uint8_t { awaited, known };
  virtual Capacity capacity() const { return Capacity::known; }
  virtual bool idle() const = 0;
  /// No new requests; it closes when the last one has ended.
  void retire();
  bool retired() const { return retired_; }
  /// It waits for a request, for a while.
  void start_idling();
  /// At once; only while it is idle.
  virtual void close() = 0;

  /// Its place in its keeper's lists.
  struct IdleLink : QueueLink {
    explicit IdleLink(BackConnection& owner) : connection(owner) {}
    BackConnection& connection;
  };
  IdleLink idle_link{*this};
  BackPool* pool = nullptr;
  size_t place = 0;
  enum class Listing : uint8_t { unlisted, listed } listing = Listing::unlisted;
  Capacity noted_capacity = Capacity::known;

 protected:
  BackConnection(Loop& loop, client::WireBuffers& buffers, OpenedBack opened, BackConnectionFacts facts,
                 BackConnectionLimits limits, BackConnectionKeeper& keeper);

  void on_session(tls::Session session) override { keeper_.on_session(*this, std::move(session)); }
  /// One more request; the last that it may carry retires it.
  void count_request();
  uint64_t requests() const { return requests_; }
  void finish();
  Loop& loop() { return loop_; }
  client::Wire& wire() { return wire_; }
  BackConnectionKeeper& keeper() { return keeper_; }

 private:
  struct IdleTimer final : Timer {
    explicit IdleTimer(BackConnection& owner) : connection(owner) {}
    void on_deadline(MonotonicTime now) override { connection.on_idle_deadline(now); }
    BackConnection& connection;
  };
  void on_idle_deadline(MonotonicTime now);

  Loop& loop_;
  BackConnectionFacts facts_;
  BackConnectionLimits limits_;
  BackConnectionKeeper& keeper_;
  client::Wire wire_;
  uint64_t requests_ = 0;
  bool retired_ = false;
  bool finished_ = false;
  MonotonicTime idle_since_;
  IdleTimer idle_timer_{*this};
};

struct BackConnectionParts {
  Loop& loop;
  client::WireBuffers& buffers;
  BackConnectionKeeper& keeper;
  BackConnectionLimits limits;
  uint64_t id;
};
std::unique_ptr<BackConnection> make_http1_back(BackConnectionParts parts, OpenedBack opened);
std::unique_ptr<BackConnection> make_http2_back(BackConnectionParts parts, OpenedBack opened);
/// Of the protocol; begin() is still to be called.
std::unique_ptr<BackConnection> make_back_connection(gateway::BackProtocol protocol,
                                                     BackConnectionParts parts, OpenedBack opened);

}  // namespace astray::proxy
