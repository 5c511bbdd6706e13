#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/ready.h"
#include "io/task.h"
#include "names/endpoint.h"

namespace astray {

struct StreamError {
  enum class Kind {
    reset,        ///< the peer sent RST, or we wrote to one that no longer reads
    timed_out,    ///< the system gave up sending again; deadlines of ours are with_deadline's TimedOut
    unreachable,  ///< an ICMP error, or the interface went away
    aborted,      ///< after abort(), or writing after shutdown_write()
    other,
  };
  Kind kind = Kind::other;
  int system_error = 0;  ///< errno, for people; 0 when there was none
  bool operator==(const StreamError&) const = default;
};
std::string_view to_string(StreamError::Kind kind);  ///< "reset", "timed_out", …
/// One clause for messages: "the peer reset the connection (ECONNRESET)".
std::string describe(const StreamError& error);

/// Count of bytes; 0 is the end: the peer sends no more.
using ReadResult = Result<size_t, StreamError>;
/// Count of bytes that were taken, at least 1 (try_write: or 0).
using WriteResult = Result<size_t, StreamError>;

/// A connected byte stream. One reader and one writer at a time, which may be different tasks; destroying
/// such a task cancels the wait and loses nothing. The stream outlives its tasks, and buffers theirs. A read
/// or write that need not wait still lets the loop turn now and then, so that no peer keeps it busy alone.
class Stream {
 public:
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  /// Closes at once. Bytes already written are still sent, unless unread ones wait: then TCP resets.
  virtual ~Stream() = default;

  /// `buffer` is not empty.
  virtual Task<ReadResult> read_some(std::span<char> buffer) = 0;
  /// `bytes` is not empty.
  virtual Task<WriteResult> write_some(std::string_view bytes) = 0;
  /// What read_some() would give without waiting; nothing when it would wait. For connections that share one
  /// buffer: call_when_readable(), then until there is nothing.
  virtual std::optional<ReadResult> try_read(std::span<char> buffer) = 0;
  /// What write_some() would give without waiting; 0 when it would wait. No other write may be under way.
  virtual WriteResult try_write(std::string_view bytes) = 0;
  /// `item` is called once, when try_read() is worth another try; it takes the place of the one before, null
  /// of nobody. Does not look: only what happens from now on counts. The item may destroy the stream when it
  /// is called.
  virtual void call_when_readable(ReadyItem* item) = 0;
  /// All of `bytes`, or the error; how much went out before one is not told.
  Task<Result<void, StreamError>> write_all(std::string_view bytes);

  /// No more writes; the peer reads to the end. Reading goes on. A failure shows in the next read.
  virtual void shutdown_write() = 0;
  /// Resets the connection (RST) and drops what was not sent. Reads and writes, also waiting ones, end in
  /// `aborted`.
  virtual void abort() = 0;

  virtual Endpoint local() const = 0;
  virtual Endpoint peer() const = 0;

 protected:
  Stream() = default;
};

}  // namespace astray
