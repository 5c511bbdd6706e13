#include "proxy/front/front_wire.h"

#include <utility>

namespace astray::proxy {
namespace {

/// In a row, before others get their turn.
constexpr int most_reads = 8;

}  // namespace

FrontWire::FrontWire(Loop& loop, WireBuffers& buffers, std::unique_ptr<Stream> stream, User& user)
    : loop_(loop), buffers_(buffers), stream_(std::move(stream)), user_(user) {}

FrontWire::~FrontWire() {
  // It waits at the stream.
  writer_.cancel();
}

void FrontWire::begin_tls(tls::Server tls) {
  tls_.emplace(std::move(tls));
}

void FrontWire::resume_reading() {
  if (reading_ != Reading::paused) return;
  reading_ = Reading::open;
  loop_.make_ready(*this);
}

void FrontWire::close(Parting parting) {
  if (closing_ != Closing::no) return;
  closing_ = Closing::asked;
  parting_ = parting;
  flush_soon();
}

void FrontWire::abort() {
  writer_.cancel();
  residue_.clear();
  stream_->abort();
  write_broken_ = true;
  closing_ = Closing::asked;
  flush_soon();
}

void FrontWire::on_ready() {
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

void FrontWire::take(std::string_view bytes) {
  if (bytes.empty()) return;
  if (!tls_) return user_.on_bytes(bytes);
  tls_->receive(bytes);
  drain_tls();
}

void FrontWire::take_end() {
  if (tls_) {
    tls_->receive_end();
    drain_tls();
  }
  end(WireEnd::Kind::clean, {});
}

void FrontWire::drain_tls() {
  while (std::optional<tls::ServerEvent> event = tls_->next_event()) {
    if (reading_ == Reading::ended) continue;
    if (const auto* plaintext = std::get_if<tls::Plaintext>(&*event)) {
      user_.on_bytes(plaintext->bytes);
    } else if (const auto* accepted = std::get_if<tls::ClientAccepted>(&*event)) {
      user_.on_secured(*accepted);
    } else if (const auto* closed = std::get_if<tls::PeerClosed>(&*event)) {
      end(closed->how == tls::PeerClosed::How::clean ? WireEnd::Kind::clean : WireEnd::Kind::truncated, {});
    } else if (auto* failure = std::get_if<tls::Failure>(&*event)) {
      tls_failure_ = failure->kind;
      end(WireEnd::Kind::broken, "TLS: " + failure->sentence);
    }
  }
  // Handshake messages, alerts, key updates: the engine may have something to say.
  if (tls_->output() == tls::Server::Output::waiting) flush_soon();
}

void FrontWire::end(WireEnd::Kind kind, std::string sentence) {
  if (reading_ == Reading::ended) return;
  reading_ = Reading::ended;
  user_.on_wire_end({kind, std::move(sentence)});
}

size_t FrontWire::fill(std::span<char> buffer) {
  if (!tls_) return user_.take_output(buffer);
  size_t filled = 0;
  while (filled < buffer.size()) {
    const size_t size = tls_->write_to(buffer.subspan(filled));
    filled += size;
    if (size != 0) continue;
    const std::span<char> plain(buffers_.plain.get(), WireBuffers::bytes / 2);
    const size_t waiting = user_.take_output(plain);
    if (waiting == 0) {
      if (closing_ != Closing::asked || std::exchange(said_goodbye_, true)) break;
      // Only now: behind close_notify TLS takes nothing.
      tls_->close();
      continue;
    }
    // The engine's queue is empty here and holds more than this buffer; a dead engine takes nothing.
    const size_t sent = tls_->send_through({plain.data(), waiting}, buffer.subspan(filled));
    if (sent == 0) break;
    filled += sent;
  }
  return filled;
}

void FrontWire::flush() {
  if (!residue_.empty()) return;
  flushing_ = true;
  const Sent sent = send_all();
  flushing_ = false;
  if (sent == Sent::part) return user_.on_blocked();
  finish_closing();
}

FrontWire::Sent FrontWire::send_all() {
  const std::span<char> buffer(buffers_.outgoing.get(), WireBuffers::bytes);
  while (!write_broken_) {
    const size_t size = fill(buffer);
    if (size == 0) break;
    const std::string_view bytes(buffer.data(), size);
    const WriteResult written = stream_->try_write(bytes);
    wrote_at_ = loop_.now();
    if (!written) {
      break_writing(written.error());
    } else if (*written < size) {
      residue_ = bytes.substr(*written);
      writer_ = loop_.spawn(write_residue());
      return Sent::part;
    }
  }
  return Sent::all;
}

/// What the client said before it closed is still to be read, and reading tells the end; where reading
/// pauses, nobody else would tell it.
void FrontWire::break_writing(const StreamError& error) {
  write_broken_ = true;
  if (reading_ == Reading::paused) end(WireEnd::Kind::broken, describe(error));
}

void FrontWire::finish_closing() {
  if (closing_ != Closing::asked) return;
  closing_ = Closing::done;
  if (!write_broken_ && parting_ == Parting::in_stages) stream_->shutdown_write();
  user_.on_closed();
}

Task<void> FrontWire::write_residue() {
  for (size_t at = 0; at < residue_.size() && !write_broken_;) {
    const WriteResult written = co_await stream_->write_some(std::string_view(residue_).substr(at));
    if (written)
      at += *written;
    else
      break_writing(written.error());
    wrote_at_ = loop_.now();
  }
  residue_.clear();
  flush_soon();
}

}  // namespace astray::proxy
