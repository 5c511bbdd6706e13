#include "client/handshake.h"

#include <fmt/format.h>

#include <array>

#include "names/raw_host.h"

namespace astray::client {
namespace {

constexpr size_t buffer_bytes = size_t{16} * 1024;

std::string sentence_of(const tls::Failure& failure) {
  std::string sentence = "TLS: " + failure.sentence;
  if (!failure.first_bytes.empty())
    sentence += fmt::format("; it begins with \"{}\"", RawHost(failure.first_bytes).printable());
  if (failure.alert && failure.alert->direction == tls::Direction::received)
    sentence += fmt::format(" (alert {})", failure.alert->name());
  return sentence;
}

class Shaking {
 public:
  Shaking(Stream& stream, tls::Client engine) : stream_(stream), secured_{.engine = std::move(engine)} {}

  Task<Result<Secured, FetchFailure>> run();

 private:
  Task<Result<void, StreamError>> flush();
  void take(tls::ClientEvent event);
  void settle(const tls::HandshakeDone& done);
  FetchFailure failure(std::string sentence) const {
    return {FailureKind::handshake_failed, Phase::handshake, std::move(sentence), Processing::impossible};
  }

  Stream& stream_;
  Secured secured_;
  bool done_ = false;
  std::string failed_;
  std::unique_ptr<char[]> buffer_{new char[buffer_bytes]};
};

Task<Result<void, StreamError>> Shaking::flush() {
  const std::span<char> buffer(buffer_.get(), buffer_bytes);
  for (;;) {
    const size_t size = secured_.engine.write_to(buffer);
    if (size == 0) co_return Result<void, StreamError>();
    Result<void, StreamError> written = co_await stream_.write_all(std::string_view(buffer.data(), size));
    if (!written) co_return written;
  }
}

void Shaking::settle(const tls::HandshakeDone& done) {
  done_ = true;
  secured_.alpn = done.alpn.value_or("");
  secured_.version = tls::to_string(done.version);
  secured_.cipher = done.cipher;
  secured_.resumed = done.kind == tls::HandshakeDone::Kind::resumed;
  secured_.sent_certificate = done.certificate_request != nullptr &&
                              done.certificate_request->answer == tls::CertificateRequest::Answer::sent;
  secured_.chain.assign(done.peer_chain.begin(), done.peer_chain.end());
}

void Shaking::take(tls::ClientEvent event) {
  if (const auto* finished = std::get_if<tls::HandshakeDone>(&event)) settle(*finished);
  if (const auto* plaintext = std::get_if<tls::Plaintext>(&event)) secured_.early += plaintext->bytes;
  if (auto* session = std::get_if<tls::NewSession>(&event))
    secured_.sessions.push_back(std::move(session->session));
  if (const auto* failed = std::get_if<tls::Failure>(&event)) failed_ = sentence_of(*failed);
  if (std::holds_alternative<tls::PeerClosed>(event))
    failed_ = "the server closed the connection at the end of the TLS handshake";
}

Task<Result<Secured, FetchFailure>> Shaking::run() {
  const std::span<char> buffer(buffer_.get(), buffer_bytes);
  for (;;) {
    // Our last flight, with our certificate in TLS 1.3, waits until the server's certificate has been judged.
    if (done_ && failed_.empty()) co_return std::move(secured_);
    // A peer that no longer reads may have said why.
    Task<Result<void, StreamError>> flushing = flush();
    (void)co_await std::move(flushing);
    if (!failed_.empty()) co_return Failure<FetchFailure>(failure(failed_));
    const ReadResult read = co_await stream_.read_some(buffer);
    if (!read) {
      co_return Failure<FetchFailure>(
          failure(fmt::format("the connection broke in the TLS handshake: {}", describe(read.error()))));
    }
    if (*read == 0) {
      secured_.engine.receive_end();
    } else {
      secured_.engine.receive(std::string_view(buffer.data(), *read));
    }
    while (std::optional<tls::ClientEvent> event = secured_.engine.next_event()) take(std::move(*event));
  }
}

}  // namespace

Task<Result<Secured, FetchFailure>> shake_hands(Stream& stream, tls::Client engine) {
  Shaking shaking(stream, std::move(engine));
  co_return co_await shaking.run();
}

}  // namespace astray::client
