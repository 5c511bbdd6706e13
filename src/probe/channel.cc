#include "probe/channel.h"

namespace astray {
namespace {

Secured secured_of(const tls::HandshakeDone& done) {
  Secured secured;
  secured.version = done.version;
  if (done.alpn) secured.alpn = *done.alpn;
  secured.resumed = done.kind == tls::HandshakeDone::Kind::resumed;
  for (const std::string_view certificate : done.peer_chain) secured.chain.emplace_back(certificate);
  secured.client_certificate_requested = done.certificate_request != nullptr;
  return secured;
}

}  // namespace

Task<Result<void, Trouble>> Channel::flush() {
  while (true) {
    const size_t size = tls_->write_to(output_);
    if (size == 0) co_return Result<void, Trouble>();
    const Result<void, StreamError> written =
        co_await stream_->write_all(std::string_view(output_.data(), size));
    if (!written) co_return Failure<Trouble>(trouble_of(written.error()));
  }
}

Task<Result<void, Trouble>> Channel::receive_more() {
  const ReadResult read = co_await stream_->read_some(input_);
  if (!read) co_return Failure<Trouble>(trouble_of(read.error()));
  if (*read == 0) {
    ended_ = true;
    tls_->receive_end();
  } else {
    tls_->receive(std::string_view(input_.data(), *read));
  }
  co_return Result<void, Trouble>();
}

Task<Result<Secured, Trouble>> Channel::handshake() {
  // What could not be written is looked at only when nothing was said about it: a server that refuses closes
  // its side first, and its alert says more than our broken pipe.
  std::optional<Trouble> unsent;
  while (true) {
    while (std::optional<tls::ClientEvent> event = tls_->next_event()) {
      if (const auto* done = std::get_if<tls::HandshakeDone>(&*event)) co_return secured_of(*done);
      if (const auto* failure = std::get_if<tls::Failure>(&*event)) {
        Trouble trouble = trouble_of(*failure);
        co_await flush();
        co_return Failure<Trouble>(std::move(trouble));
      }
    }
    if (ended_) co_return Failure<Trouble>(closed_early("in the TLS handshake"));
    Result<void, Trouble> flushed = co_await flush();
    if (!flushed) unsent = std::move(flushed.error());
    Result<void, Trouble> more = co_await receive_more();
    if (!more) co_return Failure<Trouble>(unsent ? std::move(*unsent) : std::move(more.error()));
  }
}

Task<Result<std::string_view, Trouble>> Channel::read() {
  if (!tls_) {
    const ReadResult read = co_await stream_->read_some(input_);
    if (!read) co_return Failure<Trouble>(trouble_of(read.error()));
    co_return std::string_view(input_.data(), *read);
  }
  while (true) {
    while (std::optional<tls::ClientEvent> event = tls_->next_event()) {
      if (const auto* plaintext = std::get_if<tls::Plaintext>(&*event)) co_return plaintext->bytes;
      if (auto* session = std::get_if<tls::NewSession>(&*event))
        sessions_.push_back(std::move(session->session));
      if (std::holds_alternative<tls::PeerClosed>(*event)) co_return std::string_view();
      if (const auto* failure = std::get_if<tls::Failure>(&*event))
        co_return Failure<Trouble>(trouble_of(*failure));
    }
    if (ended_) co_return std::string_view();
    const Result<void, Trouble> flushed = co_await flush();
    Result<void, Trouble> more = co_await receive_more();
    if (!more) co_return Failure<Trouble>(std::move(more.error()));
  }
}

Task<Result<void, Trouble>> Channel::write(std::string_view bytes) {
  if (!tls_) {
    const Result<void, StreamError> written = co_await stream_->write_all(bytes);
    if (!written) co_return Failure<Trouble>(trouble_of(written.error()));
    co_return Result<void, Trouble>();
  }
  while (!bytes.empty()) {
    const size_t taken = tls_->send(bytes);
    bytes.remove_prefix(taken);
    Result<void, Trouble> flushed = co_await flush();
    if (!flushed) co_return flushed;
    if (taken == 0) co_return Failure<Trouble>(closed_early("while the request was sent"));
  }
  co_return Result<void, Trouble>();
}

Task<void> Channel::close() {
  if (!tls_) co_return;
  tls_->close();
  co_await flush();
}

}  // namespace astray
