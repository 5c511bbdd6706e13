#pragma once
#include <map>
#include <string>
#include <vector>

#include "io/wait_queue.h"
#include "watch/outlets/alert_json.h"
#include "watch/outlets/backoff.h"
#include "watch/outlets/event_feed.h"
#include "watch/outlets/outlet.h"
#include "watch/outlets/outlet_tools.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// Tells one Alertmanager of every open problem, again and again while it lasts, as Prometheus does; and of
/// every one that is over until that is acknowledged. Several Alertmanagers are several outlets: each is told
/// all, and they sort out among themselves who notifies (its documentation, "High Availability").
class Alertmanager final : public Outlet {
 public:
  static Result<std::unique_ptr<Outlet>> create(const AlertmanagerSettings& settings, OutletTools tools);
  Alertmanager(Url url, Duration timeout, OutletTools tools);

  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>& round) override;
  void tell(const ProblemEvent& event) override;
  Task<void> run() override;
  std::optional<std::string> trouble() const override { return trouble_; }
  OutletFigures figures() const override { return figures_; }

  /// What Prometheus takes: each minute, and over after four without a word.
  static constexpr Duration resend_after = std::chrono::minutes(1);
  static constexpr int64_t lasts_seconds = 240;
  static constexpr size_t alerts_in_a_message = 200;

 private:
  enum class Told : uint8_t { all, not_all };

  void recall_open();
  std::vector<Alert> alerts_for(const std::vector<ProblemEvent>& events) const;
  /// What waits and what lasts.
  Task<Told> tell();
  Task<bool> post(std::vector<Alert> alerts);

  Url url_;
  std::string name_;
  Duration timeout_;
  OutletTools tools_;
  EventFeed feed_;
  Gate news_;
  Backoff backoff_;
  std::optional<std::vector<Problem>> open_;  ///< of the last round, or of the store; nothing: not known yet
  std::optional<std::string> trouble_;
  OutletFigures figures_;
};

}  // namespace astray::watch
