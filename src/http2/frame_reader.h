#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http2/frame.h"

namespace astray::http2 {

/// Splits bytes into frames, whatever they mean, for tests and for whoever explains a recorded connection. It
/// knows no state of the protocol.
class FrameReader {
 public:
  enum class Preface : uint8_t {
    none,      ///< what a server sent
    expected,  ///< what a client sent: begins with the connection preface
  };
  enum class Problem : uint8_t {
    none,
    bad_preface,      ///< does not begin with the connection preface; no frame is read
    frame_too_large,  ///< Length is above the limit; nothing behind is read
  };

  /// `max_payload` bounds what is kept, bytes: SETTINGS_MAX_FRAME_SIZE is 16384 unless raised.
  explicit FrameReader(Preface preface = Preface::none, size_t max_payload = 16384);

  /// The bytes are copied.
  void receive(std::string_view bytes);
  /// The next whole frame, or nothing: more bytes are needed, or problem() says why there are none. The
  /// payload is valid until the next call.
  std::optional<Frame> next_frame();
  Problem problem() const { return problem_; }
  /// Bytes of a frame (or preface) that is not complete yet, or that stand behind a problem.
  size_t unread() const { return buffer_.size() - at_; }

 private:
  std::string buffer_;
  size_t at_ = 0;
  size_t max_payload_;
  Preface preface_;
  Problem problem_ = Problem::none;
};

}  // namespace astray::http2
