// First byte: HTTP/2 (bit 0), a trusted gateway as the peer (bit 1), preface and SETTINGS come ahead (bit 2),
// how the bytes are cut (bits 4 to 7). The rest is what a client sends. Each request that reaches the backs
// is answered, in one of several ways.
//
// The law: a request head that reaches a back is one that judge_request serves on this connection, by a table
// of names of this file's own, and HTTP/1.1 reads it back as what it is.
#include <random>
#include <string>

#include "base/ascii.h"
#include "base/check.h"
#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "http1/server.h"
#include "http2/raw_frames.h"
#include "io/fake/network.h"
#include "io/fake/virtual_loop.h"
#include "io/sleep.h"
#include "proxy/front/front_protocol.h"
#include "tls/file_certificate_source.h"
#include "verdict/judge_request.h"

using namespace astray;
using namespace astray::proxy;

namespace {

const char* const configuration = R"(
listeners:
  clear: {address: "10.0.0.1:80", tls: false, cleartext: serve}
virtual_hosts:
  a: {names: [a.example, "*.w.example", 192.0.2.1], listeners: [clear], routes: [{backs: [app]}]}
  old: {names: [h1.example], listeners: [clear], protocols: [http/1.1], routes: [{backs: [app]}]}
backs: {app: {addresses: ["10.0.0.9:80"]}}
)";

std::shared_ptr<const Site> make_site() {
  FileCertificateSource no_files;
  gateway::ReadConfiguration read = gateway::read_configuration(configuration, "");
  CHECK(!gateway::has_errors(read.problems));
  CHECK(!gateway::has_errors(gateway::check_configuration(read.configuration, no_files)));
  auto keys = tls::TicketKeys::random(MonotonicTime{});
  CHECK(keys);
  auto site = Site::build(std::move(read.configuration), no_files, *keys, 1);
  CHECK(site);
  return *site;
}

/// Who owns a name, without the gateway's table.
Ownership naive_owner(const Origin& asked, Peer peer) {
  Ownership owner;
  const bool at_port = asked.scheme == Scheme::http && asked.port == Port(80);
  if (peer == Peer::client && !at_port) return owner;
  const std::string host = asked.host.text();
  if (host == "a.example" || host == "192.0.2.1" || (host.ends_with(".w.example") && host.size() > 10))
    owner.claim = Claim::by_name;
  if (host == "h1.example") {
    owner.claim = Claim::by_name;
    owner.protocols = ProtocolSet::of(Protocol::h1);
  }
  return owner;
}

void check_served(const ConnectionFacts& facts, const RequestHead& head) {
  RequestFacts request;
  request.scheme = head.scheme;
  request.host_fields.emplace_back(head.authority);
  if (facts.protocol == Protocol::h2) request.pseudo_authority = RawHost(head.authority);
  const Verdict verdict =
      judge_request(facts, request, [&](const Origin& asked) { return naive_owner(asked, facts.peer); });
  CHECK(verdict.answer == Answer::serve);
}

/// What an HTTP/1.1 back would read.
void check_readable(const RequestHead& head) {
  std::string wire = head.method + ' ' + head.target + " HTTP/1.1\r\nHost: " + head.authority + "\r\n";
  for (const http2::Field field : head.fields) {
    for (const std::string_view hop : {"connection", "transfer-encoding", "keep-alive", "upgrade", "host",
                                       "content-length", "proxy-connection"})
      CHECK(field.name != hop);
    CHECK(field.name.find_first_of("\r\n:") == std::string::npos);
    CHECK(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    wire.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  wire += "\r\n";
  Http1Server reader(
      http1::Limits{.head_bytes = 1 << 20, .line_bytes = 1 << 20, .target_bytes = 1 << 20, .fields = 1000});
  reader.receive(wire);
  const auto event = reader.next_event();
  CHECK(event);
  const auto* read = std::get_if<http1::RequestHead>(&*event);
  CHECK(read != nullptr);
  CHECK(read->method == head.method && read->raw_target == head.target);
  CHECK(read->fields.count(http1::KnownField::host) == 1 && read->fields.size() == head.fields.size() + 1);
  CHECK(read->framing == http1::Framing::no_body);
}

/// Backs that answer in the next turn, each request in another way.
class FuzzedBacks final : public BackSender, ReadyItem {
 public:
  FuzzedBacks(Loop& loop, const ConnectionFacts& facts) : loop_(loop), facts_(facts) {}

  std::unique_ptr<BackRequest> send(const BackWish&, const RequestHead& head,
                                    BackResponder& responder) override {
    check_served(facts_, head);
    check_readable(head);
    auto request = std::make_unique<Request>(*this, responder, number_++);
    waiting_.push_back(request.get());
    loop_.make_ready(*this);
    return request;
  }

 private:
  class Request final : public BackRequest {
   public:
    Request(FuzzedBacks& backs, BackResponder& to, size_t which)
        : responder(to), number(which), backs_(backs) {}
    ~Request() override { std::erase(backs_.waiting_, this); }
    void send_body(std::string_view bytes) override { CHECK(!ended_ && !bytes.empty()); }
    void end_body(Fields) override {
      CHECK(!ended_);
      ended_ = true;
    }
    size_t unsent() const override { return 0; }
    void consume(size_t) override {}

    BackResponder& responder;
    const size_t number;

   private:
    FuzzedBacks& backs_;
    bool ended_ = false;
  };

  void on_ready() override {
    for (int i = 0; i < 64 && !waiting_.empty(); ++i) answer(*waiting_.front());
    if (!waiting_.empty()) loop_.make_ready(*this);
  }

  /// Each call may destroy the request.
  void answer(Request& request) {
    waiting_.erase(waiting_.begin());
    BackResponder& responder = request.responder;
    const size_t way = request.number % 6;
    responder.on_connection({.id = 1, .reused = way == 3});
    if (way == 0) return responder.on_head({.status = 204});
    if (way == 1) return responder.on_head({.status = 421});
    if (way == 3) return responder.on_failure({BackFailure::Kind::closed_early, "as the fuzzer wants it"});
    if (way == 4) {
      responder.on_interim(103, {});
      responder.on_head({.status = 200, .body = gateway::Body::follows});
      return responder.on_failure({BackFailure::Kind::malformed, "as the fuzzer wants it"});
    }
    responder.on_head({.status = 200, .body = gateway::Body::follows, .content_length = 2});
    responder.on_body("ok");
    responder.on_end();
  }

  Loop& loop_;
  const ConnectionFacts& facts_;
  std::vector<Request*> waiting_;
  size_t number_ = 0;
};

class NoJournal final : public Journal {
 public:
  gateway::WallTime wall_time() override { return {}; }
  std::string_view http_date() override { return "Thu, 01 Jan 1970 00:00:00 GMT"; }
  void on_request_ended(const gateway::LogRecord&) override { ++ended; }
  void on_back_answered(const std::string&, Duration) override {}
  void on_back_failed(const std::string&, BackFailure::Kind) override {}
  void on_back_misdirected(const std::string&) override {}
  size_t ended = 0;
};

/// FrontConnection without TLS, PROXY headers and patience.
class FuzzedConnection final : public FrontHost, FrontWire::User {
 public:
  FuzzedConnection(Loop& loop, std::unique_ptr<Stream> stream, std::shared_ptr<const Site> site,
                   Protocol protocol, Peer peer)
      : loop_(loop),
        site_(std::move(site)),
        wire_(loop, buffers_, std::move(stream), *this),
        client_{.id = 1,
                .listener = "clear",
                .client = wire_.stream().peer(),
                .peer = wire_.stream().peer(),
                .local = wire_.stream().local()},
        judge_(client_) {
    client_.facts = {.scheme = Scheme::http, .local_port = Port(80), .protocol = protocol, .peer = peer};
    client_.as_told.emplace(client_.client, peer == Peer::trusted_gateway
                                                ? gateway::PeerTrust::trusted_gateway
                                                : gateway::PeerTrust::stranger);
    generation_ = std::make_shared<const Generation>(
        Generation{site_, std::make_shared<FuzzedBacks>(loop, client_.facts)});
    protocol_ = protocol == Protocol::h2 ? make_http2_front(*this) : make_http1_front(*this);
    wire_.start();
  }

  bool closed = false;
  size_t begun() const { return requests_; }
  size_t ended() const { return journal_.ended; }

 private:
  void on_bytes(std::string_view bytes) override { protocol_->on_bytes(bytes); }
  void on_secured(const tls::ClientAccepted&) override {}
  void on_wire_end(const WireEnd& end) override { protocol_->on_wire_end(end); }
  size_t take_output(std::span<char> buffer) override { return protocol_->take_output(buffer); }
  void on_blocked() override {}
  void on_closed() override { closed = true; }
  Loop& loop() override { return loop_; }
  FrontWire& wire() override { return wire_; }
  const ClientConnection& client() const override { return client_; }
  Judgement judge(RequestNames names, std::string_view) override {
    return {generation_, &judge_.judge(*site_, names)};
  }
  ExchangeParts exchange_parts() override { return {loop_, journal_, random_}; }
  const gateway::PeerLimits& limits() const override { return site_->configuration().operation.peers; }
  uint64_t count_request() override { return ++requests_; }
  void watch() override {}

  Loop& loop_;
  std::shared_ptr<const Site> site_;
  WireBuffers buffers_;
  FrontWire wire_;
  ClientConnection client_;
  RequestJudge judge_;
  NoJournal journal_;
  std::minstd_rand random_{1};
  std::shared_ptr<const Generation> generation_;
  uint64_t requests_ = 0;
  std::unique_ptr<FrontProtocol> protocol_;
};

Task<void> visit(fake::VirtualLoop& loop, fake::Network& network, std::string bytes, Protocol protocol,
                 Peer peer) {
  static const std::shared_ptr<const Site> site = make_site();
  const Endpoint at = Endpoint::parse("10.0.0.1:80").value();
  auto listener = network.listen(at);
  CHECK(listener);
  auto connected = co_await network.connect(at);
  CHECK(connected);
  auto accepted = co_await (*listener)->accept();
  CHECK(accepted);
  FuzzedConnection connection(loop, std::move(*accepted), site, protocol, peer);
  Stream& client = **connected;
  std::string_view rest = bytes;
  std::string read(65536, '\0');
  for (int i = 0; i < 1000; ++i) {
    if (!rest.empty()) {
      const WriteResult written = client.try_write(rest);
      rest.remove_prefix(written ? *written : rest.size());
      if (rest.empty()) client.shutdown_write();
    }
    while (true) {
      const auto got = client.try_read(read);
      if (!got || !*got || **got == 0) break;
    }
    SleepUntil sleeping = sleep_for(loop, std::chrono::milliseconds(1));
    co_await sleeping;
    if (rest.empty() && connection.closed) break;
  }
  CHECK(connection.closed);
  CHECK(connection.begun() == connection.ended());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 16384) return 0;
  const uint8_t choice = data[0];
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Protocol protocol = (choice & 1) != 0 ? Protocol::h2 : Protocol::h1;
  if (protocol == Protocol::h2 && (choice & 4) != 0) {
    const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
    bytes.insert(0, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings);
  }
  if (bytes.empty()) return 0;
  fake::VirtualLoop loop;
  fake::Network network(loop, choice >> 4);
  fake::Link link;
  link.to_server.delivery = (choice & 0x80) != 0 ? fake::Delivery::random_size : fake::Delivery::whole;
  network.set_default_link(link);
  CHECK(loop.run_until_done(visit(loop, network, std::move(bytes), protocol,
                                  (choice & 2) != 0 ? Peer::trusted_gateway : Peer::client)));
  return 0;
}
