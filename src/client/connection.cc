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
      early_(std::move(transport.early)),
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
  if (origin_set_) facts.origin_set = *origin_set_;
  facts.aliases = aliases_;
  facts.misdirected = misdirected_;
  return facts;
}

void Connection::note_misdirected(const Origin& origin) {
  if (std::find(misdirected_.begin(), misdirected_.end(), origin) == misdirected_.end())
    misdirected_.push_back(origin);
  std::erase(aliases_, origin);
}

void Connection::forget_origin(const Origin& origin) {
  if (origin_set_) std::erase(*origin_set_, origin);
}

void Connection::add_alias(const Origin& origin) {
  if (aliases_.size() >= most_aliases) return;
  if (std::find(aliases_.begin(), aliases_.end(), origin) == aliases_.end()) aliases_.push_back(origin);
}

void Connection::extend_origin_set(const std::vector<std::string>& origins) {
  if (!origin_set_) origin_set_.emplace();
  for (const std::string& text : origins) {
    // RFC 8336 §2.1: what is no origin is passed over.
    auto origin = Origin::parse(text);
    if (!origin || origin_set_->size() >= most_origins) continue;
    if (std::find(origin_set_->begin(), origin_set_->end(), *origin) != origin_set_->end()) continue;
    if (std::find(misdirected_.begin(), misdirected_.end(), *origin) != misdirected_.end()) continue;
    origin_set_->push_back(std::move(*origin));
  }
  keeper_.on_origin_set(*this);
}

std::unique_ptr<Connection> make_connection(Established established, Transport transport,
                                            ConnectionKeeper& keeper, StreamLimits limits) {
  std::unique_ptr<Connection> connection =
      established.protocol == Protocol::h2
          ? make_http2_connection(std::move(established), std::move(transport), keeper, limits)
          : make_http1_connection(std::move(established), std::move(transport), keeper);
  connection->begin();
  return connection;
}

}  // namespace astray::client
