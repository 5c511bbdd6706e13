#pragma once
// An engine is a protocol without I/O: bytes in, events out, bytes out. It reads no clock, draws no randomness
// of its own, writes no log and owns no socket, so that the same code runs over a real connection, over an
// in-memory one in virtual time, and one byte at a time in a fuzzer.
//
// The four verbs, the same for every engine:
//
//   receive(bytes)   What came from the peer. The bytes are borrowed: they stay valid and unchanged until
//                    next_event() has returned nothing, which the caller waits for before it receives again.
//                    An empty `bytes` is nothing at all; receive_end() says that the peer sends no more.
//   next_event()     The next thing that happened, or nothing. Views in an event are valid until the next verb.
//                    An engine that met an error ends with one event that names it, and is silent afterwards.
//   write_to(buffer) Writes as much as fits of what the peer must be sent, and returns how many bytes that were;
//                    0 when nothing waits. Whoever does not call it holds the engine back: that is the back
//                    pressure.
//   deadline()       When on_deadline(now) must be called at the latest; nothing when no time is running.
//   on_deadline(now) What did not come in time becomes an event.
//
// Commands (send a request, a response, plaintext) only queue; the bytes come out of write_to().
// The loop around one is always: read → receive → drain next_event → write_to until 0 → wait.
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/monotonic_time.h"

namespace astray {

template <typename T>
concept Engine = requires(T engine, std::string_view bytes, std::span<char> buffer, MonotonicTime now) {
  engine.receive(bytes);
  engine.receive_end();
  static_cast<bool>(engine.next_event());
  { engine.write_to(buffer) } -> std::same_as<size_t>;
  { engine.deadline() } -> std::same_as<std::optional<MonotonicTime>>;
  engine.on_deadline(now);
};

}  // namespace astray
