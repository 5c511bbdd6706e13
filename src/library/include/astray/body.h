#pragma once
// The body of a request: none, bytes, or a source that makes it while it is sent. A source is asked for more
// only when the connection has room, so memory stays bounded whatever its length.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "astray/export.h"

namespace astray::http {

/// What a source answers when it is asked.
struct BodyPiece {
  enum class Kind : uint8_t {
    bytes,
    later,  ///< nothing now; BodySource::ready() says when to ask again
    end,
    failed,  ///< the fetch ends with body_source_failed
  };
  Kind kind = Kind::end;
  size_t size = 0;    ///< of `bytes`: how many were written, at least 1
  std::string why{};  ///< of `failed`, for people
  static BodyPiece bytes(size_t size) { return {Kind::bytes, size}; }
  static BodyPiece later() { return {Kind::later}; }
  static BodyPiece end() { return {Kind::end}; }
  static BodyPiece failed(std::string why) { return {Kind::failed, 0, std::move(why)}; }
};

/// Makes a body. One fetch at a time. The library calls it on the client's I/O thread and drops it there,
/// perhaps a moment after the fetch has ended.
class ASTRAY_EXPORT BodySource {
 public:
  BodySource();
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource();

  /// Writes at most `size` bytes, which is not 0. Must not wait.
  virtual BodyPiece read(char* buffer, size_t size) = 0;
  /// Bytes; nothing: not known, so chunked in HTTP/1.1.
  virtual std::optional<uint64_t> length() const { return std::nullopt; }
  /// Whether rewind() will do. Only then the request can be sent again after a 421 or a redirect.
  virtual bool is_replayable() const { return false; }
  /// Back to the first byte. False: it cannot be done.
  virtual bool rewind() { return false; }
  /// The fetch is over, well or not: read() is not called again.
  virtual void on_over() {}

  /// After read() said `later`. From any thread.
  void ready();

 private:
  friend class SourceBridge;
  class ASTRAY_HIDDEN Link;
  std::shared_ptr<Link> link_;
};

/// From a function instead of a class; it is never called again after `end` or `failed`.
ASTRAY_EXPORT std::shared_ptr<BodySource> body_from(std::function<BodyPiece(char* buffer, size_t size)> read,
                                                    std::optional<uint64_t> length = std::nullopt);

/// A body that is written into, from one thread at a time: the other end of source(), which goes into one
/// request.
class ASTRAY_EXPORT PushBody {
 public:
  /// Keeps at most `most_waiting` bytes that the connection has not taken yet (0 counts as 1). `on_room` is
  /// called on the I/O thread when there is room again after try_write() took less than all.
  explicit PushBody(size_t most_waiting = size_t{256} * 1024, std::optional<uint64_t> length = std::nullopt,
                    std::function<void()> on_room = {});
  PushBody(PushBody&&) noexcept;
  PushBody& operator=(PushBody&&) noexcept;
  /// Before finish(): the fetch ends with body_source_failed, never as if the body were whole.
  ~PushBody();

  std::shared_ptr<BodySource> source() const;

  /// Waits while there is no room; where no fetch has begun yet, for one that makes some. False: the fetch is
  /// over and nobody takes any more, or this is a callback, which must not wait.
  bool write(std::string_view bytes);
  /// Takes as much as there is room for, without waiting.
  size_t try_write(std::string_view bytes);
  /// That was all.
  void finish();
  void fail(std::string why);
  /// The fetch that read it is over.
  bool is_over() const;

 private:
  class ASTRAY_HIDDEN Pipe;
  std::shared_ptr<Pipe> pipe_;
};

using Body = std::variant<std::monostate, std::string, std::shared_ptr<BodySource>>;

}  // namespace astray::http
