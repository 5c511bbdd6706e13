#pragma once
// One back, as one worker sees it. Internal to back/: others use backs.h.
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "proxy/back/address_list.h"
#include "proxy/back/authority_memory.h"
#include "proxy/back/back_connection.h"
#include "proxy/back/back_sessions.h"
#include "proxy/back/backs.h"
#include "proxy/back/balance.h"
#include "proxy/back/open_back.h"
#include "proxy/back/pooled_request.h"

namespace astray::proxy {

class HealthCheck;

/// What all backs of a worker have in common.
struct BackCommons {
  Loop& loop;
  Network& network;
  Resolver& resolver;
  HealthBoard& health;
  std::atomic<uint64_t>& connection_ids;
  std::function<Instant()> wall_clock;
  client::WireBuffers buffers{};
  BackSessions sessions{};
};

/// An address of the back.
struct BackTarget {
  BackTarget(BackPlace where, std::shared_ptr<AddressHealth> known_health)
      : place(std::move(where)), identity(hash_of(place.endpoint)), health(std::move(known_health)) {}
  BackPlace place;
  uint64_t identity;
  std::shared_ptr<AddressHealth> health;
  enum class Standing : uint8_t { listed, vanished } standing = Standing::listed;
  uint32_t connections = 0;  ///< open, and being opened
  uint32_t active = 0;       ///< requests on them
  uint32_t idle_count = 0;
  size_t requests_each = most_streams;         ///< that a new HTTP/2 connection is likely to take at once
  LinkQueue<BackConnection::IdleLink> idle{};  ///< the longest idle is first
  LinkQueue<BackPool> starved{};               ///< pools whose requests wait for a place here
};

/// Connections that may stand in for one another, and who waits for one.
struct BackPool : QueueLink {
  BackPool(BackKey its_key, std::shared_ptr<BackTarget> its_target)
      : key(std::move(its_key)), target(std::move(its_target)) {}
  BackKey key;
  std::shared_ptr<BackTarget> target;
  std::vector<BackConnection*> free{};  ///< that take a request now; the last one is taken
  LinkQueue<WaitingRequest> waiting{};
  size_t waiting_count = 0;
  size_t openings = 0;
  size_t unsettled = 0;  ///< connections whose capacity is awaited
  size_t connections = 0;
  size_t finished = 0;  ///< connections that are over and not yet destroyed
};

class Back final : BackConnectionKeeper, WaitingRoom, AddressList::User, ReadyItem {
 public:
  /// All outlive it.
  Back(BackCommons& commons, BackIndex index, const gateway::BackSettings& settings,
       const PreparedBack& prepared, uint64_t seed, HealthChecks checks);
  ~Back();

  std::unique_ptr<BackRequest> send(const BackWish& wish, const RequestHead& head, BackResponder& responder);
  void drain();
  const BackCounters& counters() const { return counters_; }
  BackDescription describe() const;

 private:
  struct Opening {
    BackPool& pool;
    SpawnedTask task{};
  };
  using Openings = std::list<Opening>;
  enum class Mode : uint8_t { serving, draining };

  void on_request_left(BackConnection& connection) override;
  void on_free(BackConnection& connection) override;
  void on_retired(BackConnection& connection) override;
  void on_finished(BackConnection& connection) override;
  void on_session(BackConnection& connection, tls::Session session) override;
  void on_answer(BackConnection& connection) override;
  void on_broken(BackConnection& connection) override;
  void on_left(WaitingRequest& waiting) override;
  void on_places() override;
  void on_ready() override;

  // back_choice.cc
  std::shared_ptr<BackTarget> choose(uint64_t hash, std::span<const Endpoint> tried);
  Availability availability_of(const BackTarget& target, std::span<const Endpoint> tried) const;
  BackPool& pool_for(const std::shared_ptr<BackTarget>& target, const BackWish& wish,
                     std::string_view authority);
  /// Whether the authority's requests with this key have connections of their own; from a request with
  /// Scope::authority on they do, for a while.
  bool wants_own_connection(BackKeyView key, Scope scope, std::string_view authority);
  std::optional<Host> verified_name(std::string_view sni, const Host& named) const;
  void adopt_places();
  void resume_unplaced();

  // back.cc
  void place_waiting(WaitingRequest& waiting);
  void queue(BackPool& pool, WaitingRequest& waiting);
  void refuse(WaitingRequest& waiting);
  BackConnection* take_free(BackPool& pool);
  void start(BackPool& pool, BackConnection& connection, PooledRequest& request, const RequestHead* head);
  void list_free(BackConnection& connection);
  void leave_idle(BackConnection& connection);
  void serve(BackPool& pool);
  void serve_starved(BackTarget& target);
  enum class Place : uint8_t { none, found };
  Place make_place(BackTarget& target);
  void open(BackPool& pool);
  Task<void> run_opening(Openings::iterator opening, OpenWish wish);
  void take_opened(BackPool& pool, OpenedBack opened);
  void take_not_opened(BackPool& pool, const BackFailure& failure);
  void try_elsewhere(WaitingRequest& waiting, const BackFailure& failure, const Endpoint& tried);
  void remove_if_unused(BackPool& pool);
  size_t uncovered() const;
  void note_failure(BackTarget& target);
  bool is_h2() const;
  size_t requests_each(const BackTarget& target) const;
  /// Requests for which connections are on their way.
  size_t covered(const BackPool& pool) const;
  void note_capacity(BackConnection& connection);

  BackCommons& commons_;
  const BackIndex index_;
  const gateway::BackSettings& settings_;
  const PreparedBack& prepared_;
  Balance balance_;
  const HealthChecks checks_;
  EqualWaits answers_;  ///< that requests wait for
  Mode mode_ = Mode::serving;
  BackCounters counters_;
  AuthorityMemory memory_;
  std::vector<std::shared_ptr<BackTarget>> targets_;
  std::vector<Candidate> candidates_;  ///< of targets_; memory that is used again
  std::unordered_map<BackKey, BackPool, BackKeyHash, BackKeyEqual> pools_;
  BackPool* last_pool_ = nullptr;  ///< of them; that was asked for last: many in a row want the same
  std::vector<std::unique_ptr<BackConnection>> connections_;
  Openings openings_;
  size_t unsettled_ = 0;
  /// Over, and destroyed in the next turn: they may still be on the stack.
  std::vector<std::unique_ptr<BackConnection>> finished_;
  Openings ended_openings_;
  LinkQueue<WaitingRequest> unplaced_;  ///< until there is an address
  std::vector<std::unique_ptr<HealthCheck>> health_checks_;
  AddressList addresses_;
};

}  // namespace astray::proxy
