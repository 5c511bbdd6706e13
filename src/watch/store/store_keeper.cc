#include "watch/store/store_keeper.h"

namespace astray::watch {

Stored<void> StoreKeeper::open() {
  if (store_ != nullptr) return {};
  Stored<OpenedStore> opened = open_(next_);
  if (!opened) {
    error_ = opened.error();
    return Failure<StoreError>(std::move(opened.error()));
  }
  next_ = Opening::as_it_is;
  store_ = std::move(opened->store);
  if (!opened->said.empty()) said_ = std::move(opened->said);
  error_.reset();
  return {};
}

template <typename Call>
auto StoreKeeper::ask(Call call) -> decltype(call(std::declval<Store&>())) {
  if (Stored<void> opened = open(); !opened) return Failure<StoreError>(std::move(opened.error()));
  auto answer = call(*store_);
  if (answer) return answer;
  error_ = answer.error();
  if (error_->trouble == StoreTrouble::corrupt) {
    store_.reset();
    next_ = Opening::anew;
  }
  return answer;
}

const std::string& StoreKeeper::id() const {
  static const std::string none;
  return store_ == nullptr ? none : store_->id();
}

Stored<std::vector<std::optional<CellAnswer>>> StoreKeeper::latest(std::span<const CellKey> keys) {
  return ask([&](Store& store) { return store.latest(keys); });
}
Stored<void> StoreKeeper::add_round(RoundRecord& round, std::span<const Parcel> parcels) {
  Stored<void> added = ask([&](Store& store) { return store.add_round(round, parcels); });
  if (added) error_.reset();  // a store that is full can be read all the while
  return added;
}
Stored<void> StoreKeeper::add_event(ProblemEvent& event) {
  return ask([&](Store& store) { return store.add_event(event); });
}
Stored<void> StoreKeeper::add_silence(Silence& silence) {
  return ask([&](Store& store) { return store.add_silence(silence); });
}
Stored<void> StoreKeeper::end_silence(uint64_t number, Instant at) {
  return ask([&](Store& store) { return store.end_silence(number, at); });
}
Stored<std::vector<Silence>> StoreKeeper::silences(Instant from) {
  return ask([&](Store& store) { return store.silences(from); });
}
Stored<std::vector<Span>> StoreKeeper::spans(const SpanQuery& query) {
  return ask([&](Store& store) { return store.spans(query); });
}
Stored<std::vector<Span>> StoreKeeper::present(const SpanQuery& query) {
  return ask([&](Store& store) { return store.present(query); });
}
Stored<std::vector<Problem>> StoreKeeper::unresolved_problems() {
  return ask([](Store& store) { return store.unresolved_problems(); });
}
Stored<std::optional<Problem>> StoreKeeper::problem(const std::string& id) {
  return ask([&](Store& store) { return store.problem(id); });
}
Stored<std::vector<ProblemEvent>> StoreKeeper::events(const EventQuery& query) {
  return ask([&](Store& store) { return store.events(query); });
}
Stored<std::vector<RoundSummary>> StoreKeeper::rounds(std::optional<Instant> from, size_t most) {
  return ask([&](Store& store) { return store.rounds(from, most); });
}
Stored<std::vector<RefusalCount>> StoreKeeper::refusals(Instant from, Instant until, size_t most) {
  return ask([&](Store& store) { return store.refusals(from, until, most); });
}
Stored<std::vector<CertificateRecord>> StoreKeeper::certificates() {
  return ask([](Store& store) { return store.certificates(); });
}
Stored<std::vector<CoalescibleRecord>> StoreKeeper::coalescible(std::span<const CoalescibleRecord> pairs) {
  return ask([&](Store& store) { return store.coalescible(pairs); });
}
Stored<std::vector<OutletCursor>> StoreKeeper::cursors() {
  return ask([](Store& store) { return store.cursors(); });
}
Stored<void> StoreKeeper::set_cursor(const OutletCursor& cursor) {
  return ask([&](Store& store) { return store.set_cursor(cursor); });
}
Stored<std::vector<Parcel>> StoreKeeper::parcels(const std::string& outlet, size_t most) {
  return ask([&](Store& store) { return store.parcels(outlet, most); });
}
Stored<void> StoreKeeper::forget_parcels(const std::string& outlet, uint64_t up_to) {
  return ask([&](Store& store) { return store.forget_parcels(outlet, up_to); });
}
Stored<bool> StoreKeeper::forget_before(Instant then, size_t most) {
  return ask([&](Store& store) { return store.forget_before(then, most); });
}

}  // namespace astray::watch
