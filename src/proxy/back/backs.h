#pragma once
// All backs of one worker: pools of connections, and the choice among addresses.
//
// A request takes a connection whose key fits (back_key.h): a free one, or a new one. Where no place is left
// it waits; the first that came is the first that gets one. A connection that could not be opened costs a
// request nothing but time: it tries other addresses, `connect_retries` times.
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/instant.h"
#include "gateway/configuration/back_settings.h"
#include "io/loop.h"
#include "io/network.h"
#include "io/resolver.h"
#include "proxy/back/back_health.h"
#include "proxy/back/back_request.h"
#include "proxy/back/prepared_backs.h"

namespace astray::proxy {

/// Since the beginning, and (`…_now`) at this moment; of one back and one worker.
struct BackCounters {
  uint64_t opened = 0;
  uint64_t reused = 0;  ///< requests that took a connection which had carried others
  uint64_t closed = 0;
  uint64_t connect_failures = 0;
  uint64_t handshake_failures = 0;
  uint64_t retries = 0;     ///< at another address
  uint64_t overloaded = 0;  ///< requests refused by limits.waiting
  uint64_t open_now = 0;
  uint64_t idle_now = 0;
  uint64_t waiting_now = 0;
  uint64_t active_now = 0;  ///< requests on connections
};

/// For people.
struct BackAddressDescription {
  Endpoint endpoint = Endpoint::with_any_port(IpAddress::v4({}));
  enum class Health : uint8_t { healthy, resting, unhealthy } health = Health::healthy;
  uint32_t open = 0;    ///< connections, with those that are being opened
  uint32_t idle = 0;    ///< of them
  uint32_t active = 0;  ///< requests
};
std::string_view to_string(BackAddressDescription::Health health);
struct BackDescription {
  std::string name;
  std::vector<BackAddressDescription> addresses;
  std::string problem;  ///< names that cannot be resolved; "" for none
};

/// Who asks the addresses of a back how they are, where it has active health checks. One worker is enough.
enum class HealthChecks : uint8_t { run, leave_to_another };

/// All outlive the backs.
struct BacksParts {
  Loop& loop;
  Network& network;
  Resolver& resolver;
  std::span<const gateway::BackSettings> settings;
  PreparedBacks prepared;               ///< of these settings
  std::shared_ptr<HealthBoard> health;  ///< shared by all workers
  std::atomic<uint64_t>& connection_ids;
  std::function<Instant()> wall_clock;  ///< the time that certificates are judged for
  uint64_t seed = 0;                    ///< of what is drawn; each worker has its own
  HealthChecks checks = HealthChecks::run;
};

/// Outlives its requests. Responders are called from the loop alone, never from within send().
class Backs final : public BackSender {
 public:
  explicit Backs(BacksParts parts);
  ~Backs();
  Backs(const Backs&) = delete;
  Backs& operator=(const Backs&) = delete;

  /// In a request with `upgrade`, Body::none means that what send_body() gives is for the other protocol: it
  /// is held until the back goes over to it. Body::follows is a body of the request itself (HTTP/1.1 alone).
  std::unique_ptr<BackRequest> send(const BackWish& wish, const RequestHead& head,
                                    BackResponder& responder) override;

  /// Closes what is idle, keeps nothing for later, and checks and resolves no more. Requests under way go on,
  /// and new ones are still carried.
  void drain();
  enum class Drained : uint8_t { no, yes };
  Drained drained() const;

  size_t count() const;
  const BackCounters& counters(BackIndex back) const;
  std::vector<BackDescription> describe() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace astray::proxy
