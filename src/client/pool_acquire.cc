// How a request gets its connection: one that is there, one that will be there in a moment, or a new one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "client/pool.h"
#include "client/pool_opening.h"
#include "io/deadline.h"

namespace astray::client {
namespace {

Failure<FetchFailure> failed(FailureKind kind, std::string sentence) {
  return Failure<FetchFailure>(FetchFailure{kind, Phase::wait, std::move(sentence), Processing::impossible});
}

Task<void> hear(WaitQueue& news) {
  co_await news.wait();
}

std::string list_of(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (const IpAddress& address : addresses) text += (text.empty() ? "" : " ") + address.text();
  return text;
}

}  // namespace

std::optional<Lease> Pool::acquire_now(const PoolWish& wish) {
  if (wish.attempt != Attempt::first || closed_) return std::nullopt;
  const Bucket* home = find_bucket(wish);
  if (home == nullptr || home->next == nullptr) return std::nullopt;
  ++counters_.reused;
  tell(PoolEventKind::reused, wish.request, wish.origin, home->next, Reason::same_origin, "same-key");
  return Lease{home->next, Carriage::reused};
}

std::shared_ptr<Pool::Opening> Pool::opening_to_wait_for(const PoolWish& wish) {
  const Bucket* home = find_bucket(wish);
  // Over HTTP/1.1 the connection will be busy with the request that it is opened for.
  if (home == nullptr || home->protocol == Protocol::h1) return nullptr;
  const auto shared = std::find_if(home->openings.begin(), home->openings.end(),
                                   [](const auto& opening) { return opening->attempt == Attempt::first; });
  return shared == home->openings.end() ? nullptr : *shared;
}

/// For a stream of an HTTP/2 connection, its SETTINGS, or an HTTP/1.1 connection under the limit.
bool Pool::must_wait_for_room(const PoolWish& wish) {
  const Bucket* home = find_bucket(wish);
  if (home == nullptr) return false;
  const bool multiplexes =
      std::any_of(home->connections.begin(), home->connections.end(), [](const auto* connection) {
        return connection->established().protocol == Protocol::h2 && !connection->retired();
      });
  return multiplexes ||
         home->connections.size() + home->openings.size() >= parts_.settings.connections_per_origin;
}

std::optional<Lease> Pool::take(Opening& opening) {
  const std::optional<Lease> lease = std::exchange(opening.lease, std::nullopt);
  if (!lease) return std::nullopt;
  // Others may have been faster, or the connection may be gone again.
  const auto found = connections_.find(opening.connection);
  if (found == connections_.end() || found->second->retired() || found->second->streams_left() == 0)
    return std::nullopt;
  return lease;
}

Task<Result<Lease, FetchFailure>> Pool::acquire(PoolWish wish) {
  const Key key{wish.origin, wish.identity};
  const auto [host, port] = destination_of(wish.origin, parts_.settings);
  const bool direct = !parts_.identities[wish.identity].proxy;
  const bool first = wish.attempt == Attempt::first;
  AddressBook::Addresses addresses;
  std::vector<uint64_t> told;
  MonotonicTime patience{};
  MonotonicTime resolved_at{};
  for (;;) {
    if (closed_) co_return failed(FailureKind::client_closed, "the client is closed");
    if (std::optional<Lease> now = acquire_now(wish)) co_return *now;
    if (direct && !addresses) addresses = parts_.addresses.known(host, port);
    if (direct && first) {
      if (Connection* other = find_coalescible(wish, addresses, port, told))
        co_return Lease{other, Carriage::coalesced, resolved_at};
    }
    if (direct && !addresses) {
      if (wish.progress) *wish.progress = Phase::resolve;
      Task<Result<AddressBook::Addresses, FetchFailure>> asking =
          parts_.addresses.resolve(host, port, wish.timeouts.resolve);
      Result<AddressBook::Addresses, FetchFailure> found = co_await std::move(asking);
      if (!found) co_return Failure<FetchFailure>(std::move(found.error()));
      addresses = std::move(*found);
      resolved_at = parts_.loop.now();
      if (wish.progress) *wish.progress = Phase::wait;
      tell(PoolEventKind::resolved, wish.request, wish.origin, nullptr, std::nullopt, {},
           list_of(*addresses));
      continue;
    }
    if (first && direct && might_coalesce_soon(wish, addresses, port)) {
      if (patience == MonotonicTime{}) patience = parts_.loop.now() + parts_.settings.coalescing_patience;
      if (parts_.loop.now() < patience) {
        Task<void> hearing = hear(news_);
        co_await with_deadline(parts_.loop, std::move(hearing), patience);
        continue;
      }
    }
    std::shared_ptr<Opening> opening = first ? opening_to_wait_for(wish) : nullptr;
    if (opening == nullptr) {
      if (first && must_wait_for_room(wish)) {
        const Waiting waiting(*this, key);
        co_await bucket(key).room.wait();
        continue;
      }
      if (!make_room()) {
        co_return failed(
            FailureKind::local_limit,
            fmt::format("{} connections are in use, and no more are allowed", parts_.settings.connections));
      }
      opening = open(wish, addresses);
    }
    const Interest interest(*this, opening);
    while (opening->state == Opening::State::running) co_await opening->ended.wait();
    if (opening->state == Opening::State::failed) co_return Failure<FetchFailure>(opening->failure);
    if (std::optional<Lease> lease = take(*opening)) {
      if (lease->resolved_at == MonotonicTime{}) lease->resolved_at = resolved_at;
      co_return *lease;
    }
  }
}

void Pool::note_misdirected(Connection& connection, const Origin& origin, const RetryMemory& memory) {
  connection.note_misdirected(origin);
  if (memory.removes_from_origin_set) connection.forget_origin(origin);
  if (memory.marks_connection) connection.mark_not_coalescing();
  if (memory.refreshes_dns) parts_.addresses.forget(destination_of(origin, parts_.settings).first);
  // Requests under way go on.
  if (memory.closes_connection) connection.retire("it answered 421 for its own origin");
  if (Bucket* home = home_of(connection)) home->next = find_taking_own(*home);
}

}  // namespace astray::client
