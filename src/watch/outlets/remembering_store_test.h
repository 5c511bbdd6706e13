#pragma once
// A store that keeps in memory what outlets ask for, and fails on demand.
#include <algorithm>
#include <map>

#include "watch/store/store.h"

namespace astray::watch::test {

class RememberingStore final : public Store {
 public:
  bool fails = false;
  std::vector<ProblemEvent> kept_events;
  std::vector<Problem> kept_problems;
  std::map<std::string, uint64_t> kept_cursors;
  std::vector<Parcel> kept_parcels;

  /// Gives the events their numbers, as a store does.
  Stored<void> add_round(RoundRecord& round, std::span<const Parcel> parcels) override {
    if (fails) return failed();
    round.number = ++rounds_;
    for (ProblemEvent& event : round.events) {
      event.number = kept_events.size() + 1;
      kept_events.push_back(event);
    }
    kept_problems = round.problems;
    for (Parcel parcel : parcels) {
      parcel.number = ++parcels_;
      kept_parcels.push_back(std::move(parcel));
    }
    return {};
  }
  Stored<void> add_event(ProblemEvent& event) override {
    if (fails) return failed();
    event.number = kept_events.size() + 1;
    kept_events.push_back(event);
    return {};
  }
  const std::string& id() const override { return kept_id; }
  std::string kept_id = "5707e1d";
  Stored<std::vector<ProblemEvent>> events(const EventQuery& query) override {
    if (fails) return failed();
    std::vector<ProblemEvent> found;
    for (const ProblemEvent& event : kept_events) {
      if (event.number > query.after.value_or(0)) found.push_back(event);
    }
    if (!query.after) std::reverse(found.begin(), found.end());
    if (found.size() > query.most) found.resize(query.most);
    return found;
  }
  Stored<std::vector<Problem>> unresolved_problems() override {
    if (fails) return failed();
    return kept_problems;
  }
  Stored<std::vector<OutletCursor>> cursors() override {
    if (fails) return failed();
    std::vector<OutletCursor> all;
    for (const auto& [outlet, event] : kept_cursors) all.push_back({outlet, event});
    return all;
  }
  Stored<void> set_cursor(const OutletCursor& cursor) override {
    if (fails) return failed();
    kept_cursors[cursor.outlet] = cursor.event;
    return {};
  }
  Stored<std::vector<Parcel>> parcels(const std::string& outlet, size_t most) override {
    if (fails) return failed();
    std::vector<Parcel> found;
    for (const Parcel& parcel : kept_parcels) {
      if (parcel.outlet == outlet && found.size() < most) found.push_back(parcel);
    }
    return found;
  }
  Stored<void> forget_parcels(const std::string& outlet, uint64_t up_to) override {
    if (fails) return failed();
    std::erase_if(kept_parcels, [&](const Parcel& p) { return p.outlet == outlet && p.number <= up_to; });
    return {};
  }

  // Not for outlets.
  Stored<void> add_silence(Silence&) override { return failed(); }
  Stored<void> end_silence(uint64_t, Instant) override { return failed(); }
  Stored<std::vector<Silence>> silences(Instant) override { return failed(); }
  Stored<std::vector<std::optional<CellAnswer>>> latest(std::span<const CellKey>) override {
    return failed();
  }
  Stored<std::vector<Span>> spans(const SpanQuery&) override { return failed(); }
  Stored<std::vector<Span>> present(const SpanQuery&) override { return failed(); }
  Stored<std::optional<Problem>> problem(const std::string&) override { return failed(); }
  Stored<std::vector<RoundSummary>> rounds(std::optional<Instant>, size_t) override { return failed(); }
  Stored<std::vector<CertificateRecord>> certificates() override { return failed(); }
  Stored<std::vector<CoalescibleRecord>> coalescible(std::span<const CoalescibleRecord>) override { return failed(); }
  Stored<std::vector<RefusalCount>> refusals(Instant, Instant, size_t) override { return failed(); }
  Stored<bool> forget_before(Instant, size_t) override { return failed(); }

 private:
  static tl::unexpected<StoreError> failed() {
    return tl::unexpected(StoreError{StoreTrouble::failed, "the disk is full"});
  }
  uint64_t rounds_ = 0, parcels_ = 0;
};

}  // namespace astray::watch::test
