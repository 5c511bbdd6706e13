#include "proxy/front/front_connection.h"

#include <algorithm>
#include <utility>

#include "gateway/forwarded_scheme.h"
#include "gateway/proxy_header.h"

namespace astray::proxy {
namespace {

/// After our last byte, for the client to read it and close (RFC 9112 §9.6).
constexpr Duration linger_time = std::chrono::seconds(2);

bool holds(const std::vector<gateway::Placed<gateway::AddressBlock>>& blocks, const IpAddress& address) {
  return std::any_of(blocks.begin(), blocks.end(),
                     [&](const auto& block) { return block.value.contains(address); });
}

Duration shortest_of(const gateway::PeerTimeouts& timeouts) {
  return std::min({timeouts.handshake, timeouts.header, timeouts.body, timeouts.idle, timeouts.write});
}

}  // namespace

FrontConnection::FrontConnection(FrontKeeper& keeper, const Listener& listener,
                                 std::unique_ptr<Stream> stream)
    : keeper_(keeper),
      site_(keeper.generation()->site),
      listener_(listener),
      wire_(keeper.loop(), keeper.buffers(), std::move(stream), *this),
      client_{.id = keeper.next_connection_id(),
              .listener = listener.settings->name.value.text,
              .client = wire_.stream().peer(),
              .peer = wire_.stream().peer(),
              .local = wire_.stream().local()},
      judge_(client_),
      began_(keeper.loop().now()),
      shortest_time_(shortest_of(limits().timeouts)) {
  const gateway::ListenerSettings& settings = *listener.settings;
  ConnectionFacts& facts = client_.facts;
  facts.scheme = listener.at.scheme;
  facts.local_address = client_.local.address;
  facts.local_port = listener.at.port;
  if (holds(settings.trusted_gateways, client_.peer.address)) {
    facts.peer = Peer::trusted_gateway;
    client_.scheme_from_forwarded =
        settings.scheme_from && settings.scheme_from->value == gateway::SchemeSource::forwarded;
  }
  const auto& speakers = settings.proxy_protocol;
  if (speakers && holds(speakers->from, client_.peer.address)) stage_ = Stage::proxy_header;
  keeper_.loop().timers().set(*this, began_ + time_for(Waiting::header));
  if (stage_ == Stage::handshake) begin_handshake({});
  wire_.start();
}

FrontConnection::~FrontConnection() = default;

void FrontConnection::on_bytes(std::string_view bytes) {
  if (stage_ == Stage::proxy_header) return read_proxy_header(bytes);
  if (protocol_ == nullptr) return;
  protocol_->on_bytes(bytes);
  watch();
}

void FrontConnection::read_proxy_header(std::string_view bytes) {
  proxy_header_.append(bytes);
  const gateway::ProxyHeaderReading reading = gateway::read_proxy_header(proxy_header_);
  if (std::holds_alternative<gateway::ProxyHeaderIncomplete>(reading)) return;
  const auto* read = std::get_if<gateway::ProxyHeaderRead>(&reading);
  if (read == nullptr) return abort();
  if (read->header.addresses) {
    client_.client = read->header.addresses->source;
    client_.local = read->header.addresses->destination;
  }
  const auto& from = listener_.settings->scheme_from;
  const bool tells_scheme = from && from->value == gateway::SchemeSource::proxy_protocol;
  if (client_.facts.peer == Peer::trusted_gateway && tells_scheme)
    client_.facts.scheme = read->header.tls == gateway::ProxiedTls::used ? Scheme::https : Scheme::http;
  const std::string held = std::exchange(proxy_header_, {});
  begin_handshake(std::string_view(held).substr(read->size));
}

void FrontConnection::begin_handshake(std::string_view rest) {
  const bool trusted = client_.facts.peer == Peer::trusted_gateway;
  client_.as_told.emplace(client_.client,
                          trusted ? gateway::PeerTrust::trusted_gateway : gateway::PeerTrust::stranger);
  if (listener_.tls) {
    stage_ = Stage::handshake;
    std::optional<tls::Server> tls = listener_.tls->accept();
    if (!tls) return abort();
    wire_.begin_tls(std::move(*tls));
  } else {
    if (const auto& label = listener_.settings->default_virtual_host)
      client_.unowned = site_->virtual_host(label->value.text).settings->unowned;
    open(make_http1_front(*this));
  }
  wire_.take(rest);
}

void FrontConnection::on_secured(const tls::ClientAccepted& accepted) {
  const HandshakeFacts& settled = listener_.tls->facts_of(accepted);
  ConnectionFacts& facts = client_.facts;
  if (accepted.server_name) facts.sni = RawHost(std::string(*accepted.server_name));
  facts.resumed = accepted.kind == tls::HandshakeDone::Kind::resumed;
  facts.policy = settled.policy;
  facts.listener = settled.listener;
  facts.certificate_names = settled.certificate_names;
  facts.protocol = accepted.alpn == "h2" ? Protocol::h2 : Protocol::h1;
  client_.handshake = listener_.tls;
  const VirtualHost& virtual_host = site_->virtual_hosts()[settled.virtual_host];
  client_.virtual_host = virtual_host.settings->name.value.text;
  client_.unowned = virtual_host.settings->unowned;
  client_.tls_version = accepted.version;
  client_.cipher = accepted.cipher;
  client_.client_certificate_verified =
      accepted.client_certificate == tls::ClientAccepted::ClientCertificate::verified;
  keeper_.on_handshake_done(client_);
  open(facts.protocol == Protocol::h2 ? make_http2_front(*this, origins()) : make_http1_front(*this));
}

/// None when a reload came during the handshake: the new site judges what the old one settled.
std::span<const std::string> FrontConnection::origins() const {
  const Generation& generation = *keeper_.generation();
  if (generation.site != site_) return {};
  return generation.origin_sets->of(*site_, client_);
}

void FrontConnection::open(std::unique_ptr<FrontProtocol> protocol) {
  stage_ = Stage::open;
  client_.log_text = std::make_shared<gateway::LogConnectionText>();
  protocol_ = std::move(protocol);
  if (going_away_) protocol_->go_away();
  watch();
}

void FrontConnection::on_wire_end(const WireEnd& end) {
  peer_ended_ = true;
  if (stage_ == Stage::handshake && wire_.tls_failure()) keeper_.on_handshake_failed(wire_.tls_failure());
  if (stage_ == Stage::lingering) return finish();
  if (protocol_ == nullptr) return wire_.close();
  protocol_->on_wire_end(end);
  watch();
}

FrontHost::Judgement FrontConnection::judge(RequestNames names, std::string_view forwarded) {
  if (client_.scheme_from_forwarded)
    if (const auto scheme = gateway::forwarded_scheme(forwarded)) names.scheme = scheme;
  const std::shared_ptr<const Generation>& generation = keeper_.generation();
  return {generation, &judge_.judge(*generation->site, names)};
}

size_t FrontConnection::take_output(std::span<char> buffer) {
  if (protocol_ == nullptr) return 0;
  const size_t size = protocol_->take_output(buffer);
  if (size == 0) watch();
  return size;
}

void FrontConnection::on_closed() {
  const bool is_over = peer_ended_ || wire_.writes_broken() || wire_.parting() == FrontWire::Parting::at_once;
  if (is_over || stage_ != Stage::open) return finish();
  stage_ = Stage::lingering;
  wire_.resume_reading();
  keeper_.loop().timers().set(*this, keeper_.loop().now() + linger_time);
}

void FrontConnection::go_away() {
  going_away_ = true;
  if (protocol_ != nullptr) protocol_->go_away();
}

void FrontConnection::abort() {
  // Requests under way have nobody left to answer.
  if (protocol_ != nullptr) protocol_->on_wire_end({WireEnd::Kind::broken, {}});
  wire_.abort();
}

Patience FrontConnection::patience() const {
  if (wire_.writes_blocked()) return {Waiting::write, wire_.wrote_at()};
  if (protocol_ == nullptr) return {Waiting::header, began_};
  return protocol_->patience();
}

Duration FrontConnection::time_for(Waiting waiting) const {
  const gateway::PeerTimeouts& timeouts = limits().timeouts;
  if (stage_ != Stage::open) return timeouts.handshake;
  switch (waiting) {
    case Waiting::idle:
      return timeouts.idle;
    case Waiting::header:
      return timeouts.header;
    case Waiting::body:
      return timeouts.body;
    case Waiting::write:
    case Waiting::nothing:
      break;
  }
  return timeouts.write;
}

/// Sets the timer only when it would fire too late: most deadlines are never reached. One that fires within the
/// shortest of the times looks again early enough, whatever is waited for by then.
void FrontConnection::watch() {
  if (stage_ == Stage::lingering || finished_) return;
  if (is_set() && this->deadline() <= keeper_.loop().now() + shortest_time_) return;
  const Patience now = patience();
  if (now.waiting == Waiting::nothing) return;
  const MonotonicTime deadline = now.since + time_for(now.waiting);
  if (!is_set() || this->deadline() > deadline) keeper_.loop().timers().set(*this, deadline);
}

void FrontConnection::on_deadline(MonotonicTime now) {
  if (stage_ == Stage::lingering) return finish();
  const Patience patience = this->patience();
  if (patience.waiting == Waiting::nothing) return;
  const MonotonicTime deadline = patience.since + time_for(patience.waiting);
  if (deadline > now) return watch();
  if (stage_ == Stage::handshake) keeper_.on_handshake_failed(std::nullopt);
  if (protocol_ == nullptr || wire_.writes_blocked()) return abort();
  protocol_->on_impatience(patience.waiting);
  watch();
}

void FrontConnection::finish() {
  if (std::exchange(finished_, true)) return;
  cancel();
  keeper_.on_finished(*this);
}

}  // namespace astray::proxy
