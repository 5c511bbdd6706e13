#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/engine.h"
#include "base/result.h"
#include "http2/event.h"
#include "http2/options.h"

namespace astray {

/// The client's end of an HTTP/2 connection (RFC 9113), with RFC 8336 (ORIGIN) and RFC 7838 (ALTSVC). The preface and
/// SETTINGS wait in write_to() from the start; requests need not wait for the server's SETTINGS. Push is switched off.
/// Responses are held to RFC 9113 section 8: a malformed one is a StreamReset.
///
/// Requests are not checked at all: names and values go out byte by byte in the given order, pseudo-header
/// fields included, so that a prober can leave out :authority, send Host as well, or spell a name in upper
/// case.
class Http2Client {
 public:
  using Options = http2::Options;
  /// SettingsReceived, InformationalHead, ResponseHead, BodyData, Trailers, ResponseEnd, StreamReset, GoAway,
  /// OriginFrame, AltSvcFrame, ConnectionFailure, ConnectionEnd.
  using Event = http2::Event;

  /// `now` starts the time for SETTINGS.
  Http2Client(const Options& options, MonotonicTime now);
  Http2Client(Http2Client&&) noexcept;
  Http2Client& operator=(Http2Client&&) noexcept;
  ~Http2Client();

  // The verbs: base/engine.h.
  void receive(std::string_view bytes);
  void receive_end();
  std::optional<Event> next_event();
  size_t write_to(std::span<char> buffer);
  std::optional<MonotonicTime> deadline() const;
  void on_deadline(MonotonicTime now);

  /// A request that ends with its head, or whose body follows by send_body().
  Result<http2::StreamId, http2::CommandError> request(http2::Fields fields,
                                                       http2::Then then = http2::Then::end);
  /// A request with its whole body.
  Result<http2::StreamId, http2::CommandError> request(http2::Fields fields, std::string_view body);
  /// More of the body; the bytes are copied and wait for the peer's window.
  Result<void, http2::CommandError> send_body(http2::StreamId stream, std::string_view bytes,
                                              http2::Then then);
  /// Ends the request.
  Result<void, http2::CommandError> send_trailers(http2::StreamId stream, http2::Fields fields);
  /// Body bytes that still wait to be written: the back pressure for whoever feeds send_body().
  size_t unsent_body(http2::StreamId stream) const;
  /// With Consumption::by_command: so many received body bytes are used up.
  void consume(http2::StreamId stream, size_t bytes);
  /// RST_STREAM; no event of this stream comes afterwards.
  Result<void, http2::CommandError> reset(http2::StreamId stream, http2::ErrorCode code);
  /// GOAWAY: no new requests; open streams go on. With another code the connection is over at
  /// once: only the GOAWAY is still written, and no event comes.
  void go_away(http2::ErrorCode code = http2::ErrorCode::no_error);

  /// Requests that request() would accept now, under the peer's limit as far as known and under ours.
  size_t streams_available() const;
  size_t streams_open() const;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

static_assert(Engine<Http2Client>);

}  // namespace astray
