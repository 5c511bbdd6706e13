#include "library/site_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "http2/server.h"
#include "io/sleep.h"
#include "io/socket_network.h"
#include "io/task_group.h"
#include "support/certificates.h"
#include "tls/engine/server.h"

namespace astray::test {
namespace {

using namespace std::chrono_literals;

/// What a stream may have queued of a body.
constexpr size_t most_queued = size_t{64} * 1024;

std::shared_ptr<const tls::ServerContext> context_of(const TestCertificate& authority) {
  const TestCertificate site = CertificateBuilder()
                                   .common_name("a.test")
                                   .names({"a.test", "b.test"})
                                   .valid(instant("2020-01-01"), instant("2050-01-01"))
                                   .issued_by(authority)
                                   .build();
  tls::ServerOptions options;
  options.hosts.push_back({tls::Identity::parse(site.pem(), site.key_pem(), "site").value(),
                           tls::AlpnList::of({"h2"}).value(), tls::ClientAuthentication::off, "",
                           tls::Version::tls1_2, tls::Version::tls1_3, "site"});
  return tls::ServerContext::create(std::move(options)).value();
}

}  // namespace

std::string site_bytes(uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    const uint64_t at = offset + i;
    bytes[i] = static_cast<char>((at ^ (at >> 8) ^ (at >> 16)) & 0xff);
  }
  return bytes;
}

bool eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

class SiteConnection {
 public:
  SiteConnection(SiteServer& site, Loop& loop, std::unique_ptr<Stream> stream)
      : site_(site), loop_(loop), stream_(std::move(stream)), tls_(site.context_), changed_(loop) {
    ++site_.traffic_.connections;
  }
  ~SiteConnection() {
    --site_.traffic_.connections;
    site_.traffic_.streams -= static_cast<int>(streams_.size());
  }

  Task<void> serve() {
    SpawnedTask writing = loop_.spawn(write_all_output());
    std::array<char, 16384> input;
    while (!over_) {
      const ReadResult read = co_await stream_->read_some(input);
      if (!read || *read == 0) break;
      tls_.receive(std::string_view(input.data(), *read));
      while (const std::optional<tls::ServerEvent> event = tls_.next_event()) take(*event);
      changed_.wake_all();
    }
  }

 private:
  struct Answering {
    std::string path;
    uint64_t left = 0;    ///< of /bytes
    uint64_t made = 0;    ///< of /bytes
    uint64_t read = 0;    ///< of the request's body
    size_t withheld = 0;  ///< of that, not consumed
    bool request_ended = false;
  };

  void take(const tls::ServerEvent& event) {
    if (std::holds_alternative<tls::ClientAccepted>(event)) {
      http2::Options options;
      options.consumption = http2::Consumption::by_command;
      options.concurrent_streams = 1000;
      options.resets = 1'000'000;  // the tests cancel a lot
      http_.emplace(options, loop_.now());
    } else if (const auto* plaintext = std::get_if<tls::Plaintext>(&event)) {
      http_->receive(plaintext->bytes);
      while (const std::optional<Http2Server::Event> happened = http_->next_event()) take(*happened);
    } else if (std::holds_alternative<tls::PeerClosed>(event) ||
               std::holds_alternative<tls::Failure>(event)) {
      over_ = true;
    }
  }

  void take(const Http2Server::Event& event) {
    if (const auto* head = std::get_if<http2::RequestHead>(&event)) {
      begin(*head);
    } else if (const auto* data = std::get_if<http2::BodyData>(&event)) {
      take_body(data->stream, data->bytes);
    } else if (const auto* end = std::get_if<http2::RequestEnd>(&event)) {
      if (const auto found = streams_.find(end->stream); found != streams_.end()) {
        found->second.request_ended = true;
        answer_to_end(end->stream, found->second);
      }
    } else if (const auto* reset = std::get_if<http2::StreamReset>(&event)) {
      ++site_.traffic_.resets;
      forget(reset->stream);
    } else if (std::holds_alternative<http2::ConnectionFailure>(event)) {
      over_ = true;
    }
  }

  void forget(http2::StreamId id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    // The connection's window would never get them back.
    if (found->second.withheld != 0) http_->consume(id, found->second.withheld);
    streams_.erase(found);
    --site_.traffic_.streams;
  }

  void begin(const http2::RequestHead& head) {
    ++site_.traffic_.requests;
    ++site_.traffic_.streams;
    const std::string path(*http2::first_value(head.fields, ":path"));
    const std::string authority(*http2::first_value(head.fields, ":authority"));
    Answering& answering = streams_[head.stream];
    answering.path = path;
    if (path.starts_with("/bytes/")) {
      std::from_chars(path.data() + 7, path.data() + path.size(), answering.left);
      respond(head.stream, "200", http2::Then::body);
    } else if (path == "/echo") {
      respond(head.stream, "200", http2::Then::body);
    } else if (path == "/interim") {
      (void)http_->informational(head.stream, {{":status", "103"}, {"link", "</style.css>"}});
      whole(head.stream, "200", "behind an interim response");
    } else if (path == "/misdirected") {
      whole(head.stream, "421", "not here");
    } else if (path == "/") {
      whole(head.stream, "200", "hello from " + authority.substr(0, authority.find(':')));
    }
  }

  void respond(http2::StreamId id, std::string status, http2::Then then) {
    (void)http_->respond(id, {{":status", std::move(status)}, {"server", "site"}}, then);
  }
  void whole(http2::StreamId id, std::string status, std::string_view body) {
    (void)http_->respond(id, {{":status", std::move(status)}, {"server", "site"}}, body);
    forget(id);
  }

  void take_body(http2::StreamId id, std::string_view bytes) {
    site_.traffic_.bytes_read += bytes.size();
    const auto found = streams_.find(id);
    if (found == streams_.end()) return http_->consume(id, bytes.size());
    found->second.read += bytes.size();
    found->second.withheld += bytes.size();
    if (found->second.path == "/echo") (void)http_->send_body(id, bytes, http2::Then::body);
  }

  void answer_to_end(http2::StreamId id, Answering& answering) {
    if (answering.path == "/echo") {
      (void)http_->send_trailers(id, {{"x-bytes", std::to_string(answering.read)}});
      forget(id);
    } else if (answering.path == "/count" || answering.path == "/hold") {
      whole(id, "200", std::to_string(answering.read));
    }
  }

  /// As much as the peer makes room for.
  void produce() {
    for (auto at = streams_.begin(); at != streams_.end();) {
      const http2::StreamId id = at->first;
      Answering& answering = (at++)->second;
      const bool held = answering.path == "/hold" && site_.holds();
      const bool echo_is_full = answering.path == "/echo" && http_->unsent_body(id) > most_queued;
      if (answering.withheld != 0 && !held && !echo_is_full)
        http_->consume(id, std::exchange(answering.withheld, 0));
      if (!answering.path.starts_with("/bytes/")) continue;
      while (answering.left != 0 && http_->unsent_body(id) < most_queued) {
        const size_t size = std::min<uint64_t>(answering.left, 16384);
        const std::string bytes = site_bytes(answering.made, size);
        answering.made += size;
        answering.left -= size;
        site_.traffic_.bytes_made += size;
        (void)http_->send_body(id, bytes, answering.left == 0 ? http2::Then::end : http2::Then::body);
      }
      if (answering.left == 0) forget(id);
    }
  }

  Task<void> write_all_output() {
    std::string buffer(16384, '\0');
    while (true) {
      size_t size = tls_.write_to(buffer);
      if (size == 0 && http_) {
        produce();
        const size_t plain = http_->write_to(buffer);
        if (plain != 0) {
          tls_.send(std::string_view(buffer).substr(0, plain));
          size = tls_.write_to(buffer);
        }
      }
      if (size == 0) {
        co_await changed_.wait();
        continue;
      }
      const Result<void, StreamError> written =
          co_await stream_->write_all(std::string_view(buffer).substr(0, size));
      if (!written) co_return;
    }
  }

  SiteServer& site_;
  Loop& loop_;
  std::unique_ptr<Stream> stream_;
  tls::Server tls_;
  std::optional<Http2Server> http_;
  std::map<http2::StreamId, Answering> streams_;
  WaitQueue changed_;
  bool over_ = false;
};

namespace {

Task<void> serve(SiteServer& site, Loop& loop, std::unique_ptr<Stream> stream) {
  SiteConnection connection(site, loop, std::move(stream));
  co_await connection.serve();
}

Task<void> accept_all(SiteServer& site, Loop& loop, StreamListener& listener) {
  TaskGroup connections(loop, SIZE_MAX);
  while (true) {
    auto stream = co_await listener.accept();
    if (!stream) continue;
    Task<void> serving = serve(site, loop, std::move(*stream));
    co_await connections.start(std::move(serving));
  }
}

}  // namespace

SiteServer::SiteServer() {
  const TestCertificate authority = CertificateBuilder()
                                        .common_name("Site CA")
                                        .authority()
                                        .valid(instant("2020-01-01"), instant("2050-01-01"))
                                        .build();
  ca_file_ = folder_.write("ca.pem", authority.pem());
  context_ = context_of(authority);
  thread_ = std::thread([this] { run(); });
  while (port_ == 0) std::this_thread::yield();
}

SiteServer::~SiteServer() {
  mailbox_.post([this] { stopping_ = true; });
  thread_.join();
}

void SiteServer::run() {
  EpollLoop loop;
  SocketNetwork network(loop);
  const auto listener =
      network.listen(Endpoint::with_any_port(IpAddress::v4({127, 0, 0, 1})), ListenOptions{1024}).value();
  const Mailbox::Reader reader(loop, mailbox_);
  const SpawnedTask accepting = loop.spawn(accept_all(*this, loop, *listener));
  port_ = listener->local().port.number();
  while (!stopping_) loop.turn();
}

std::string SiteServer::url(std::string_view path, std::string_view name) const {
  return fmt::format("https://{}:{}{}", name, port_.load(), path);
}

std::string SiteServer::resolve(std::string_view name) const {
  return fmt::format("{}:{}:127.0.0.1", name, port_.load());
}

}  // namespace astray::test
