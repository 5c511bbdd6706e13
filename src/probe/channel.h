#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/stream.h"
#include "io/task.h"
#include "probe/trouble.h"
#include "tls/engine/client.h"

namespace astray {

/// What a TLS handshake settled; owns what it says.
struct Secured {
  tls::Version version = tls::Version::tls1_2;
  std::string alpn;  ///< "" when the server did not answer ALPN
  bool resumed = false;
  std::vector<std::string> chain;  ///< DER, leaf first
  bool client_certificate_requested = false;
};

/// Bytes to and from a node, in clear or through TLS. One reader and writer at a time.
class Channel {
 public:
  explicit Channel(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
  Channel(std::unique_ptr<Stream> stream, tls::Client client)
      : stream_(std::move(stream)), tls_(std::move(client)) {}

  /// Over TLS, once, before anything else.
  Task<Result<Secured, Trouble>> handshake();
  /// What came, valid until the next call; empty: the peer sends no more.
  Task<Result<std::string_view, Trouble>> read();
  Task<Result<void, Trouble>> write(std::string_view bytes);
  /// Says goodbye where TLS is spoken, so that the server keeps its session. A peer that no longer reads is
  /// no trouble.
  Task<void> close();

  /// The sessions that the server gave so far; the last is the freshest.
  const std::vector<tls::Session>& sessions() const { return sessions_; }
  /// What the peer began with, when it did not answer as TLS.
  std::string_view first_bytes() const { return tls_ ? tls_->first_bytes() : std::string_view(); }

 private:
  Task<Result<void, Trouble>> flush();
  Task<Result<void, Trouble>> receive_more();

  std::unique_ptr<Stream> stream_;
  std::optional<tls::Client> tls_;
  std::vector<tls::Session> sessions_;
  bool ended_ = false;  ///< the peer's side of the transport
  std::array<char, 16 * 1024> input_;
  std::array<char, 4 * 1024> output_;
};

}  // namespace astray
