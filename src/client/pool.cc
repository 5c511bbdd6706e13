#include "client/pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/pool_opening.h"
#include "io/deadline.h"

namespace astray::client {
namespace {

size_t mixed(size_t a, size_t b) {
  constexpr size_t odd = 0x9e3779b97f4a7c15;
  return (a ^ (b + odd + (a << 6) + (a >> 2))) * odd;
}

}  // namespace

size_t Pool::EndpointHash::operator()(const Endpoint& endpoint) const noexcept {
  return mixed(std::hash<std::string_view>()(endpoint.address.bytes()), endpoint.port.number());
}

Pool::Pool(OpenerParts parts, Counters& counters)
    : parts_(parts),
      counters_(counters),
      profile_(profile_of(parts.settings.coalescing)),
      made_at_(parts.loop.now()),
      news_(parts.loop) {}

Pool::~Pool() {
  buckets_.for_each([](Bucket& bucket) {
    for (const std::shared_ptr<Opening>& opening : bucket.openings) opening->task.cancel();
  });
  closed_ = true;
  connections_.clear();
  finished_.clear();
}

Pool::Bucket& Pool::bucket(const Key& key) {
  if (Bucket* found = find_bucket(key.origin, key.identity)) return *found;
  return buckets_.insert(PoolKeyBytes(key.origin, key.identity).view(), parts_.loop);
}

Pool::Bucket* Pool::find_bucket(const Origin& origin, IdentityId identity) {
  return buckets_.find(PoolKeyBytes(origin, identity).view());
}

Pool::Bucket* Pool::home_of(const Connection& connection) {
  return find_bucket(connection.established().origin, connection.established().identity);
}

void Pool::drop_if_empty(const Key& key) {
  // What an origin speaks is worth remembering, within bounds.
  constexpr size_t most_remembered = 10'000;
  const Bucket* bucket = find_bucket(key.origin, key.identity);
  if (bucket == nullptr) return;
  if (!bucket->connections.empty() || !bucket->openings.empty() || bucket->waiting != 0) return;
  if (!bucket->protocol || buckets_.size() > most_remembered + connections_.size())
    buckets_.erase(PoolKeyBytes(key.origin, key.identity).view());
}

Pool::Interest::~Interest() {
  if (--opening_->interested != 0 || opening_->state != Opening::State::running) return;
  opening_->state = Opening::State::cancelled;
  opening_->task.cancel();
  pool_.forget(opening_);
  opening_->ended.wake_all();
  pool_.bucket(opening_->key).room.wake_one();
  pool_.news_.wake_all();
  pool_.drop_if_empty(opening_->key);
}

std::shared_ptr<Pool::Opening> Pool::open(const PoolWish& wish, AddressBook::Addresses addresses) {
  auto opening = std::make_shared<Opening>(parts_.loop, Key{wish.origin, wish.identity});
  opening->attempt = wish.attempt;
  opening->port = destination_of(wish.origin, parts_.settings).second;
  opening->addresses = addresses;
  for (const IpAddress& address : addresses ? *addresses : std::vector<IpAddress>())
    opening_to_[{address, opening->port}].push_back(opening.get());
  OpenWish open_wish{++connections_made_, wish.origin,          wish.identity,
                     wish.timeouts,       std::move(addresses), wish.progress};
  tell(PoolEvent{.kind = PoolEventKind::opening,
                 .request = wish.request,
                 .connection = open_wish.connection_id,
                 .authority = wish.origin.text()});
  opening->task = parts_.loop.spawn(run_opening(opening, std::move(open_wish)));
  bucket(opening->key).openings.push_back(opening);
  ++openings_;
  return opening;
}

void Pool::forget(const std::shared_ptr<Opening>& opening) {
  std::erase(bucket(opening->key).openings, opening);
  --openings_;
  for (const IpAddress& address : opening->addresses ? *opening->addresses : std::vector<IpAddress>()) {
    const auto found = opening_to_.find({address, opening->port});
    std::erase(found->second, opening.get());
    if (found->second.empty()) opening_to_.erase(found);
  }
}

Task<void> Pool::run_opening(std::shared_ptr<Opening> opening, OpenWish wish) {
  const uint64_t id = wish.connection_id;
  Task<Result<Opened, FetchFailure>> task = open_connection(parts_, std::move(wish));
  Result<Opened, FetchFailure> opened = co_await std::move(task);
  Bucket& home = bucket(opening->key);
  forget(opening);
  if (opened) {
    home.protocol = opened->established.protocol;
    Lease lease{nullptr, Carriage::opened, opened->resolved_at, opened->connected_at, opened->secured_at};
    lease.connection = &admit(std::move(*opened), opening->attempt);
    opening->lease = lease;
    opening->connection = id;
    opening->state = Opening::State::open;
  } else {
    ++counters_.open_failed;
    opening->failure = std::move(opened.error());
    opening->state = Opening::State::failed;
    const std::string authority = opening->key.origin.text();
    tell(PoolEvent{.kind = PoolEventKind::open_failed,
                   .connection = id,
                   .authority = authority,
                   .detail = opening->failure.sentence});
  }
  opening->ended.wake_all();
  home.room.wake_all();
  news_.wake_all();
  // This very task belongs to it: freed later.
  ended_openings_.push_back(std::move(opening));
  parts_.loop.make_ready(*this);
}

Connection& Pool::admit(Opened opened, Attempt attempt) {
  ++counters_.opened;
  if (opened.established.resumed) ++counters_.resumed;
  // What was opened after a 421 is for that origin alone.
  if (attempt == Attempt::after_421) opened.established.mark = CoalescingMark::marked;
  std::unique_ptr<Connection> made =
      make_connection(std::move(opened.established), std::move(opened.transport), *this,
                      {parts_.settings.streams_per_connection, parts_.settings.stream_window});
  Connection& connection = *made;
  connections_.emplace(connection.id(), std::move(made));
  index(connection);
  for (tls::Session& session : opened.sessions) on_session(connection, std::move(session));
  const Established& facts = connection.established();
  tell(PoolEventKind::opened, 0, facts.origin, &connection, std::nullopt, {},
       facts.chain ? fmt::format("{} {}{}", facts.tls_version, facts.cipher, facts.resumed ? ", resumed" : "")
                   : "in clear");
  if (!is_set()) parts_.loop.timers().set(*this, parts_.loop.now() + parts_.settings.idle_timeout);
  return connection;
}

void Pool::index(Connection& connection) {
  const Established& facts = connection.established();
  Bucket& home = bucket({facts.origin, facts.identity});
  home.connections.push_back(&connection);
  if (home.next == nullptr && takes_own(connection)) home.next = &connection;
  if (facts.protocol == Protocol::h2 && facts.route == Route::direct)
    by_peer_[facts.peer].push_back(&connection);
}

void Pool::unindex(Connection& connection) {
  const Established& facts = connection.established();
  if (Bucket* home = home_of(connection)) {
    std::erase(home->connections, &connection);
    if (home->next == &connection) home->next = find_taking_own(*home);
    home->room.wake_all();
    drop_if_empty({facts.origin, facts.identity});
  }
  if (const auto found = by_peer_.find(facts.peer); found != by_peer_.end()) {
    std::erase(found->second, &connection);
    if (found->second.empty()) by_peer_.erase(found);
  }
  std::erase(with_origin_set_, &connection);
}

void Pool::on_room(Connection& connection) {
  if (Bucket* home = home_of(connection)) {
    if (home->next == nullptr && takes_own(connection)) home->next = &connection;
    // As many as there are places: who is woken looks at all connections, and nobody is woken in vain.
    for (uint32_t left = connection.streams_left(); left != 0 && !home->room.empty(); --left)
      home->room.wake_one();
  }
  if (!news_.empty()) news_.wake_all();
}

void Pool::on_full(Connection& connection) {
  Bucket* home = home_of(connection);
  if (home != nullptr && home->next == &connection) home->next = find_taking_own(*home);
}

void Pool::on_retired(Connection& connection, std::string_view why) {
  if (closed_) return;
  ++counters_.evicted;
  tell(PoolEventKind::evicted, 0, connection.established().origin, &connection, std::nullopt, {}, why);
  unindex(connection);
}

void Pool::on_finished(Connection& connection) {
  const auto found = connections_.find(connection.id());
  if (found == connections_.end()) return;
  finished_.push_back(std::move(found->second));
  connections_.erase(found);
  parts_.loop.make_ready(*this);
}

void Pool::on_session(Connection& connection, tls::Session session) {
  const Established& facts = connection.established();
  parts_.sessions.keep(facts.identity, facts.origin, {std::move(session), facts.client_certificate});
}

void Pool::on_origin_set(Connection& connection) {
  if (connection.retired()) return;
  if (std::find(with_origin_set_.begin(), with_origin_set_.end(), &connection) == with_origin_set_.end())
    with_origin_set_.push_back(&connection);
  tell(PoolEventKind::origin_set, 0, connection.established().origin, &connection, std::nullopt, {},
       fmt::format("the server's ORIGIN set has {} origins beside its own", connection.origin_set()->size()));
  news_.wake_all();
}

void Pool::on_ready() {
  finished_.clear();
  ended_openings_.clear();
}

void Pool::on_deadline(MonotonicTime now) {
  std::vector<Connection*> idle;
  MonotonicTime next = now + parts_.settings.idle_timeout;
  for (const auto& [id, connection] : connections_) {
    if (!connection->idle()) continue;
    const MonotonicTime due = connection->idle_since() + parts_.settings.idle_timeout;
    if (due <= now) {
      idle.push_back(connection.get());
    } else {
      next = std::min(next, due);
    }
  }
  for (Connection* connection : idle) {
    connection->retire("it was idle for too long");
    connection->say_goodbye();
  }
  if (!connections_.empty()) parts_.loop.timers().set(*this, next);
}

bool Pool::make_room() {
  if (connections_.size() + openings_ < parts_.settings.connections) return true;
  Connection* longest = nullptr;
  for (const auto& [id, connection] : connections_) {
    if (connection->idle() && !connection->retired() &&
        (longest == nullptr || connection->idle_since() < longest->idle_since()))
      longest = connection.get();
  }
  if (longest == nullptr) return false;
  longest->retire("another connection needs its place");
  longest->say_goodbye();
  return true;
}

void Pool::close() {
  std::vector<Connection*> all;
  for (const auto& [id, connection] : connections_) all.push_back(connection.get());
  closed_ = true;
  for (Connection* connection : all) connection->say_goodbye();
}

void Pool::tell(const PoolEvent& event) const {
  if (parts_.settings.telemetry == nullptr) return;
  PoolEvent timed = event;
  timed.time = parts_.loop.now() - made_at_;
  parts_.settings.telemetry->on_event(timed);
}

void Pool::tell(PoolEventKind kind, uint64_t request, const Origin& origin, const Connection* connection,
                std::optional<Reason> reason, std::string_view rung, std::string_view detail) const {
  if (parts_.settings.telemetry == nullptr) return;
  const std::string authority = origin.text();
  PoolEvent event{.kind = kind,
                  .request = request,
                  .authority = authority,
                  .reason = reason,
                  .rung = rung,
                  .detail = detail};
  if (connection == nullptr) return tell(event);
  const Established& facts = connection->established();
  const std::string address = facts.peer.text();
  event.connection = facts.id;
  event.server_name = facts.server_name;
  event.address = address;
  event.protocol = to_string(facts.protocol);
  tell(event);
}

}  // namespace astray::client
