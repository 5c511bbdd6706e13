#pragma once
#include <string>

#include "io/wait_queue.h"
#include "watch/outlets/backoff.h"
#include "watch/outlets/event_feed.h"
#include "watch/outlets/outlet.h"
#include "watch/outlets/outlet_tools.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// Posts each event as JSON (docs/watch-alerts.md), one after the other, until the receiver takes it.
class Webhook final : public Outlet {
 public:
  /// The error names the setting.
  static Result<std::unique_ptr<Outlet>> create(const WebhookSettings& settings, OutletTools tools);
  Webhook(Url url, std::string secret, Duration timeout, OutletTools tools);

  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>& round) override;
  void tell(const ProblemEvent&) override { news_.open(); }
  Task<void> run() override;
  std::optional<std::string> trouble() const override { return trouble_; }
  OutletFigures figures() const override { return figures_; }

 private:
  enum class Outcome : uint8_t { taken, refused, gone, again };

  Task<void> deliver_all();
  Task<Outcome> deliver(const ProblemEvent& event);
  Outcome judge(const ProblemEvent& event, const Acknowledgement& answer);
  Message message_of(const ProblemEvent& event) const;

  Url url_;
  std::string name_, secret_;
  Duration timeout_;
  OutletTools tools_;
  EventFeed feed_;
  Gate news_;
  Backoff backoff_;
  Duration demanded_wait_{};  ///< by Retry-After
  bool is_gone_ = false;
  std::optional<std::string> trouble_;
  OutletFigures figures_;
};

/// What identifies an event wherever and however often it arrives: "<store id>-<number>".
std::string event_key(const std::string& store_id, const ProblemEvent& event);
/// The body that a webhook gets.
std::string event_json(const std::string& store_id, const std::string& version, const ProblemEvent& event);

}  // namespace astray::watch
