#include "proxy/back/test_server_test.h"

#include <algorithm>

namespace astray::proxy::test {
namespace {

class Http1Peer final : public Peer {
 public:
  explicit Http1Peer(std::vector<Step> steps) : steps_(std::move(steps)) { advance(); }
  void receive(std::string_view bytes) override {
    received_ += bytes;
    advance();
  }
  size_t write_to(std::span<char> buffer) override {
    const size_t size = std::min(buffer.size(), output_.size());
    output_.copy(buffer.data(), size);
    output_.erase(0, size);
    return size;
  }
  Ending ending() const override { return ending_; }

 private:
  void advance() {
    while (ending_ == Ending::open && at_ < steps_.size()) {
      const Step& step = steps_[at_];
      const size_t found = received_.find(step.await);
      if (found == std::string::npos) return;
      received_.erase(0, found + step.await.size());
      output_ += step.send;
      ending_ = step.then;
      const bool again = at_ + 1 == steps_.size() && !step.await.empty();
      if (!again) ++at_;
    }
  }

  std::vector<Step> steps_;
  size_t at_ = 0;
  std::string received_, output_;
  Ending ending_ = Ending::open;
};

}  // namespace

Endpoint at(std::string_view text) {
  return Endpoint::parse(text).value();
}

Served::Served(Loop& loop, std::unique_ptr<Stream> stream, std::unique_ptr<Peer> peer,
               std::shared_ptr<const tls::ServerContext> context)
    : loop_(loop), stream_(std::move(stream)), peer_(std::move(peer)), work_(loop) {
  if (context) tls_.emplace(std::move(context));
  reader_ = loop_.spawn(read());
  writer_ = loop_.spawn(write());
}

void Served::take(std::string_view bytes) {
  received += bytes;
  peer_->receive(bytes);
}

Task<void> Served::read() {
  std::string buffer(16384, '\0');
  for (;;) {
    const ReadResult size = co_await stream_->read_some(buffer);
    if (!size || *size == 0) {
      client_closed = true;
      co_return;
    }
    const std::string_view bytes = std::string_view(buffer).substr(0, *size);
    if (!tls_) {
      take(bytes);
    } else {
      tls_->receive(bytes);
      while (auto event = tls_->next_event()) {
        if (const auto* accepted = std::get_if<tls::ClientAccepted>(&*event)) {
          if (accepted->server_name) sni = std::string(*accepted->server_name);
          resumed = accepted->kind == tls::HandshakeDone::Kind::resumed;
        }
        if (const auto* plain = std::get_if<tls::Plaintext>(&*event)) take(plain->bytes);
        if (std::holds_alternative<tls::PeerClosed>(*event)) client_closed = true;
      }
    }
    wake();
  }
}

std::string Served::output() {
  std::string all;
  std::string buffer(16384, '\0');
  if (!tls_) {
    while (const size_t size = peer_->write_to(buffer)) all.append(buffer, 0, size);
    return all;
  }
  for (;;) {
    while (const size_t size = tls_->write_to(buffer)) all.append(buffer, 0, size);
    const size_t size = peer_->write_to(buffer);
    if (size == 0) return all;
    tls_->send(std::string_view(buffer).substr(0, size));
  }
}

Task<void> Served::write() {
  for (;;) {
    for (;;) {
      const std::string bytes = output();
      if (bytes.empty()) break;
      const Result<void, StreamError> written = co_await stream_->write_all(bytes);
      if (!written) co_return;
    }
    if (peer_->ending() == Ending::abort) {
      stream_->abort();
      co_return;
    }
    if (peer_->ending() == Ending::close) {
      if (tls_) tls_->close();
      const std::string last = output();
      if (!last.empty()) (void)co_await stream_->write_all(last);
      stream_->shutdown_write();
      co_return;
    }
    co_await work_.wait();
  }
}

TestServer::TestServer(Loop& loop, Network& network, Endpoint where, MakePeer make,
                       std::shared_ptr<const tls::ServerContext> context)
    : loop_(loop),
      make_(std::move(make)),
      context_(std::move(context)),
      listener_(network.listen(where).value()),
      accepting_(loop.spawn(accept())) {}

Task<void> TestServer::accept() {
  for (;;) {
    auto stream = co_await listener_->accept();
    if (!stream) continue;
    connections.emplace_back(loop_, std::move(*stream), make_(connections.size()), context_);
  }
}

std::unique_ptr<Peer> http1_peer(std::vector<Step> steps) {
  return std::make_unique<Http1Peer>(std::move(steps));
}

TestServer::MakePeer http1(std::vector<Step> steps) {
  return [steps](size_t) { return http1_peer(steps); };
}

Http2Peer::Http2Peer(MonotonicTime now, Answer answer, http2::Options options)
    : engine(options, now), answer_(std::move(answer)) {}

void Http2Peer::receive(std::string_view bytes) {
  engine.receive(bytes);
  while (auto event = engine.next_event()) {
    if (const auto* head = std::get_if<http2::RequestHead>(&*event)) requests.push_back(*head);
    if (const auto* data = std::get_if<http2::BodyData>(&*event)) body += data->bytes;
    if (const auto* reset = std::get_if<http2::StreamReset>(&*event))
      resets.emplace_back(to_string(reset->code));
    if (answer_) {
      answer_(*this, *event);
    } else if (const auto* end = std::get_if<http2::RequestEnd>(&*event)) {
      (void)engine.respond(end->stream, {{":status", "200"}}, "ok");
    }
  }
}

void Http2Peer::announce(http2::Setting setting) {
  std::string buffer(1024, '\0');
  raw.assign(buffer, 0, engine.write_to(buffer));
  // The frame's length stands in its first three bytes; an entry has six (RFC 9113 §6.5.1).
  ASSERT_EQ(raw.at(3), 4);
  const size_t end = size_t{9} + static_cast<unsigned char>(raw.at(2));
  raw.insert(end, {0, static_cast<char>(setting.id), 0, 0, 0, static_cast<char>(setting.value)});
  raw[2] = static_cast<char>(raw[2] + 6);
}

size_t Http2Peer::write_to(std::span<char> buffer) {
  if (raw.empty()) return engine.write_to(buffer);
  const size_t size = std::min(buffer.size(), raw.size());
  raw.copy(buffer.data(), size);
  raw.erase(0, size);
  return size;
}

TestServer::MakePeer http2_peers(Loop& loop, Http2Peer::Answer answer, http2::Options options) {
  return
      [&loop, answer, options](size_t) { return std::make_unique<Http2Peer>(loop.now(), answer, options); };
}

size_t requests_to(const TestServer& server) {
  size_t count = 0;
  for (const Served& connection : server.connections) {
    for (size_t i = 0; (i = connection.received.find("HTTP/1.1\r\n", i)) != std::string::npos; ++i) ++count;
  }
  return count;
}

}  // namespace astray::proxy::test
