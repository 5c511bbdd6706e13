#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/engine.h"
#include "base/result.h"
#include "tls/engine/client_context.h"
#include "tls/engine/events.h"

namespace astray::tls {

/// What one connection adds to its context.
struct ClientParameters {
  /// The bytes of the SNI exactly as they go out, never normalised: upper case, a trailing dot, an address,
  /// spaces and bytes ≥ 0x80 are all sent. Nothing: no SNI. What OpenSSL cannot send is refused: see
  /// ServerNameRefusal.
  std::optional<std::string> server_name;
  /// Offered for resumption whatever name it was made for: a session of A under the SNI of B is wanted. It is
  /// silently not offered when it is older than its lifetime or its version is outside the context's.
  std::optional<Session> session;
  /// Instead of the context's.
  std::optional<AlpnList> alpn;
};

/// An SNI that cannot be sent.
enum class ServerNameRefusal : uint8_t { empty, longer_than_255_bytes, contains_nul };
std::string_view to_string(ServerNameRefusal refusal);

/// The client's end of one TLS connection; an Engine. The first write_to() gives the ClientHello. It runs no
/// time of its own: who opened the connection also says how long it may take.
class Client {
 public:
  static Result<Client, ServerNameRefusal> create(std::shared_ptr<const ClientContext> context,
                                                  ClientParameters parameters);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  void receive(std::string_view bytes);
  void receive_end();
  std::optional<ClientEvent> next_event();
  size_t write_to(std::span<char> buffer);
  std::optional<MonotonicTime> deadline() const { return std::nullopt; }
  void on_deadline(MonotonicTime) {}

  /// Queues plaintext, also before the handshake is done, and says how much of it was taken (Limits): 0 while
  /// the queue is full, after close() and after a Failure.
  size_t send(std::string_view plaintext);
  /// send(), then write_to(), in one: what can be encrypted at once is not kept. For plaintext that send()
  /// would take whole.
  size_t send_through(std::string_view plaintext, std::span<char> buffer);
  /// Sends close_notify behind what is queued. Before the handshake is done it waits for that.
  void close();

  /// Is there more for write_to()?
  enum class Output : uint8_t { none, waiting };
  Output output() const;
  /// What the peer began with, up to 64 bytes: for a timeout in a handshake that a peer never answered as
  /// TLS.
  std::string_view first_bytes() const;

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};
static_assert(Engine<Client>);

}  // namespace astray::tls
