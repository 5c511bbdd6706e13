#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/engine.h"
#include "tls/engine/events.h"
#include "tls/engine/server_context.h"

namespace astray::tls {

/// The server's end of one TLS connection; an Engine. It runs no time of its own.
class Server {
 public:
  explicit Server(std::shared_ptr<const ServerContext> context);
  /// `choose` instead of the context's: listeners that share hosts, each with its own choice among them.
  Server(std::shared_ptr<const ServerContext> context, std::shared_ptr<const ChooseHost> choose);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  ~Server();

  void receive(std::string_view bytes);
  void receive_end();
  std::optional<ServerEvent> next_event();
  size_t write_to(std::span<char> buffer);
  std::optional<MonotonicTime> deadline() const { return std::nullopt; }
  void on_deadline(MonotonicTime) {}

  /// Queues plaintext and says how much of it was taken: 0 while the queue is full, after close() and after a
  /// Failure.
  size_t send(std::string_view plaintext);
  /// send(), then write_to(), in one: what can be encrypted at once is not kept. For plaintext that send()
  /// would take whole.
  size_t send_through(std::string_view plaintext, std::span<char> buffer);
  /// Sends close_notify behind what is queued.
  void close();

  enum class Output : uint8_t { none, waiting };
  Output output() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};
static_assert(Engine<Server>);

}  // namespace astray::tls
