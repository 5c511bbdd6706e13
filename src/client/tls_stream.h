#pragma once
#include <optional>
#include <string>

#include "io/stream.h"
#include "tls/engine/client.h"

namespace astray::client {

/// A stream through TLS over another one, for what is rare: the way to a proxy that is reached by https, with
/// the TLS of the origin inside. The handshake is done.
class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> inner, tls::Client engine, std::string early);

  Task<ReadResult> read_some(std::span<char> buffer) override;
  Task<WriteResult> write_some(std::string_view bytes) override;
  std::optional<ReadResult> try_read(std::span<char> buffer) override;
  WriteResult try_write(std::string_view bytes) override;
  void call_when_readable(ReadyItem* item) override { inner_->call_when_readable(item); }
  void shutdown_write() override;
  void abort() override { inner_->abort(); }
  Endpoint local() const override { return inner_->local(); }
  Endpoint peer() const override { return inner_->peer(); }

 private:
  /// Nothing: the inner stream has to be read first.
  std::optional<ReadResult> take(std::span<char> buffer);
  void receive(const ReadResult& read);
  /// What the inner stream takes now of what waits.
  std::optional<StreamError> push();

  std::unique_ptr<Stream> inner_;
  tls::Client engine_;
  std::string plain_;  ///< received, not yet taken
  size_t plain_at_ = 0;
  std::string waiting_;  ///< ciphertext on its way out
  bool ended_ = false;
  std::optional<StreamError> broken_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace astray::client
