#pragma once
// A connection from a client, from its first byte to its last: PROXY header, TLS, HTTP.
#include <memory>
#include <random>
#include <string>

#include "io/timers.h"
#include "proxy/front/front_protocol.h"

namespace astray::proxy {

/// What a worker gives its connections; outlives them.
class FrontKeeper {
 public:
  virtual Loop& loop() = 0;
  virtual WireBuffers& buffers() = 0;
  virtual const std::shared_ptr<const Generation>& generation() = 0;
  virtual Journal& journal() = 0;
  virtual std::minstd_rand& random() = 0;
  virtual uint64_t next_connection_id() = 0;
  virtual void on_handshake_done(const ClientConnection& connection) = 0;
  /// Absent: it took too long. A connection that ended before a byte of TLS came is no failure.
  virtual void on_handshake_failed(std::optional<tls::FailureKind> kind) = 0;
  /// Nothing happens on it any more: it can go. It is not destroyed before the call returns.
  virtual void on_finished(class FrontConnection& connection) = 0;

 protected:
  ~FrontKeeper() = default;
};

class FrontConnection final : FrontWire::User, FrontHost, Timer {
 public:
  /// `listener` is that of the keeper's present site; what is needed of it is kept.
  FrontConnection(FrontKeeper& keeper, const Listener& listener, std::unique_ptr<Stream> stream);
  ~FrontConnection() override;

  /// No more requests; those under way go on, then it is closed.
  void go_away();
  /// At once.
  void abort();
  const ClientConnection& connection() const { return client_; }

 private:
  enum class Stage : uint8_t { proxy_header, handshake, open, lingering };

  void on_bytes(std::string_view bytes) override;
  void on_secured(const tls::ClientAccepted& accepted) override;
  void on_wire_end(const WireEnd& end) override;
  size_t take_output(std::span<char> buffer) override;
  void on_blocked() override { watch(); }
  void on_closed() override;
  void on_deadline(MonotonicTime now) override;

  Loop& loop() override { return keeper_.loop(); }
  FrontWire& wire() override { return wire_; }
  const ClientConnection& client() const override { return client_; }
  Judgement judge(RequestNames names, std::string_view forwarded) override;
  ExchangeParts exchange_parts() override { return {keeper_.loop(), keeper_.journal(), keeper_.random()}; }
  const gateway::PeerLimits& limits() const override { return site_->configuration().operation.peers; }
  uint64_t count_request() override { return ++requests_; }
  void watch() override;

  void read_proxy_header(std::string_view bytes);
  void begin_handshake(std::string_view rest);
  std::span<const std::string> origins() const;
  void open(std::unique_ptr<FrontProtocol> protocol);
  Patience patience() const;
  Duration time_for(Waiting waiting) const;
  void finish();

  FrontKeeper& keeper_;
  std::shared_ptr<const Site> site_;  ///< of the handshake
  const Listener& listener_;          ///< of it
  FrontWire wire_;
  ClientConnection client_;
  RequestJudge judge_;
  std::unique_ptr<FrontProtocol> protocol_;
  Stage stage_ = Stage::handshake;
  std::string proxy_header_;
  MonotonicTime began_;
  Duration shortest_time_;
  uint64_t requests_ = 0;
  bool going_away_ = false;
  bool peer_ended_ = false;
  bool finished_ = false;
};

}  // namespace astray::proxy
