#pragma once
// Two pipes and who is at their ends; nobody but the fake network includes this.
#include <array>
#include <memory>

#include "io/fake/pipe.h"
#include "io/stream.h"
#include "io/turn_budget.h"

namespace astray::fake {

enum class Side : uint8_t { client, server };
constexpr Side other(Side side) {
  return side == Side::client ? Side::server : Side::client;
}

class Connection {
 public:
  Connection(Loop& loop, const Link& link, Endpoint client, Endpoint server, uint64_t seed);

  Loop& loop() { return loop_; }
  Endpoint address_of(Side side) const { return side == Side::client ? client_ : server_; }
  Pipe& from(Side side) { return side == Side::client ? to_server_ : to_client_; }

  /// What keeps this side from writing.
  std::optional<StreamError> write_error(Side side) const;
  std::optional<StreamError> read_error(Side side) const;
  size_t write(Side side, std::string_view bytes);
  void shutdown_write(Side side);
  void abort(Side side);
  void close(Side side);

 private:
  /// Reset packets reach a side: its writers must notice, too.
  class Broken final : public Timer {
   public:
    explicit Broken(Pipe& written) : written_(written) {}
    void on_deadline(MonotonicTime) override { written_.writers.wake_all(); }
    std::optional<MonotonicTime> since;

   private:
    Pipe& written_;
  };
  struct End {
    explicit End(Pipe& written) : broken(written) {}
    Broken broken;
    bool write_is_shut = false;
    bool aborted = false;
    bool closed = false;
  };
  End& end_of(Side side) { return side == Side::client ? client_end_ : server_end_; }
  const End& end_of(Side side) const { return side == Side::client ? client_end_ : server_end_; }
  void send_reset_to(Side side, MonotonicTime arrives);
  void break_link();

  Loop& loop_;
  Duration latency_;
  Endpoint client_;
  Endpoint server_;
  Pipe to_server_;
  Pipe to_client_;
  End client_end_;
  End server_end_;
  bool link_broke_ = false;
};

/// Something that counts as an open descriptor while it lives.
class DescriptorCount {
 public:
  explicit DescriptorCount(size_t& open) : open_(&open) { ++open; }
  DescriptorCount(DescriptorCount&& other) noexcept : open_(std::exchange(other.open_, nullptr)) {}
  DescriptorCount& operator=(DescriptorCount&&) = delete;
  ~DescriptorCount() {
    if (open_ != nullptr) --*open_;
  }

 private:
  size_t* open_;
};

std::unique_ptr<Stream> stream_of(std::shared_ptr<Connection> connection, Side side,
                                  DescriptorCount descriptor);

}  // namespace astray::fake
