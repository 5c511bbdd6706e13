#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "proxy/back/address_list.h"
#include "proxy/back/back_connection.h"
#include "proxy/back/back_health.h"
#include "proxy/back/open_back.h"
#include "proxy/back/pooled_request.h"

namespace astray::proxy {

/// All outlive the check.
struct HealthCheckParts {
  Loop& loop;
  Network& network;
  client::WireBuffers& buffers;
  const PreparedBack& prepared;
  const std::function<Instant()>& wall_clock;
  const gateway::BackSettings& settings;  ///< with health.active
  std::atomic<uint64_t>& connection_ids;
};

/// Asks one address of a back how it is, at once and then at every interval, each time on a connection of its
/// own: an address that takes no more connections is not healthy. 2xx and 3xx are.
class HealthCheck final : BackConnectionKeeper, BackResponder, WaitingRoom, Timer, ReadyItem {
 public:
  HealthCheck(HealthCheckParts parts, BackPlace place, std::string sni, std::optional<Host> verified,
              std::shared_ptr<AddressHealth> health);
  ~HealthCheck();

  const BackPlace& place() const { return place_; }

 private:
  void on_deadline(MonotonicTime now) override;
  void on_ready() override;

  void on_request_left(BackConnection&) override {}
  void on_free(BackConnection&) override {}
  void on_retired(BackConnection&) override {}
  void on_finished(BackConnection&) override {}
  void on_session(BackConnection&, tls::Session) override {}
  void on_answer(BackConnection&) override {}
  void on_broken(BackConnection&) override {}
  void on_left(WaitingRequest&) override {}

  void on_connection(const BackConnectionFacts&) override {}
  void on_interim(int, Fields) override {}
  void on_head(ResponseHead head) override;
  void on_body(std::string_view) override {}
  void on_trailers(Fields) override {}
  void on_end() override {}
  void on_failure(BackFailure failure) override;
  void on_room() override {}

  Task<void> ask();
  RequestHead question() const;
  void settle(AddressHealth::Check check);
  void clear();

  HealthCheckParts parts_;
  BackPlace place_;
  std::string sni_;
  std::optional<Host> verified_;
  std::shared_ptr<AddressHealth> health_;
  enum class Stage : uint8_t { resting, asking } stage_ = Stage::resting;
  MonotonicTime asked_at_;
  SpawnedTask task_;
  EqualWaits waits_;
  std::unique_ptr<BackConnection> connection_;
  std::unique_ptr<PooledRequest> request_;
};

}  // namespace astray::proxy
