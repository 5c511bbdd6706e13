#pragma once
// The bytes of one connection from a client, in clear or through TLS. What is to be sent is collected during
// a turn of the loop and goes out in one piece at its end; what comes is handed up from buffers that all
// connections of the loop share.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "client/wire.h"
#include "io/loop.h"
#include "io/stream.h"
#include "tls/engine/server.h"

namespace astray::proxy {

using client::WireBuffers;
using client::WireEnd;

class FrontWire final : FlushItem, ReadyItem {
 public:
  /// The protocol above. Must not destroy the wire from inside a call.
  class User {
   public:
    virtual void on_bytes(std::string_view bytes) = 0;
    /// The TLS handshake is done. Views are valid during the call.
    virtual void on_secured(const tls::ClientAccepted& accepted) = 0;
    /// Nothing more comes. Once.
    virtual void on_wire_end(const WireEnd& end) = 0;
    /// As much as fits of what is to be sent; 0: nothing waits.
    virtual size_t take_output(std::span<char> buffer) = 0;
    /// The system did not take all of it: from wrote_at() on the client is waited for.
    virtual void on_blocked() = 0;
    /// After close(): all that was to be sent is with the system, or cannot be sent any more.
    virtual void on_closed() = 0;

   protected:
    ~User() = default;
  };

  FrontWire(Loop& loop, WireBuffers& buffers, std::unique_ptr<Stream> stream, User& user);
  ~FrontWire();

  void start() { on_ready(); }
  /// What comes from now on is TLS.
  void begin_tls(tls::Server tls);
  /// From inside on_bytes(): these bytes of it come as if they were read just now.
  void take(std::string_view bytes);
  /// Asks the user for output at the end of this turn. Who is being asked is asked until there is none.
  void flush_soon() {
    if (!flushing_) loop_.flush_at_end_of_turn(*this);
  }
  void pause_reading() {
    if (reading_ == Reading::open && !write_broken_) reading_ = Reading::paused;
  }
  void resume_reading();
  /// How a connection ends (RFC 9112 §9.6).
  enum class Parting : uint8_t {
    in_stages,  ///< with the end of our side: the client closes when it has read all
    at_once,    ///< nothing of the client's can be on its way that would reset the connection
  };
  /// Behind what waits: close_notify, then the end.
  void close(Parting parting = Parting::in_stages);
  Parting parting() const { return parting_; }
  /// At once, with a reset; what waits is lost.
  void abort();
  bool writes_blocked() const { return !residue_.empty(); }
  /// It will ask for output at the end of this turn, if it is asked to.
  bool takes_output() const { return residue_.empty() && !write_broken_; }
  /// Aborted, or the client takes nothing any more: nobody is there to read.
  bool writes_broken() const { return write_broken_; }
  /// Why TLS ended, if it failed.
  std::optional<tls::FailureKind> tls_failure() const { return tls_failure_; }
  /// When the system last took something.
  MonotonicTime wrote_at() const { return wrote_at_; }
  const Stream& stream() const { return *stream_; }

 private:
  enum class Reading : uint8_t { open, paused, ended };
  enum class Closing : uint8_t { no, asked, done };
  enum class Sent : uint8_t { all, part };  ///< of what there was; the rest waits

  void on_ready() override;
  void flush() override;
  Sent send_all();
  void take_end();
  void drain_tls();
  void end(WireEnd::Kind kind, std::string sentence);
  size_t fill(std::span<char> buffer);
  void finish_closing();
  void break_writing(const StreamError& error);
  Task<void> write_residue();

  Loop& loop_;
  WireBuffers& buffers_;
  std::unique_ptr<Stream> stream_;
  std::optional<tls::Server> tls_;
  User& user_;
  Reading reading_ = Reading::open;
  Closing closing_ = Closing::no;
  Parting parting_ = Parting::in_stages;
  bool said_goodbye_ = false;  ///< close_notify is in the engine's queue, behind all else
  bool write_broken_ = false;
  bool flushing_ = false;
  std::optional<tls::FailureKind> tls_failure_{};
  MonotonicTime wrote_at_{};
  std::string residue_;  ///< what the socket had no room for
  SpawnedTask writer_;
};

}  // namespace astray::proxy
