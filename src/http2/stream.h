#pragma once
// A stream as this end sees it. Internal to http2/.
#include <memory>
#include <optional>
#include <string>

#include "base/blocks.h"
#include "base/byte_block.h"
#include "base/link_queue.h"
#include "http2/field.h"
#include "http2/receive_window.h"
#include "http2/stream_table.h"

namespace astray::http2 {

/// Bytes, of streams and of the connection, until SETTINGS and WINDOW_UPDATE say otherwise (RFC 9113 section 6.9.2).
inline constexpr int64_t first_window = 65535;
inline constexpr int64_t largest_window = INT32_MAX;

/// In the queue of those that have DATA to send, or that are to be opened.
struct Stream final : QueueLink, MadeInBlock {
  Stream(StreamId its_id, int64_t may_send, int64_t may_receive)
      : id(its_id), send_window(may_send), receive_window(may_receive) {}

  const StreamId id;

  // Coming in.
  enum class Incoming : uint8_t { head, body, over } incoming = Incoming::head;
  bool block_too_large = false;  ///< of the field block that was read last
  uint32_t informational_heads = 0;
  std::optional<uint64_t> declared_length{};  ///< of the body: Content-Length
  uint64_t received_length = 0;
  std::string method{};  ///< of our request

  // Going out, as the caller said it.
  enum class Outgoing : uint8_t { head, body, over } outgoing = Outgoing::head;
  bool end_is_sent = false;          ///< END_STREAM
  std::unique_ptr<Fields> opening{};  ///< a request that waits to be written, and was not seen by the peer
  ByteBlock body{};
  size_t body_at = 0;  ///< what is before it is written
  std::unique_ptr<Fields> trailers{};  ///< to be sent behind the body

  int64_t send_window;  ///< bytes of DATA payloads; changed SETTINGS may make it negative (RFC 9113 section 6.9.2)
  ReceiveWindow receive_window;

  size_t unsent() const { return body.size() - body_at; }
  bool has_end_to_send() const { return outgoing == Outgoing::over && !end_is_sent; }
};

using Streams = StreamTable<Stream>;

}  // namespace astray::http2
