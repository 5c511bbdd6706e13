#pragma once
#include <cstddef>
#include <cstdint>

#include "base/monotonic_time.h"

namespace astray::http2 {

/// Who says that received body bytes are used up, so that the peer may send more.
enum class Consumption : uint8_t {
  when_drained,  ///< asking for the next event does: whoever does not drain holds the peer back
  by_command,    ///< consume() does: for whoever passes the body on to somebody slower
};

/// SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3).
enum class ExtendedConnect : uint8_t { off, on };

/// What a connection allows its peer. Exceeding a limit ends the connection with the named problem, unless
/// said otherwise.
struct Options {
  /// A field block after decompression: names + values + 32 for each field (RFC 9113 section 10.5.1), bytes;
  /// announced. A server still hands up a request above it, cut there, as HeadDefect::too_large, and fails at
  /// four times the limit.
  size_t header_list_bytes = 64 * 1024;
  /// In one block, counted like header_list_bytes.
  size_t header_fields = 1000;
  /// CONTINUATION frames in one block.
  size_t continuations = 8;
  /// 1xx heads on one stream; beyond them the stream is reset.
  size_t informational_heads = 32;
  /// Frames of any type in a row that bring nothing (neither head, trailers nor data in either direction), in
  /// each `flood_period`.
  size_t idle_frames = 1000;
  /// Streams reset by the peer or for an error of the peer's, in each `flood_period`.
  size_t resets = 1000;
  Duration flood_period = std::chrono::seconds(60);
  /// Acknowledgements that the peer lets wait.
  size_t unread_answers = 10000;
  /// Bytes of frames other than DATA, above all of responses' heads, that a client may let wait and go on to ask.
  size_t unread_bytes = 1024 * 1024;
  /// Entries of one SETTINGS frame.
  size_t settings_entries = 32;
  /// Streams open at once: those that a client opens, or that a server accepts (announced).
  uint32_t concurrent_streams = 100;
  /// Announced; bytes, at most 2^31-1.
  uint32_t stream_window = 256 * 1024;
  uint32_t connection_window = 1024 * 1024;
  /// Of GOAWAY; what is longer is cut, bytes.
  size_t debug_data_bytes = 1024;
  /// From the engine's construction until the peer's SETTINGS came and ours are acknowledged.
  Duration settings_timeout = std::chrono::seconds(10);
  Consumption consumption = Consumption::when_drained;
  /// Announced by a server: CONNECT with :protocol is welcome.
  ExtendedConnect extended_connect = ExtendedConnect::off;
};

/// What follows on a stream's head or on a piece of its body.
enum class Then : uint8_t {
  end,   ///< END_STREAM: nothing
  body,  ///< send_body() or send_trailers() will be called
};

}  // namespace astray::http2
