#pragma once
#include <random>
#include <string>

#include "watch/outlets/parcel_courier.h"
#include "watch/settings/settings.h"

namespace astray::watch {

/// Every cell and event goes into tables of ClickHouse, over its HTTP interface. The rows of a round wait in
/// the store as one parcel until both inserts are acknowledged; a parcel that is sent twice leaves no row
/// twice.
class ClickHouse final : public Outlet {
 public:
  /// The error names the setting.
  static Result<std::unique_ptr<Outlet>> create(const ClickHouseSettings& settings, OutletTools tools);
  ClickHouse(Url url, ClickHouseSettings settings, std::string password, OutletTools tools);

  const std::string& name() const override { return name_; }
  std::optional<std::string> parcel(const RoundRecord& round) const override;
  void offer(const std::shared_ptr<const RoundRecord>&) override { courier_.ring(); }
  Task<void> run() override { return courier_.run(); }
  std::optional<std::string> trouble() const override { return courier_.trouble(); }
  OutletFigures figures() const override { return courier_.figures(); }

 private:
  using Outcome = ParcelCourier::Outcome;
  enum class Answer : uint8_t { taken, again, table_missing, unreadable };

  Task<Outcome> deliver(std::vector<std::string> parts);
  Task<Outcome> insert(std::string table, std::string rows);
  Task<bool> make_tables();
  Task<Answer> ask(std::string query, std::string body);

  Url url_;
  ClickHouseSettings settings_;
  std::string password_, name_;
  OutletTools tools_;
  ParcelCourier courier_;
  mutable std::mt19937_64 batches_;
};

}  // namespace astray::watch
