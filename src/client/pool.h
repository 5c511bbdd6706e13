#pragma once
// The connections of a client, and who may use which. Keyed by origin and identity; a connection carries a
// second name only where the policy's ladder (judge_reuse) and its certificate, judged anew, allow it.
#include <memory>
#include <unordered_map>
#include <vector>

#include "client/connection.h"
#include "client/opener.h"
#include "client/pool_index.h"
#include "client/pool_key.h"
#include "io/wait_queue.h"
#include "verdict/judge_reuse.h"

namespace astray::client {

/// What a request needs a connection for.
struct PoolWish {
  uint64_t request;  ///< its number, for telemetry
  Origin origin;
  IdentityId identity = 0;
  Attempt attempt = Attempt::first;
  Timeouts timeouts;
  /// How far the connection is that is opened for this request; null: nobody asks.
  std::shared_ptr<Phase> progress{};
};

/// A connection that takes a request now; use it before anything else happens.
struct Lease {
  Connection* connection = nullptr;
  Carriage carriage = Carriage::none;
  MonotonicTime resolved_at{}, connected_at{}, secured_at{};  ///< of an opened one
};

class Pool final : ConnectionKeeper, ReadyItem, Timer {
 public:
  Pool(OpenerParts parts, Counters& counters);
  /// Nobody may wait any more.
  ~Pool();

  /// What needs no waiting; nothing: acquire().
  std::optional<Lease> acquire_now(const PoolWish& wish);
  Task<Result<Lease, FetchFailure>> acquire(PoolWish wish);
  /// After a 421; `memory` as judge_retry says.
  void note_misdirected(Connection& connection, const Origin& origin, const RetryMemory& memory);
  /// Says goodbye on all connections; acquire() fails from now on.
  void close();
  size_t size() const { return connections_.size(); }
  void tell(const PoolEvent& event) const;
  /// With the facts of a connection, which may be null.
  void tell(PoolEventKind kind, uint64_t request, const Origin& origin, const Connection* connection,
            std::optional<Reason> reason = std::nullopt, std::string_view rung = {},
            std::string_view detail = {}) const;

 private:
  struct Key {
    Origin origin;
    IdentityId identity;
    bool operator==(const Key&) const = default;
  };
  struct EndpointHash {
    size_t operator()(const Endpoint& endpoint) const noexcept;
  };
  class Opening;
  class Interest;
  /// What the pool has for one key.
  struct Bucket {
    explicit Bucket(Loop& loop) : room(loop) {}
    /// One of `connections` that takes a request for its origin now; null when there is none. Kept whenever
    /// one of them changes, so that acquire_now() need not look at connections.
    Connection* next = nullptr;
    std::vector<Connection*> connections;
    std::vector<std::shared_ptr<Opening>> openings;
    WaitQueue room;  ///< who waits for a free place, or for SETTINGS
    size_t waiting = 0;
    std::optional<Protocol> protocol;  ///< that the origin spoke before
  };
  class Waiting;

  // ConnectionKeeper
  void on_room(Connection& connection) override;
  void on_full(Connection& connection) override;
  void on_retired(Connection& connection, std::string_view why) override;
  void on_finished(Connection& connection) override;
  void on_session(Connection& connection, tls::Session session) override;
  void on_origin_set(Connection& connection) override;
  // Frees what is finished.
  void on_ready() override;
  // Closes what was idle for too long.
  void on_deadline(MonotonicTime now) override;

  Bucket& bucket(const Key& key);
  Bucket* find_bucket(const Origin& origin, IdentityId identity);
  Bucket* find_bucket(const PoolWish& wish) { return find_bucket(wish.origin, wish.identity); }
  Bucket* home_of(const Connection& connection);
  void drop_if_empty(const Key& key);
  std::shared_ptr<Opening> open(const PoolWish& wish, AddressBook::Addresses addresses);
  Task<void> run_opening(std::shared_ptr<Opening> opening, OpenWish wish);
  Connection& admit(Opened opened, Attempt attempt);
  void forget(const std::shared_ptr<Opening>& opening);
  bool make_room();
  void index(Connection& connection);
  void unindex(Connection& connection);

  // pool_acquire.cc
  std::shared_ptr<Opening> opening_to_wait_for(const PoolWish& wish);
  bool must_wait_for_room(const PoolWish& wish);
  std::optional<Lease> take(Opening& opening);

  // pool_coalescing.cc
  bool takes_own(const Connection& connection) const;
  Connection* find_taking_own(const Bucket& bucket) const;
  Connection* find_coalescible(const PoolWish& wish, const AddressBook::Addresses& addresses, Port port,
                               std::vector<uint64_t>& told);
  ReuseVerdict judge(const Connection& connection, const Origin& origin, IdentityId identity,
                     const AddressBook::Addresses& addresses, Port port) const;
  bool may_join(Connection& connection, const PoolWish& wish);
  bool might_coalesce_soon(const PoolWish& wish, const AddressBook::Addresses& addresses, Port port) const;

  OpenerParts parts_;
  Counters& counters_;
  const ClientProfile& profile_;
  MonotonicTime made_at_;
  uint64_t connections_made_ = 0;
  bool closed_ = false;
  std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;
  PoolIndex<Bucket> buckets_;  ///< by PoolKeyBytes
  std::unordered_map<Endpoint, std::vector<Connection*>, EndpointHash> by_peer_;
  std::vector<Connection*> with_origin_set_;
  size_t openings_ = 0;
  std::unordered_map<Endpoint, std::vector<const Opening*>, EndpointHash> opening_to_;  ///< where they may go
  WaitQueue news_;  ///< a connection came up, or said more about itself
  std::vector<std::unique_ptr<Connection>> finished_;
  std::vector<std::shared_ptr<Opening>> ended_openings_;
};

}  // namespace astray::client
