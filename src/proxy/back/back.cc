// Connections of a back, and who waits for them.
#include "proxy/back/back.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "proxy/back/health_check.h"

namespace astray::proxy {
namespace {

using BackKind = BackFailure::Kind;

constexpr auto unsent_request = BackFailure::Processing::never;

}  // namespace

Back::Back(BackCommons& commons, BackIndex index, const gateway::BackSettings& settings,
           const PreparedBack& prepared, uint64_t seed, HealthChecks checks)
    : commons_(commons),
      index_(index),
      settings_(settings),
      prepared_(prepared),
      balance_(settings.balancing.method, seed),
      checks_(checks),
      answers_(commons.loop, settings.timeouts.response),
      addresses_(commons.loop, commons.resolver, settings, *this) {
  adopt_places();
}

Back::~Back() = default;

std::unique_ptr<BackRequest> Back::send(const BackWish& wish, const RequestHead& head,
                                        BackResponder& responder) {
  WaitingRoom& room = *this;
  auto request = std::make_unique<PooledRequest>(commons_.loop, room, responder, answers_);
  if (std::string_view(head.method) == "CONNECT" && head.upgrade.empty()) {
    request->fail_soon(
        {BackKind::unavailable, "CONNECT is for proxies, and is not passed on", unsent_request});
    return request;
  }
  const std::shared_ptr<BackTarget> target = choose(wish.hash, {});
  if (target) {
    BackPool& pool = pool_for(target, wish, head.authority);
    if (BackConnection* connection = take_free(pool)) {
      start(pool, *connection, *request, &head);
    } else {
      queue(pool, request->wait(wish, head));
    }
    return request;
  }
  place_waiting(request->wait(wish, head));
  return request;
}

bool Back::is_h2() const {
  return settings_.protocol == gateway::BackProtocol::h2 || settings_.protocol == gateway::BackProtocol::h2c;
}

size_t Back::requests_each(const BackTarget& target) const {
  return is_h2() ? target.requests_each : 1;
}

size_t Back::covered(const BackPool& pool) const {
  return (pool.openings + pool.unsettled) * requests_each(*pool.target);
}

/// Those that wait, and for which no connection is on its way.
size_t Back::uncovered() const {
  const size_t covered = (openings_.size() + unsettled_) * (is_h2() ? most_streams : 1);
  return counters_.waiting_now - std::min<size_t>(covered, counters_.waiting_now);
}

void Back::place_waiting(WaitingRequest& waiting) {
  if (const std::shared_ptr<BackTarget> target = choose(waiting.wish.hash, waiting.tried))
    return queue(pool_for(target, waiting.wish, waiting.head.authority), waiting);
  if (targets_.empty() && addresses_.knowledge() == AddressList::Knowledge::pending &&
      mode_ == Mode::serving) {
    if (counters_.waiting_now > settings_.limits.waiting) return refuse(waiting);
    ++counters_.waiting_now;
    return unplaced_.push(waiting);
  }
  addresses_.refresh_soon();
  std::string why = addresses_.problem();
  if (why.empty()) why = targets_.empty() ? "it has no address" : "no address passes its health checks";
  waiting.request.fail_soon({BackKind::unavailable,
                             fmt::format("back \"{}\": {}", settings_.name.value.text, why), unsent_request});
}

void Back::refuse(WaitingRequest& waiting) {
  ++counters_.overloaded;
  waiting.request.fail_soon(
      {BackKind::overloaded,
       fmt::format("back \"{}\": all connections are busy, and {} requests wait already",
                   settings_.name.value.text, settings_.limits.waiting),
       unsent_request});
}

void Back::queue(BackPool& pool, WaitingRequest& waiting) {
  PooledRequest& request = waiting.request;
  waiting.pool = &pool;
  pool.waiting.push(waiting);
  ++pool.waiting_count;
  ++counters_.waiting_now;
  serve(pool);
  // It may have found a connection, and waits no more.
  WaitingRequest* still = request.waiting();
  if (still == nullptr || uncovered() <= settings_.limits.waiting) return;
  on_left(*still);
  refuse(*still);
}

void Back::on_left(WaitingRequest& waiting) {
  if (!waiting.is_queued()) return;
  waiting.unqueue();
  --counters_.waiting_now;
  if (waiting.pool == nullptr) return;
  BackPool& pool = *std::exchange(waiting.pool, nullptr);
  --pool.waiting_count;
  remove_if_unused(pool);
}

BackConnection* Back::take_free(BackPool& pool) {
  return pool.free.empty() ? nullptr : pool.free.back();
}

/// `head` is null for a request that waited: it has its own.
void Back::start(BackPool& pool, BackConnection& connection, PooledRequest& request,
                 const RequestHead* head) {
  leave_idle(connection);
  ++pool.target->active;
  ++counters_.active_now;
  if (head != nullptr) {
    request.start_on(connection, *head);
  } else {
    request.start_on(connection);
  }
  if (connection.facts().reused) ++counters_.reused;
  if (connection.room() != 0 || connection.listing == BackConnection::Listing::unlisted) return;
  // It was taken from there.
  CHECK(pool.free.back() == &connection);
  pool.free.pop_back();
  connection.listing = BackConnection::Listing::unlisted;
}

void Back::on_request_left(BackConnection& connection) {
  --connection.pool->target->active;
  --counters_.active_now;
}

/// It is known, or will not matter any more.
void Back::note_capacity(BackConnection& connection) {
  if (connection.noted_capacity == BackConnection::Capacity::known) return;
  if (connection.capacity() == BackConnection::Capacity::awaited && !connection.retired()) return;
  connection.noted_capacity = BackConnection::Capacity::known;
  --connection.pool->unsettled;
  --unsettled_;
  if (connection.retired()) return;
  const size_t on_it = connection.idle() ? 0 : 1;
  connection.pool->target->requests_each = std::clamp<size_t>(connection.room() + on_it, 1, most_streams);
}

void Back::on_free(BackConnection& connection) {
  BackPool& pool = *connection.pool;
  note_capacity(connection);
  list_free(connection);
  serve(pool);
  if (!connection.idle() || connection.retired()) return;
  if (mode_ == Mode::draining || pool.target->standing == BackTarget::Standing::vanished)
    return connection.retire();
  serve_starved(*pool.target);
}

void Back::list_free(BackConnection& connection) {
  if (connection.retired()) return;
  if (connection.room() != 0 && connection.listing == BackConnection::Listing::unlisted) {
    connection.listing = BackConnection::Listing::listed;
    connection.pool->free.push_back(&connection);
  }
  if (!connection.idle() || connection.idle_link.is_queued()) return;
  connection.pool->target->idle.push(connection.idle_link);
  ++connection.pool->target->idle_count;
  ++counters_.idle_now;
  connection.start_idling();
}

void Back::serve(BackPool& pool) {
  while (pool.waiting_count != 0) {
    BackConnection* connection = take_free(pool);
    if (connection == nullptr) break;
    WaitingRequest& waiting = *pool.waiting.pop();
    --pool.waiting_count;
    --counters_.waiting_now;
    waiting.pool = nullptr;
    start(pool, *connection, waiting.request, nullptr);
  }
  while (covered(pool) < pool.waiting_count) {
    if (make_place(*pool.target) == Place::none) return pool.target->starved.push(pool);
    open(pool);
  }
}

void Back::serve_starved(BackTarget& target) {
  while (BackPool* pool = target.starved.pop()) {
    serve(*pool);
    if (pool->is_queued()) return;
    remove_if_unused(*pool);
  }
}

Back::Place Back::make_place(BackTarget& target) {
  if (target.connections < settings_.limits.connections) return Place::found;
  if (target.idle.empty()) return Place::none;
  BackConnection& longest_idle = target.idle.pop()->connection;
  --target.idle_count;
  --counters_.idle_now;
  longest_idle.retire();
  return Place::found;
}

void Back::open(BackPool& pool) {
  ++pool.openings;
  ++pool.target->connections;
  OpenWish wish{.to = pool.key.address,
                .protocol = settings_.protocol,
                .sni = pool.key.sni,
                .verified = verified_name(pool.key.sni, pool.target->place.named),
                .timeout = settings_.timeouts.connect};
  if (prepared_.tls) wish.session = commons_.sessions.take(pool.key.view());
  openings_.push_back({pool});
  const auto opening = std::prev(openings_.end());
  opening->task = commons_.loop.spawn(run_opening(opening, std::move(wish)));
}

Task<void> Back::run_opening(Openings::iterator opening, OpenWish wish) {
  Task<Result<OpenedBack, BackFailure>> opens =
      open_back({commons_.loop, commons_.network, prepared_, commons_.wall_clock}, std::move(wish));
  Result<OpenedBack, BackFailure> opened = co_await std::move(opens);
  BackPool& pool = opening->pool;
  ended_openings_.splice(ended_openings_.end(), openings_, opening);
  commons_.loop.make_ready(*this);
  --pool.openings;
  if (opened) {
    take_opened(pool, std::move(*opened));
  } else {
    take_not_opened(pool, opened.error());
  }
}

void Back::take_opened(BackPool& pool, OpenedBack opened) {
  ++pool.connections;
  ++counters_.opened;
  ++counters_.open_now;
  for (tls::Session& session : opened.sessions) commons_.sessions.keep(pool.key.view(), std::move(session));
  std::string early = std::move(opened.early);
  const BackConnectionLimits limits{settings_.limits.requests_per_connection, settings_.timeouts.idle};
  connections_.push_back(make_back_connection(
      settings_.protocol, {commons_.loop, commons_.buffers, *this, limits, ++commons_.connection_ids},
      std::move(opened)));
  BackConnection& connection = *connections_.back();
  connection.pool = &pool;
  connection.place = connections_.size() - 1;
  connection.noted_capacity = connection.capacity();
  if (connection.noted_capacity == BackConnection::Capacity::awaited) {
    ++pool.unsettled;
    ++unsettled_;
  }
  connection.begin(std::move(early));
  on_free(connection);
}

void Back::take_not_opened(BackPool& pool, const BackFailure& failure) {
  const std::shared_ptr<BackTarget> target = pool.target;
  --target->connections;
  ++(failure.kind == BackKind::handshake ? counters_.handshake_failures : counters_.connect_failures);
  note_failure(*target);
  addresses_.refresh_soon();
  size_t concerned = pool.waiting_count - std::min(covered(pool), pool.waiting_count);
  // Where others get through, this opening was one request's.
  if (!is_h2() && pool.connections + pool.openings != 0) concerned = std::min<size_t>(concerned, 1);
  LinkQueue<WaitingRequest> leaving;
  for (; concerned != 0; --concerned) {
    WaitingRequest& waiting = *pool.waiting.pop();
    --pool.waiting_count;
    --counters_.waiting_now;
    waiting.pool = nullptr;
    leaving.push(waiting);
  }
  while (WaitingRequest* waiting = leaving.pop()) try_elsewhere(*waiting, failure, target->place.endpoint);
  serve(pool);
  remove_if_unused(pool);
  serve_starved(*target);
}

void Back::try_elsewhere(WaitingRequest& waiting, const BackFailure& failure, const Endpoint& tried) {
  waiting.tried.push_back(tried);
  if (waiting.tried.size() > settings_.connect_retries) return waiting.request.fail_soon(failure);
  const std::shared_ptr<BackTarget> target = choose(waiting.wish.hash, waiting.tried);
  if (!target) return waiting.request.fail_soon(failure);
  ++counters_.retries;
  queue(pool_for(target, waiting.wish, waiting.head.authority), waiting);
}

void Back::note_failure(BackTarget& target) {
  if (settings_.health.passive.settings)
    target.health->note_failure(*settings_.health.passive.settings, commons_.loop.now());
}

void Back::on_answer(BackConnection& connection) {
  connection.pool->target->health->note_answer();
}

void Back::on_broken(BackConnection& connection) {
  note_failure(*connection.pool->target);
}

void Back::on_session(BackConnection& connection, tls::Session session) {
  commons_.sessions.keep(connection.pool->key.view(), std::move(session));
}

void Back::on_retired(BackConnection& connection) {
  if (connection.listing == BackConnection::Listing::listed) std::erase(connection.pool->free, &connection);
  connection.listing = BackConnection::Listing::unlisted;
  leave_idle(connection);
  note_capacity(connection);
}

void Back::leave_idle(BackConnection& connection) {
  if (!connection.idle_link.is_queued()) return;
  connection.idle_link.unqueue();
  --connection.pool->target->idle_count;
  --counters_.idle_now;
}

void Back::on_finished(BackConnection& connection) {
  BackPool& pool = *connection.pool;
  --pool.connections;
  ++pool.finished;
  --pool.target->connections;
  ++counters_.closed;
  --counters_.open_now;
  std::unique_ptr<BackConnection>& place = connections_[connection.place];
  finished_.push_back(std::move(place));
  if (&place != &connections_.back()) {
    place = std::move(connections_.back());
    place->place = connection.place;
  }
  connections_.pop_back();
  // Whoever waits for the place gets it in the next turn.
  commons_.loop.make_ready(*this);
}

void Back::remove_if_unused(BackPool& pool) {
  if (pool.waiting_count != 0 || pool.openings != 0 || pool.connections != 0 || pool.finished != 0) return;
  if (last_pool_ == &pool) last_pool_ = nullptr;
  pools_.erase(pools_.find(pool.key.view()));
}

void Back::on_ready() {
  ended_openings_.clear();
  std::vector<std::unique_ptr<BackConnection>> finished = std::exchange(finished_, {});
  for (const auto& connection : finished) {
    serve(*connection->pool);
    serve_starved(*connection->pool->target);
  }
  for (auto& connection : finished) {
    BackPool& pool = *connection->pool;
    connection.reset();
    --pool.finished;
    remove_if_unused(pool);
  }
}

void Back::drain() {
  mode_ = Mode::draining;
  addresses_.stop();
  health_checks_.clear();
  for (size_t i = connections_.size(); i-- > 0;) connections_[i]->retire();
  resume_unplaced();
}

}  // namespace astray::proxy
