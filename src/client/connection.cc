#include "client/connection.h"

#include <algorithm>

namespace astray::client {
namespace {

/// A server's ORIGIN frames may add up to this many origins; what comes behind is not kept, and so not
/// coalesced.
constexpr size_t most_origins = 1000;
constexpr size_t most_aliases = 1000;

}  // namespace

Connection::Connection(Established established, Transport transport, ConnectionKeeper& keeper)
    : loop_(transport.loop),
      established_(std::move(established)),
      keeper_(keeper),
      wire_(transport.loop, transport.buffers, std::move(transport.stream), std::move(transport.tls), *this),
      idle_since_(transport.loop.now()) {}

void Connection::retire(std::string_view why) {
  if (retired_) return;
  retired_ = true;
  keeper_.on_retired(*this, why);
}

void Connection::became_idle() {
  start_idling();
  keeper_.on_room(*this);
}

void Connection::finish() {
  if (finished_) return;
  finished_ = true;
  retire("it is over");
  keeper_.on_finished(*this);
}

PooledConnection Connection::facts() const {
  PooledConnection facts{.origin = established_.origin, .protocol = established_.protocol};
  if (established_.route == Route::direct) {
    facts.peer = established_.peer.address;
    facts.peer_port = established_.peer.port;
  }
  if (established_.origin_dns) facts.origin_dns = *established_.origin_dns;
  if (established_.chain) facts.certificate_names = established_.chain->leaf->names.in_file_order();
  facts.trust = established_.trust;
  facts.client_certificate = established_.client_certificate;
  facts.route = established_.route;
  facts.settings = settings();
  facts.liveness = retired_ ? Liveness::draining : Liveness::open;
  facts.streams_left = streams_left();
  facts.mark = established_.mark;
  facts.origin_set = origin_set();
  if (others_) {
    facts.aliases = others_->aliases;
    facts.misdirected = others_->misdirected;
  }
  return facts;
}

Connection::OtherOrigins& Connection::others() {
  if (!others_) others_ = std::make_unique<OtherOrigins>();
  return *others_;
}

std::optional<std::span<const Origin>> Connection::origin_set() const {
  if (!others_ || !others_->set) return std::nullopt;
  return *others_->set;
}

void Connection::note_misdirected(const Origin& origin) {
  std::vector<Origin>& misdirected = others().misdirected;
  if (std::find(misdirected.begin(), misdirected.end(), origin) == misdirected.end())
    misdirected.push_back(origin);
  std::erase(others_->aliases, origin);
}

void Connection::forget_origin(const Origin& origin) {
  if (others_ && others_->set) std::erase(*others_->set, origin);
}

void Connection::add_alias(const Origin& origin) {
  std::vector<Origin>& aliases = others().aliases;
  if (aliases.size() >= most_aliases) return;
  if (std::find(aliases.begin(), aliases.end(), origin) == aliases.end()) aliases.push_back(origin);
}

void Connection::extend_origin_set(const std::vector<std::string>& origins) {
  OtherOrigins& known = others();
  if (!known.set) known.set.emplace();
  for (const std::string& text : origins) {
    // RFC 8336 §2.1: what is no origin is passed over.
    auto origin = Origin::parse(text);
    if (!origin || known.set->size() >= most_origins) continue;
    if (std::find(known.set->begin(), known.set->end(), *origin) != known.set->end()) continue;
    if (std::find(known.misdirected.begin(), known.misdirected.end(), *origin) != known.misdirected.end())
      continue;
    known.set->push_back(std::move(*origin));
  }
  keeper_.on_origin_set(*this);
}

std::unique_ptr<Connection> make_connection(Established established, Transport transport,
                                            ConnectionKeeper& keeper, StreamLimits limits) {
  std::string early = std::move(transport.early);
  std::unique_ptr<Connection> connection =
      established.protocol == Protocol::h2
          ? make_http2_connection(std::move(established), std::move(transport), keeper, limits)
          : make_http1_connection(std::move(established), std::move(transport), keeper);
  connection->begin(std::move(early));
  return connection;
}

}  // namespace astray::client
