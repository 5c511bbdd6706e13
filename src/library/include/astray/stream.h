#pragma once
// A response that is read in pieces, by whoever wants to wait for them.
#include <memory>
#include <span>

#include "astray/listener.h"

namespace astray::http {

/// Of Client::open(). While nobody reads, the peer is held back: what waits in memory is one stream's
/// window (8 MiB over HTTP/2) and 256 KiB at most. Destroying it
/// cancels what is left. For one thread at a time, but for control().
class ASTRAY_EXPORT ResponseStream {
 public:
  ResponseStream(ResponseStream&&) noexcept;
  ResponseStream& operator=(ResponseStream&&) noexcept;
  ~ResponseStream();

  /// Status 0 when none came: see error().
  const ResponseHead& head() const;
  /// Waits for at least one byte. 0: the end, or an error.
  size_t read(std::span<char> buffer);
  /// Once read() gave 0 (or no head came): nothing when the response is whole.
  const std::optional<FetchError>& error() const;
  /// The same.
  const Fields& trailers() const;
  const Report& report() const;
  FetchControl control() const;

 private:
  friend class Client;
  class ASTRAY_HIDDEN Impl;
  explicit ResponseStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace astray::http
