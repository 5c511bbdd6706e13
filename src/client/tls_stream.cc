#include "client/tls_stream.h"

#include <algorithm>
#include <cstring>

namespace astray::client {
namespace {

constexpr size_t buffer_bytes = size_t{16} * 1024;

}  // namespace

TlsStream::TlsStream(std::unique_ptr<Stream> inner, tls::Client engine, std::string early)
    : inner_(std::move(inner)),
      engine_(std::move(engine)),
      plain_(std::move(early)),
      buffer_(new char[buffer_bytes]) {}

std::optional<ReadResult> TlsStream::take(std::span<char> buffer) {
  if (plain_at_ < plain_.size()) {
    const size_t size = std::min(buffer.size(), plain_.size() - plain_at_);
    std::memcpy(buffer.data(), plain_.data() + plain_at_, size);
    plain_at_ += size;
    return size;
  }
  if (broken_) return Failure<StreamError>(*broken_);
  if (ended_) return size_t{0};
  return std::nullopt;
}

void TlsStream::receive(const ReadResult& read) {
  plain_.clear();
  plain_at_ = 0;
  if (!read) {
    broken_ = read.error();
    return;
  }
  if (*read == 0) {
    engine_.receive_end();
  } else {
    engine_.receive(std::string_view(buffer_.get(), *read));
  }
  while (std::optional<tls::ClientEvent> event = engine_.next_event()) {
    if (const auto* plaintext = std::get_if<tls::Plaintext>(&*event)) plain_ += plaintext->bytes;
    if (std::holds_alternative<tls::PeerClosed>(*event)) ended_ = true;
    if (std::holds_alternative<tls::Failure>(*event)) broken_ = StreamError{StreamError::Kind::reset, 0};
  }
}

std::optional<ReadResult> TlsStream::try_read(std::span<char> buffer) {
  for (;;) {
    if (auto taken = take(buffer)) return taken;
    const auto read = inner_->try_read(std::span(buffer_.get(), buffer_bytes));
    if (!read) return std::nullopt;
    receive(*read);
  }
}

Task<ReadResult> TlsStream::read_some(std::span<char> buffer) {
  for (;;) {
    if (auto taken = take(buffer)) co_return std::move(*taken);
    const ReadResult read = co_await inner_->read_some(std::span(buffer_.get(), buffer_bytes));
    receive(read);
  }
}

std::optional<StreamError> TlsStream::push() {
  while (!waiting_.empty()) {
    const WriteResult written = inner_->try_write(waiting_);
    if (!written) return written.error();
    if (*written == 0) return std::nullopt;
    waiting_.erase(0, *written);
  }
  return std::nullopt;
}

WriteResult TlsStream::try_write(std::string_view bytes) {
  if (const auto error = push()) return Failure<StreamError>(*error);
  if (!waiting_.empty()) return size_t{0};
  const size_t taken = engine_.send(bytes.substr(0, buffer_bytes));
  if (taken == 0) return Failure<StreamError>(StreamError{StreamError::Kind::aborted, 0});
  char buffer[4096];
  while (const size_t size = engine_.write_to(buffer)) waiting_.append(buffer, size);
  if (const auto error = push()) return Failure<StreamError>(*error);
  return taken;
}

Task<WriteResult> TlsStream::write_some(std::string_view bytes) {
  while (!waiting_.empty()) {
    const WriteResult written = co_await inner_->write_some(waiting_);
    if (!written) co_return written;
    waiting_.erase(0, *written);
  }
  WriteResult taken = try_write(bytes);
  // Whoever waits for us counts on everything being under way.
  while (taken && !waiting_.empty()) {
    const WriteResult written = co_await inner_->write_some(waiting_);
    if (!written) co_return written;
    waiting_.erase(0, *written);
  }
  co_return taken;
}

void TlsStream::shutdown_write() {
  engine_.close();
  char buffer[4096];
  while (const size_t size = engine_.write_to(buffer)) waiting_.append(buffer, size);
  (void)push();
  inner_->shutdown_write();
}

}  // namespace astray::client
