#pragma once
// Agents in regions tell what they see, and one watcher compares it.
#include "watch/outlets/nats/agent_share.h"
#include "watch/outlets/nats/nats_link.h"
#include "watch/outlets/nats/region_board.h"
#include "watch/outlets/parcel_courier.h"

namespace astray::watch {

/// Publishes the answers of each round under "astray.answers.REGION". The rounds wait in the store until the stream
/// has them.
class NatsReports final : public Outlet {
 public:
  /// `settings.region` is the name of one.
  NatsReports(EpollLoop& loop, const NatsSettings& settings, OutletTools tools, ReportedAnswers which);

  const std::string& name() const override { return name_; }
  std::optional<std::string> parcel(const RoundRecord& round) const override;
  void offer(const std::shared_ptr<const RoundRecord>&) override { courier_.ring(); }
  Task<void> run() override { return courier_.run(); }
  std::optional<std::string> trouble() const override { return courier_.trouble(); }
  OutletFigures figures() const override { return courier_.figures(); }

 private:
  Task<ParcelCourier::Outcome> deliver(std::vector<std::string> parts);

  std::string name_, region_;
  ReportedAnswers which_;
  OutletTools tools_;
  NatsLink link_;
  ParcelCourier courier_;
};

/// Hears what all regions publish; the watcher adds it to its own rounds.
class NatsRegions final : public Outlet {
 public:
  NatsRegions(EpollLoop& loop, const NatsSettings& settings);

  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>&) override {}
  Task<void> run() override;
  std::optional<std::string> trouble() const override;
  OutletFigures figures() const override { return figures_; }
  void add_to(RoundRecord& round) override { board_.add_to(round); }

 private:
  void receive(const std::string& payload);

  std::string name_;
  RegionBoard board_;
  std::optional<std::string> trouble_;
  std::optional<std::string> unreadable_;  ///< the last report, until one can be read
  OutletFigures figures_;
  Gate never_;
  NatsLink link_;
};

/// Says to the other agents of the region that this one is there (subject "astray-agents.REGION", which no stream
/// keeps), hears them, and shares the nodes with them. While none can be heard, this one asks all.
class NatsShare final : public Outlet {
 public:
  /// `interval`: of the rounds.
  NatsShare(EpollLoop& loop, const NatsSettings& settings, Duration interval, uint64_t seed);

  const std::string& name() const override { return name_; }
  void offer(const std::shared_ptr<const RoundRecord>&) override {}
  Task<void> run() override;
  std::optional<std::string> trouble() const override;
  void leave_to_others(ProbeNodes& nodes) override;

 private:
  void receive(const std::string& payload);

  EpollLoop& loop_;
  std::string name_, subject_;
  AgentNote note_;  ///< of this agent
  AgentShare share_;
  std::optional<std::string> trouble_;
  Gate nodes_changed_;
  NatsLink link_;
};

/// Reports for the settings with a region, comparison for those without. The error names the setting.
Result<std::unique_ptr<Outlet>> make_nats_outlet(EpollLoop* loop, const WatchSettings& settings, OutletTools tools);
/// Of an agent. The error names the setting.
Result<std::unique_ptr<Outlet>> make_nats_share(EpollLoop* loop, const WatchSettings& settings, uint64_t seed);

}  // namespace astray::watch
