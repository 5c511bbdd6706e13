#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/engine.h"
#include "base/result.h"
#include "http2/event.h"
#include "http2/options.h"

namespace astray {

/// The server's end of an HTTP/2 connection (RFC 9113). Frames, streams, windows and field blocks that break the
/// protocol end the connection or the stream; messages are checked so that a bad request can be answered: see
/// http2::RequestHead. A body that belies content-length, and trailers that are none, reset the stream.
class Http2Server {
 public:
  using Options = http2::Options;
  /// SettingsReceived, RequestHead, BodyData, Trailers, RequestEnd, StreamReset, GoAway, ConnectionFailure, ConnectionEnd.
  using Event = http2::Event;

  /// `now` starts the time for preface and SETTINGS.
  Http2Server(const Options& options, MonotonicTime now);
  Http2Server(Http2Server&&) noexcept;
  Http2Server& operator=(Http2Server&&) noexcept;
  ~Http2Server();

  // The verbs: base/engine.h.
  void receive(std::string_view bytes);
  void receive_end();
  std::optional<Event> next_event();
  size_t write_to(std::span<char> buffer);
  std::optional<MonotonicTime> deadline() const;
  void on_deadline(MonotonicTime now);

  /// A 1xx head, before respond().
  Result<void, http2::CommandError> informational(http2::StreamId stream, const http2::Fields& fields);
  /// The response's head, with :status first; the body, if any, follows by send_body().
  Result<void, http2::CommandError> respond(http2::StreamId stream, const http2::Fields& fields, http2::Then then);
  /// The same, with :status and content-length beside `fields`.
  Result<void, http2::CommandError> respond(http2::StreamId stream, int status, const http2::Fields& fields,
                                            std::optional<uint64_t> content_length, http2::Then then);
  /// A whole response.
  Result<void, http2::CommandError> respond(http2::StreamId stream, const http2::Fields& fields,
                                            std::string_view body);
  /// More of the body; the bytes are copied and wait for the peer's window.
  Result<void, http2::CommandError> send_body(http2::StreamId stream, std::string_view bytes,
                                              http2::Then then);
  /// Ends the response.
  Result<void, http2::CommandError> send_trailers(http2::StreamId stream, http2::Fields fields);
  /// Body bytes that still wait to be written: the back pressure for whoever feeds send_body().
  size_t unsent_body(http2::StreamId stream) const;
  /// With Consumption::by_command: so many received body bytes are used up.
  void consume(http2::StreamId stream, size_t bytes);
  /// RST_STREAM; no event of this stream comes afterwards.
  Result<void, http2::CommandError> reset(http2::StreamId stream, http2::ErrorCode code);
  /// RFC 8336. All must fit one frame (16384 bytes).
  Result<void, http2::CommandError> origin(const std::vector<std::string>& origins);
  /// RFC 7838: on stream 0 with an origin, on another stream with an empty one.
  Result<void, http2::CommandError> alternative_service(http2::StreamId stream, std::string_view origin,
                                                        std::string_view value);
  /// GOAWAY: no new requests; open streams go on. With another code the connection is over at
  /// once: only the GOAWAY is still written, and no event comes.
  void go_away(http2::ErrorCode code = http2::ErrorCode::no_error);

  size_t streams_open() const;

 private:
  class Connection;
  std::unique_ptr<Connection> connection_;
};

static_assert(Engine<Http2Server>);

}  // namespace astray
