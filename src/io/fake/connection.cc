#include "io/fake/connection.h"

#include <cerrno>

#include "io/sleep.h"

namespace astray::fake {

Connection::Connection(Loop& loop, const Link& link, Endpoint client, Endpoint server, uint64_t seed)
    : loop_(loop),
      latency_(link.latency),
      client_(client),
      server_(server),
      to_server_(loop, link.to_server, link.latency, 2 * seed + 1),
      to_client_(loop, link.to_client, link.latency, 2 * seed + 2),
      client_end_(to_server_),
      server_end_(to_client_) {
  if (to_server_.reaches_reset() || to_client_.reaches_reset()) break_link();
}

std::optional<StreamError> Connection::read_error(Side side) const {
  if (end_of(side).aborted) return StreamError{StreamError::Kind::aborted, ECONNABORTED};
  return std::nullopt;
}

std::optional<StreamError> Connection::write_error(Side side) const {
  const End& end = end_of(side);
  if (end.aborted) return StreamError{StreamError::Kind::aborted, ECONNABORTED};
  if (end.write_is_shut) return StreamError{StreamError::Kind::aborted, EPIPE};
  if (end.broken.since && *end.broken.since <= loop_.now())
    return StreamError{StreamError::Kind::reset, ECONNRESET};
  return std::nullopt;
}

size_t Connection::write(Side side, std::string_view bytes) {
  Pipe& pipe = from(side);
  size_t count = pipe.write(bytes);
  if (end_of(other(side)).closed) {
    // Nobody reads any more: TCP answers with RST, a round trip later.
    pipe.drop_unread();
    send_reset_to(side, loop_.now() + 2 * latency_);
  } else if (pipe.reaches_reset()) {
    break_link();
  }
  return count;
}

void Connection::shutdown_write(Side side) {
  end_of(side).write_is_shut = true;
  from(side).write_end();
  from(side).writers.wake_all();
}

void Connection::abort(Side side) {
  End& end = end_of(side);
  if (end.aborted || end.closed) return;
  end.aborted = true;
  from(side).drop_unsent();
  send_reset_to(other(side), loop_.now() + latency_);
  from(side).writers.wake_all();
  from(other(side)).wake_readers();
}

void Connection::close(Side side) {
  End& end = end_of(side);
  Pipe& incoming = from(other(side));
  if (!end.aborted) {
    if (incoming.has_unread_bytes()) {
      from(side).drop_unsent();
      send_reset_to(other(side), loop_.now() + latency_);
    } else {
      from(side).write_end();
    }
  }
  end.closed = true;
  incoming.drop_unread();
  incoming.writers.wake_all();
}

void Connection::send_reset_to(Side side, MonotonicTime arrives) {
  Pipe& incoming = from(other(side));
  End& end = end_of(side);
  if (end.broken.since || end.closed || incoming.is_silent()) return;
  incoming.write_reset(arrives);
  end.broken.since = incoming.last_arrival();
  loop_.timers().set(end.broken, *end.broken.since);
}

void Connection::break_link() {
  if (std::exchange(link_broke_, true)) return;
  send_reset_to(Side::server, loop_.now() + latency_);
  send_reset_to(Side::client, loop_.now() + latency_);
}

namespace {

class FakeStream final : public Stream {
 public:
  FakeStream(std::shared_ptr<Connection> connection, Side side, DescriptorCount descriptor)
      : connection_(std::move(connection)), side_(side), descriptor_(std::move(descriptor)) {}
  ~FakeStream() override {
    CHECK(outgoing().writers.empty() && incoming().readers.empty());
    incoming().when_readable = nullptr;
    connection_->close(side_);
  }

  std::optional<ReadResult> try_read(std::span<char> buffer) override {
    CHECK(!buffer.empty());
    if (auto error = connection_->read_error(side_)) return Failure<StreamError>(*error);
    switch (incoming().front()) {
      case Pipe::Front::bytes:
        return incoming().read(buffer);
      case Pipe::Front::end:
        return size_t{0};
      case Pipe::Front::reset:
        return Failure<StreamError>(StreamError{StreamError::Kind::reset, ECONNRESET});
      case Pipe::Front::nothing:
        break;
    }
    return std::nullopt;
  }

  WriteResult try_write(std::string_view bytes) override {
    CHECK(!bytes.empty());
    if (auto error = connection_->write_error(side_)) return Failure<StreamError>(*error);
    return outgoing().room() > 0 ? connection_->write(side_, bytes) : 0;
  }

  void call_when_readable(ReadyItem* item) override { incoming().when_readable = item; }

  Task<ReadResult> read_some(std::span<char> buffer) override {
    if (reads_.spend(connection_->loop()) == TurnBudget::Left::none) co_await next_turn(connection_->loop());
    for (;;) {
      std::optional<ReadResult> read = try_read(buffer);
      if (read) co_return std::move(*read);
      co_await incoming().readers.wait();
    }
  }

  Task<WriteResult> write_some(std::string_view bytes) override {
    if (writes_.spend(connection_->loop()) == TurnBudget::Left::none) co_await next_turn(connection_->loop());
    for (;;) {
      WriteResult written = try_write(bytes);
      if (!written || *written > 0) co_return written;
      co_await outgoing().writers.wait();
    }
  }

  void shutdown_write() override { connection_->shutdown_write(side_); }
  void abort() override { connection_->abort(side_); }
  Endpoint local() const override { return connection_->address_of(side_); }
  Endpoint peer() const override { return connection_->address_of(other(side_)); }

 private:
  Pipe& outgoing() { return connection_->from(side_); }
  Pipe& incoming() { return connection_->from(other(side_)); }

  std::shared_ptr<Connection> connection_;
  Side side_;
  DescriptorCount descriptor_;
  TurnBudget reads_;
  TurnBudget writes_;
};

}  // namespace

std::unique_ptr<Stream> stream_of(std::shared_ptr<Connection> connection, Side side,
                                  DescriptorCount descriptor) {
  return std::make_unique<FakeStream>(std::move(connection), side, std::move(descriptor));
}

}  // namespace astray::fake
