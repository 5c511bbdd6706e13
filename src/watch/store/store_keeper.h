#pragma once
// A store that may be away: opened again when it is asked the next time, begun anew where it is corrupt. Those who
// use it see one store all the while.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "watch/store/sqlite_store.h"

namespace astray::watch {

class StoreKeeper final : public Store {
 public:
  enum class Opening : uint8_t { as_it_is, anew };  ///< anew: what is there is corrupt, and is put aside
  using Open = std::function<Stored<OpenedStore>(Opening)>;
  explicit StoreKeeper(Open open) : open_(std::move(open)) {}

  /// Opens it; an Error when that cannot be done now. Every other call tries it too.
  Stored<void> open();
  /// The last failure, when no round was stored since.
  const std::optional<StoreError>& error() const { return error_; }
  /// What was said when it was opened, once.
  std::string take_said() { return std::exchange(said_, {}); }

  /// "" while there is none. Another one when it was begun anew.
  const std::string& id() const override;
  Stored<std::vector<std::optional<CellAnswer>>> latest(std::span<const CellKey> keys) override;
  Stored<void> add_round(RoundRecord& round, std::span<const Parcel> parcels) override;
  Stored<void> add_event(ProblemEvent& event) override;
  Stored<void> add_silence(Silence& silence) override;
  Stored<void> end_silence(uint64_t number, Instant at) override;
  Stored<std::vector<Silence>> silences(Instant from) override;
  Stored<std::vector<Span>> spans(const SpanQuery& query) override;
  Stored<std::vector<Span>> present(const SpanQuery& query) override;
  Stored<std::vector<Problem>> unresolved_problems() override;
  Stored<std::optional<Problem>> problem(const std::string& id) override;
  Stored<std::vector<ProblemEvent>> events(const EventQuery& query) override;
  Stored<std::vector<RoundSummary>> rounds(std::optional<Instant> from, size_t most) override;
  Stored<std::vector<RefusalCount>> refusals(Instant from, Instant until, size_t most) override;
  Stored<std::vector<CertificateRecord>> certificates() override;
  Stored<std::vector<CoalescibleRecord>> coalescible(std::span<const CoalescibleRecord> pairs) override;
  Stored<std::vector<OutletCursor>> cursors() override;
  Stored<void> set_cursor(const OutletCursor& cursor) override;
  Stored<std::vector<Parcel>> parcels(const std::string& outlet, size_t most) override;
  Stored<void> forget_parcels(const std::string& outlet, uint64_t up_to) override;
  Stored<bool> forget_before(Instant then, size_t most) override;

 private:
  template <typename Call>
  auto ask(Call call) -> decltype(call(std::declval<Store&>()));

  Open open_;
  std::unique_ptr<Store> store_;
  Opening next_ = Opening::as_it_is;
  std::optional<StoreError> error_;
  std::string said_;
};

}  // namespace astray::watch
