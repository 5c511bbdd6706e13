#pragma once
// The operator's view of a gateway: what serve_admin() answers from.
#include <functional>
#include <string>

#include "proxy/operation/admin_answers.h"
#include "proxy/operation/gateway.h"

namespace astray::proxy {

class GatewayAdmin final : public AdminSource {
 public:
  /// Reads the configuration anew: the number of the new one, or why the old one stays.
  using Reload = std::function<Result<uint64_t>()>;

  /// The gateway outlives it. `version`: of the program.
  GatewayAdmin(Gateway& gateway, std::string version, Reload reload);

  void note_draining() { serving_ = MetricsState::Serving::draining; }
  void note_reload_done();
  void note_reload_failed() { ++reloads_failed_; }

  MetricsState::Serving serving() const override { return serving_; }
  std::string metrics_text() const override;
  AdminState state() const override;
  Task<Result<uint64_t>> reload() override;

 private:
  Gateway& gateway_;
  std::string version_;
  Reload reload_;
  MetricsState::Serving serving_ = MetricsState::Serving::ready;
  gateway::WallTime started_;
  gateway::WallTime configured_;
  uint64_t reloads_done_ = 0;
  uint64_t reloads_failed_ = 0;
};

}  // namespace astray::proxy
