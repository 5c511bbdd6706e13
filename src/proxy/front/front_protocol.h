#pragma once
// HTTP on one connection from a client: reads requests, has them judged, and writes answers.
#include <memory>
#include <span>
#include <string_view>

#include "gateway/configuration/operation_settings.h"
#include "proxy/exchange/exchange.h"
#include "proxy/front/client_connection.h"
#include "proxy/front/front_wire.h"

namespace astray::proxy {

/// What the client is waited for: which of PeerTimeouts runs. Since when, the protocol says.
enum class Waiting : uint8_t {
  nothing,  ///< for the back, or for nobody
  idle,     ///< for a request
  header,   ///< for the rest of a head
  body,     ///< for the rest of a request
  write,    ///< for the client to take what is sent
};

struct Patience {
  Waiting waiting = Waiting::nothing;
  MonotonicTime since{};
};

/// An answer that is being written is asked for more when this little is left, bytes.
inline constexpr size_t low_water_mark = size_t{32} * 1024;

/// The connection, as its protocol uses it.
class FrontHost {
 public:
  virtual Loop& loop() = 0;
  virtual FrontWire& wire() = 0;
  virtual const ClientConnection& client() const = 0;
  struct Judgement {
    std::shared_ptr<const Generation> generation;  ///< to serve the request with
    const Judged* judged;                          ///< until the next call
  };
  /// `forwarded`: the last Forwarded field, or "". A trusted gateway may tell its client's scheme there.
  virtual Judgement judge(RequestNames names, std::string_view forwarded) = 0;
  virtual ExchangeParts exchange_parts() = 0;
  virtual const gateway::PeerLimits& limits() const = 0;
  /// The number of a request that begins, from 1.
  virtual uint64_t count_request() = 0;
  /// What patience() tells may have changed, other than in on_bytes() or because output went out.
  virtual void watch() = 0;

 protected:
  ~FrontHost() = default;
};

class FrontProtocol {
 public:
  virtual ~FrontProtocol() = default;

  virtual void on_bytes(std::string_view bytes) = 0;
  virtual void on_wire_end(const WireEnd& end) = 0;
  virtual size_t take_output(std::span<char> buffer) = 0;
  /// No more requests; those under way go on, then the connection is closed.
  virtual void go_away() = 0;
  virtual Patience patience() const = 0;
  /// What patience() told has lasted too long.
  virtual void on_impatience(Waiting waiting) = 0;
  /// No request is under way.
  virtual bool idle() const = 0;
};

std::unique_ptr<FrontProtocol> make_http1_front(FrontHost& host);
/// `origins`: what an ORIGIN frame says at once (RFC 8336); none: there is no frame. Read during the call.
std::unique_ptr<FrontProtocol> make_http2_front(FrontHost& host, std::span<const std::string> origins = {});

}  // namespace astray::proxy
