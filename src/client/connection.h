#pragma once
// A connection of the pool, whatever it speaks.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/peer_chain.h"
#include "client/response.h"
#include "client/wire.h"
#include "verdict/reuse_facts.h"

namespace astray::client {

class Exchange;
class Connection;

/// Which settings of TLS and route a connection was made with: a number for each distinct set (identities.h).
using IdentityId = uint32_t;

/// What is known of a connection once it is up, and does not change.
struct Established {
  uint64_t id;
  Origin origin;
  IdentityId identity;
  Protocol protocol = Protocol::h1;
  /// 0.0.0.0:0 before it is connected.
  Endpoint peer = Endpoint::with_any_port(IpAddress::v4({}));
  Endpoint local = Endpoint::with_any_port(IpAddress::v4({}));
  Route route = Route::direct;
  std::shared_ptr<const std::vector<IpAddress>> origin_dns{};
  std::string server_name{};                 ///< SNI; "" for none
  std::shared_ptr<const PeerChain> chain{};  ///< null in clear
  CertificateTrust trust = CertificateTrust::accepted;
  ClientCertificateUse client_certificate = ClientCertificateUse::not_sent;
  std::string_view tls_version{}, cipher{};  ///< static text; "" in clear
  bool resumed = false;
  CoalescingMark mark = CoalescingMark::none;
};

/// What the pool hears of its connections. The connection is not destroyed before the call returns.
class ConnectionKeeper {
 public:
  /// A stream or the whole connection became free, or SETTINGS came: whoever waits may try again.
  virtual void on_room(Connection& connection) = 0;
  /// A request took the last stream.
  virtual void on_full(Connection& connection) = 0;
  /// It takes no more requests; `why` for people. Once.
  virtual void on_retired(Connection& connection, std::string_view why) = 0;
  /// Nothing happens on it any more: it can go.
  virtual void on_finished(Connection& connection) = 0;
  virtual void on_session(Connection& connection, tls::Session session) = 0;
  virtual void on_origin_set(Connection& connection) = 0;

 protected:
  ~ConnectionKeeper() = default;
};

/// Of one connection's streams, where it has any.
struct StreamLimits {
  uint32_t most;    ///< at once
  uint32_t window;  ///< bytes of a body that come before it is consumed
};

/// The transport of a new connection.
struct Transport {
  Loop& loop;
  WireBuffers& buffers;
  std::unique_ptr<Stream> stream;
  std::optional<tls::Client> tls;
  std::string early;  ///< plaintext that came with the handshake
};

class Connection : Wire::User {
 public:
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  const Established& established() const { return established_; }
  uint64_t id() const { return established_.id; }

  /// Sends the request. Only while streams_left() is not 0 and it is not retired.
  virtual void start(Exchange& exchange) = 0;
  /// Nobody waits for the answer any more; the exchange is not touched after this.
  virtual void stop(Exchange& exchange) = 0;
  virtual void upload_ready(Exchange& exchange) = 0;
  virtual void resume(Exchange& exchange) = 0;
  /// Requests that it takes now.
  virtual uint32_t streams_left() const = 0;
  /// Nobody waits for anything on it.
  virtual bool idle() const = 0;
  virtual SettingsState settings() const { return SettingsState::received; }

  /// No new requests; those under way go on.
  void retire(std::string_view why);
  bool retired() const { return retired_; }
  /// Says goodbye, and closes when nothing is under way.
  virtual void say_goodbye() = 0;

  /// Facts for judge_reuse; the spans live as long as the connection.
  PooledConnection facts() const;
  /// It answered 421 for this origin.
  void note_misdirected(const Origin& origin);
  std::span<const Origin> misdirected() const {
    return others_ ? others_->misdirected : std::span<const Origin>();
  }
  void mark_not_coalescing() { established_.mark = CoalescingMark::marked; }
  void forget_origin(const Origin& origin);
  /// Nothing: no ORIGIN frame came.
  std::optional<std::span<const Origin>> origin_set() const;
  void add_alias(const Origin& origin);

  MonotonicTime idle_since() const { return idle_since_; }

 protected:
  Connection(Established established, Transport transport, ConnectionKeeper& keeper);

  void on_session(tls::Session session) override { keeper_.on_session(*this, std::move(session)); }
  void start_idling() { idle_since_ = loop_.now(); }
  /// And is free for a request.
  void became_idle();
  void finish();
  void extend_origin_set(const std::vector<std::string>& origins);
  Loop& loop() { return loop_; }
  Wire& wire() { return wire_; }
  ConnectionKeeper& keeper() { return keeper_; }
  void begin(std::string early) { wire_.start(std::move(early)); }

 private:
  /// What is known of a connection and of others than its own origin.
  struct OtherOrigins {
    std::optional<std::vector<Origin>> set;  ///< by ORIGIN frames
    std::vector<Origin> aliases;
    std::vector<Origin> misdirected;
  };
  OtherOrigins& others();

  friend std::unique_ptr<Connection> make_connection(Established, Transport, ConnectionKeeper&, StreamLimits);
  Loop& loop_;
  Established established_;
  ConnectionKeeper& keeper_;
  Wire wire_;
  bool retired_ = false;
  bool finished_ = false;
  MonotonicTime idle_since_;
  std::unique_ptr<OtherOrigins> others_;  ///< null for most
};

/// Of the protocol in `established`.
std::unique_ptr<Connection> make_connection(Established established, Transport transport,
                                            ConnectionKeeper& keeper, StreamLimits limits);
std::unique_ptr<Connection> make_http1_connection(Established established, Transport transport,
                                                  ConnectionKeeper& keeper);
std::unique_ptr<Connection> make_http2_connection(Established established, Transport transport,
                                                  ConnectionKeeper& keeper, StreamLimits limits);

}  // namespace astray::client
