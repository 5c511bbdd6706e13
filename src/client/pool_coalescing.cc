// Which of the connections that are there may carry a request.
#include <algorithm>

#include "client/pool.h"
#include "client/pool_opening.h"

namespace astray::client {

/// Of a first attempt.
ReuseVerdict Pool::judge(const Connection& connection, const Origin& origin, IdentityId identity,
                         const AddressBook::Addresses& addresses, Port port) const {
  PooledConnection facts = connection.facts();
  // A connection that goes where this request would go has the request's port, whatever connect-to made of
  // it.
  if (facts.peer_port && *facts.peer_port == port) facts.peer_port = origin.port;
  NewRequest request{.origin = origin};
  if (addresses) request.dns = *addresses;
  request.route = parts_.identities[identity].proxy ? Route::proxied : Route::direct;
  request.partition = connection.established().identity == identity ? Partition::same : Partition::other;
  return judge_reuse(profile_, facts, request);
}

/// The verdict on a request for the connection's own origin under its own identity hangs on the connection
/// alone.
bool Pool::takes_own(const Connection& connection) const {
  if (connection.retired() || connection.streams_left() == 0) return false;
  const Established& facts = connection.established();
  const ReuseVerdict verdict = judge(connection, facts.origin, facts.identity, nullptr, facts.origin.port);
  return verdict.answer == ReuseAnswer::reuse;
}

Connection* Pool::find_taking_own(const Bucket& bucket) const {
  const auto found = std::find_if(bucket.connections.begin(), bucket.connections.end(),
                                  [this](const Connection* connection) { return takes_own(*connection); });
  return found == bucket.connections.end() ? nullptr : *found;
}

/// The certificate has to be good for the name as on a connection of its own.
bool Pool::may_join(Connection& connection, const PoolWish& wish) {
  const PooledConnection facts = connection.facts();
  if (std::find(facts.aliases.begin(), facts.aliases.end(), wish.origin) != facts.aliases.end()) return true;
  const Established& established = connection.established();
  if (established.chain) {
    const tls::TrustAnswer answer =
        established.chain->judge(wish.origin.host, parts_.settings.trust, parts_.settings.wall_clock());
    if (!answer.trusted()) {
      tell(PoolEventKind::not_coalesced, wish.request, wish.origin, &connection, Reason::certificate_error,
           "certificate", answer.sentence);
      return false;
    }
  }
  connection.add_alias(wish.origin);
  return true;
}

Connection* Pool::find_coalescible(const PoolWish& wish, const AddressBook::Addresses& addresses, Port port,
                                   std::vector<uint64_t>& told) {
  if (wish.attempt != Attempt::first || profile_.coalescing == Coalescing::never) return nullptr;
  const auto try_one = [&](Connection& connection) {
    if (connection.retired() || connection.established().origin == wish.origin) return false;
    const ReuseVerdict verdict = judge(connection, wish.origin, wish.identity, addresses, port);
    if (verdict.answer == ReuseAnswer::reuse && may_join(connection, wish)) {
      ++counters_.coalesced;
      tell(PoolEventKind::coalesced, wish.request, wish.origin, &connection, verdict.reason,
           verdict.rung != nullptr ? verdict.rung->id : "");
      return true;
    }
    // Not the last word where only SETTINGS or a stream is missing, or DNS was not asked yet.
    const bool final =
        verdict.answer == ReuseAnswer::open_new && verdict.reason != Reason::not_accepting && addresses;
    if (final && std::find(told.begin(), told.end(), connection.id()) == told.end()) {
      told.push_back(connection.id());
      ++counters_.not_coalesced;
      tell(PoolEventKind::not_coalesced, wish.request, wish.origin, &connection, verdict.reason,
           verdict.rung != nullptr ? verdict.rung->id : "");
    }
    return false;
  };
  for (Connection* connection : with_origin_set_) {
    if (try_one(*connection)) return connection;
  }
  if (!addresses) return nullptr;
  for (const IpAddress& address : *addresses) {
    const auto found = by_peer_.find({address, port});
    if (found == by_peer_.end()) continue;
    for (Connection* connection : found->second) {
      if (try_one(*connection)) return connection;
    }
  }
  return nullptr;
}

bool Pool::might_coalesce_soon(const PoolWish& wish, const AddressBook::Addresses& addresses,
                               Port port) const {
  if (profile_.coalescing == Coalescing::never || !addresses || wish.origin.scheme != Scheme::https)
    return false;
  const auto is_candidate = [&](const Opening* opening) {
    return opening->key.identity == wish.identity && opening->key.origin != wish.origin &&
           opening->attempt == Attempt::first;
  };
  for (const IpAddress& address : *addresses) {
    const auto opening = opening_to_.find({address, port});
    if (opening != opening_to_.end() &&
        std::any_of(opening->second.begin(), opening->second.end(), is_candidate))
      return true;
    const auto found = by_peer_.find({address, port});
    if (found == by_peer_.end()) continue;
    for (const Connection* connection : found->second) {
      if (connection->settings() == SettingsState::awaited &&
          connection->established().mark == CoalescingMark::none)
        return true;
    }
  }
  return false;
}

}  // namespace astray::client
