#include "io/socket_stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "io/sleep.h"
#include "io/socket_address.h"

namespace astray {

StreamError stream_error(int system_error) {
  using Kind = StreamError::Kind;
  switch (system_error) {
    case ECONNRESET:
    case EPIPE:
      return {Kind::reset, system_error};
    case ETIMEDOUT:
      return {Kind::timed_out, system_error};
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENETRESET:
      return {Kind::unreachable, system_error};
    default:
      return {Kind::other, system_error};
  }
}

SocketStream::SocketStream(EpollLoop& loop, FileDescriptor socket, Endpoint peer)
    : loop_(loop),
      socket_(std::move(socket)),
      peer_(peer),
      local_at_abort_(peer),
      readers_(loop),
      writers_(loop) {
  watch_.emplace(loop, socket_.number(), *this);
}

void SocketStream::Watch::on_readiness(Readiness readiness) {
  if (readiness.hang_up) stream_.hung_up_ = true;
  if (readiness.write) stream_.writers_.wake_all();
  if (!readiness.read) return;
  stream_.drained_ = false;
  stream_.readers_.wake_all();
  // In this very turn, and at last: it may destroy the stream.
  if (auto* item = std::exchange(stream_.when_readable_, nullptr)) item->on_ready();
}

Failure<StreamError> SocketStream::broken_by(int system_error) {
  if (!broken_) broken_ = stream_error(system_error);
  return Failure<StreamError>(*broken_);
}

Task<int> SocketStream::connected() {
  for (;;) {
    co_await writers_.wait();
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == ECONNRESET || error == EPIPE) {
      // Only an established connection can be reset: it was there, and the first read will tell.
      broken_ = stream_error(ECONNRESET);
      co_return 0;
    }
    if (error != 0) co_return error;
    SocketAddress address;
    if (getpeername(socket_.number(), address.data(), address.size_pointer()) == 0) co_return 0;
    if (errno != ENOTCONN) co_return errno;
  }
}

std::optional<ReadResult> SocketStream::try_read(std::span<char> buffer) {
  CHECK(!buffer.empty());
  if (!socket_.is_open()) return Failure<StreamError>(*broken_);
  while (!drained_ || hung_up_) {
    ssize_t count = recv(socket_.number(), buffer.data(), buffer.size(), 0);
    if (count == 0 && broken_) return Failure<StreamError>(*broken_);
    if (count >= 0) {
      drained_ = static_cast<size_t>(count) < buffer.size();
      return static_cast<size_t>(count);
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return broken_by(errno);
    drained_ = true;
    break;
  }
  return std::nullopt;
}

WriteResult SocketStream::try_write(std::string_view bytes) {
  CHECK(!bytes.empty());
  for (;;) {
    if (broken_) return Failure<StreamError>(*broken_);
    if (write_is_shut_) return Failure<StreamError>(StreamError{StreamError::Kind::aborted, EPIPE});
    ssize_t count = send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return broken_by(errno);
    return size_t{0};
  }
}

Task<ReadResult> SocketStream::read_some(std::span<char> buffer) {
  if (reads_.spend(loop_) == TurnBudget::Left::none) co_await next_turn(loop_);
  for (;;) {
    std::optional<ReadResult> read = try_read(buffer);
    if (read) co_return std::move(*read);
    co_await readers_.wait();
  }
}

Task<WriteResult> SocketStream::write_some(std::string_view bytes) {
  if (writes_.spend(loop_) == TurnBudget::Left::none) co_await next_turn(loop_);
  for (;;) {
    WriteResult written = try_write(bytes);
    if (!written || *written > 0) co_return written;
    co_await writers_.wait();
  }
}

void SocketStream::shutdown_write() {
  write_is_shut_ = true;
  writers_.wake_all();
  if (socket_.is_open()) shutdown(socket_.number(), SHUT_WR);
}

void SocketStream::abort() {
  if (!socket_.is_open()) return;
  local_at_abort_ = local();
  broken_ = StreamError{StreamError::Kind::aborted, ECONNABORTED};
  linger drop{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
  watch_.reset();
  socket_.reset();
  readers_.wake_all();
  if (ReadyItem* item = std::exchange(when_readable_, nullptr)) loop_.make_ready(*item);
  writers_.wake_all();
}

Endpoint SocketStream::local() const {
  if (!socket_.is_open()) return local_at_abort_;
  SocketAddress address;
  getsockname(socket_.number(), address.data(), address.size_pointer());
  return address.endpoint();
}

}  // namespace astray
