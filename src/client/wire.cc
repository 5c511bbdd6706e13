#include "client/wire.h"

#include <utility>

namespace astray::client {
namespace {

/// In a row, before others get their turn.
constexpr int most_reads = 8;

}  // namespace

Wire::Wire(Loop& loop, WireBuffers& buffers, std::unique_ptr<Stream> stream, std::optional<tls::Client> tls,
           User& user)
    : loop_(loop), buffers_(buffers), stream_(std::move(stream)), tls_(std::move(tls)), user_(user) {}

Wire::~Wire() {
  // It waits at the stream.
  writer_.cancel();
}

void Wire::start(std::string early) {
  early_ = std::move(early);
  loop_.make_ready(*this);
  flush_soon();
}

void Wire::resume_reading() {
  if (reading_ != Reading::paused) return;
  reading_ = Reading::open;
  loop_.make_ready(*this);
}

void Wire::close() {
  if (closing_ != Closing::no) return;
  closing_ = Closing::asked;
  if (tls_) tls_->close();
  flush_soon();
}

void Wire::on_ready() {
  if (!early_.empty()) {
    const std::string early = std::exchange(early_, {});
    user_.on_bytes(early);
  }
  const std::span<char> buffer(buffers_.received.get(), WireBuffers::bytes);
  for (int reads = 0; reading_ == Reading::open; ++reads) {
    if (reads == most_reads) return loop_.make_ready(*this);
    const std::optional<ReadResult> read = stream_->try_read(buffer);
    if (!read) return stream_->call_when_readable(this);
    if (!*read) {
      end(WireEnd::Kind::broken, describe(read->error()));
    } else if (**read == 0) {
      take_end();
    } else {
      take(std::string_view(buffer.data(), **read));
    }
  }
}

void Wire::take(std::string_view bytes) {
  if (tls_) {
    tls_->receive(bytes);
    drain_tls();
  } else {
    user_.on_bytes(bytes);
  }
}

void Wire::take_end() {
  if (tls_) {
    tls_->receive_end();
    drain_tls();
  }
  end(WireEnd::Kind::clean, {});
}

void Wire::drain_tls() {
  while (std::optional<tls::ClientEvent> event = tls_->next_event()) {
    if (reading_ == Reading::ended) continue;
    if (const auto* plaintext = std::get_if<tls::Plaintext>(&*event)) {
      user_.on_bytes(plaintext->bytes);
    } else if (auto* session = std::get_if<tls::NewSession>(&*event)) {
      user_.on_session(std::move(session->session));
    } else if (const auto* closed = std::get_if<tls::PeerClosed>(&*event)) {
      end(closed->how == tls::PeerClosed::How::clean ? WireEnd::Kind::clean : WireEnd::Kind::truncated, {});
    } else if (auto* failure = std::get_if<tls::Failure>(&*event)) {
      end(WireEnd::Kind::broken, "TLS: " + failure->sentence);
    }
  }
  // Alerts, key updates: the engine may have something to say.
  if (tls_->output() == tls::Client::Output::waiting) flush_soon();
}

void Wire::end(WireEnd::Kind kind, std::string sentence) {
  if (reading_ == Reading::ended) return;
  reading_ = Reading::ended;
  user_.on_wire_end({kind, std::move(sentence)});
}

size_t Wire::fill(std::span<char> buffer) {
  if (!tls_) return user_.take_output(buffer);
  size_t filled = 0;
  while (filled < buffer.size()) {
    const size_t size = tls_->write_to(buffer.subspan(filled));
    filled += size;
    if (size != 0) continue;
    const std::span<char> plain(buffers_.plain.get(), WireBuffers::bytes / 2);
    const size_t waiting = user_.take_output(plain);
    if (waiting == 0) break;
    // The engine's queue is empty here and holds more than this buffer; a dead engine takes nothing.
    const size_t sent = tls_->send_through({plain.data(), waiting}, buffer.subspan(filled));
    if (sent == 0) break;
    filled += sent;
  }
  return filled;
}

void Wire::flush() {
  if (!residue_.empty() || write_broken_) return;
  const std::span<char> buffer(buffers_.outgoing.get(), WireBuffers::bytes);
  while (const size_t size = fill(buffer)) {
    const std::string_view bytes(buffer.data(), size);
    const WriteResult written = stream_->try_write(bytes);
    if (!written) {
      // What the peer said before it closed is still to be read; reading tells the end.
      write_broken_ = true;
      return;
    }
    if (*written < size) {
      residue_ = bytes.substr(*written);
      writer_ = loop_.spawn(write_residue());
      return;
    }
  }
  if (closing_ != Closing::asked) return;
  closing_ = Closing::done;
  stream_->shutdown_write();
}

Task<void> Wire::write_residue() {
  const Result<void, StreamError> written = co_await stream_->write_all(residue_);
  write_broken_ = !written;
  residue_.clear();
  flush_soon();
}

}  // namespace astray::client
