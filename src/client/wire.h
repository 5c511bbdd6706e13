#pragma once
// The bytes of one connection, in clear or through TLS. What is to be sent is collected during a turn of the
// loop and goes out in one piece at its end; what comes is handed up from a buffer that all connections of
// the loop share.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/loop.h"
#include "io/stream.h"
#include "tls/engine/client.h"

namespace astray::client {

/// Of one loop.
struct WireBuffers {
  static constexpr size_t bytes = size_t{64} * 1024;
  std::unique_ptr<char[]> received{new char[bytes]};
  std::unique_ptr<char[]> plain{new char[bytes / 2]};
  std::unique_ptr<char[]> outgoing{new char[bytes]};
};

/// Why nothing more comes.
struct WireEnd {
  enum class Kind : uint8_t {
    clean,      ///< the end of the stream; over TLS by close_notify
    truncated,  ///< over TLS without one: what came last may not be all
    broken,     ///< reset, or TLS that cannot be read
  };
  Kind kind = Kind::clean;
  std::string sentence;  ///< of `broken`
};

class Wire final : FlushItem, ReadyItem {
 public:
  /// The protocol above. Must not destroy the wire from inside a call.
  class User {
   public:
    virtual void on_bytes(std::string_view bytes) = 0;
    /// Once.
    virtual void on_wire_end(const WireEnd& end) = 0;
    virtual void on_session(tls::Session session) = 0;
    /// As much as fits of what is to be sent; 0: nothing waits.
    virtual size_t take_output(std::span<char> buffer) = 0;

   protected:
    ~User() = default;
  };

  /// Nothing is read before start(). The handshake is done.
  Wire(Loop& loop, WireBuffers& buffers, std::unique_ptr<Stream> stream, std::optional<tls::Client> tls,
       User& user);
  ~Wire();

  /// `early`: plaintext that came together with the handshake.
  void start(std::string early);
  /// Asks the user for output at the end of this turn.
  void flush_soon() { loop_.flush_at_end_of_turn(*this); }
  void pause_reading() { reading_ = Reading::paused; }
  void resume_reading();
  /// Behind what waits: close_notify, then the end of our side.
  void close();
  bool writes_blocked() const { return !residue_.empty(); }
  const Stream& stream() const { return *stream_; }

 private:
  enum class Reading : uint8_t { open, paused, ended };
  enum class Closing : uint8_t { no, asked, done };

  /// Reads what there is.
  void on_ready() override;
  Task<void> write_residue();
  void take(std::string_view bytes);
  void take_end();
  void drain_tls();
  void end(WireEnd::Kind kind, std::string sentence);
  void flush() override;
  size_t fill(std::span<char> buffer);

  Loop& loop_;
  WireBuffers& buffers_;
  std::unique_ptr<Stream> stream_;
  std::optional<tls::Client> tls_;
  User& user_;
  Reading reading_ = Reading::open;
  Closing closing_ = Closing::no;
  bool write_broken_ = false;
  std::string early_;
  std::string residue_;  ///< what the socket had no room for
  SpawnedTask writer_;
};

}  // namespace astray::client
