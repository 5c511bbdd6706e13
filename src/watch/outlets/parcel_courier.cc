#include "watch/outlets/parcel_courier.h"

#include <fmt/format.h>

#include <charconv>

#include "io/sleep.h"
#include "watch/model/instant_text.h"

namespace astray::watch {
namespace {

constexpr std::string_view parcel_mark = "parcel-1 ";

/// Takes a number and the blank or line end behind it off the text.
std::optional<int64_t> take_number(std::string_view& text) {
  int64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end == last || (*end != ' ' && *end != '\n')) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  return number;
}

}  // namespace

std::string ParcelContent::encode() const {
  std::string out = fmt::format("{}{} {}", parcel_mark, began.unix_seconds, parts.size());
  for (const std::string& part : parts) out += fmt::format(" {}", part.size());
  out += '\n';
  for (const std::string& part : parts) out += part;
  return out;
}

std::optional<ParcelContent> ParcelContent::decode(std::string_view payload) {
  if (!payload.starts_with(parcel_mark)) return std::nullopt;
  payload.remove_prefix(parcel_mark.size());
  const std::optional<int64_t> began = take_number(payload);
  const std::optional<int64_t> count = began ? take_number(payload) : std::nullopt;
  // Each part has a digit and a blank of its own.
  if (!count || *count < 0 || static_cast<size_t>(*count) > payload.size() / 2) return std::nullopt;
  std::vector<size_t> sizes;
  for (int64_t i = 0; i < *count; ++i) {
    const std::optional<int64_t> size = take_number(payload);
    if (!size || *size < 0) return std::nullopt;
    sizes.push_back(static_cast<size_t>(*size));
  }
  ParcelContent content{{*began}, {}};
  for (const size_t size : sizes) {
    if (size > payload.size()) return std::nullopt;
    content.parts.emplace_back(payload.substr(0, size));
    payload.remove_prefix(size);
  }
  if (!payload.empty()) return std::nullopt;
  return content;
}

ParcelCourier::ParcelCourier(std::string outlet, OutletTools tools, Deliver deliver)
    : outlet_(std::move(outlet)),
      tools_(std::move(tools)),
      deliver_(std::move(deliver)),
      news_(tools_.loop),
      backoff_(tools_.seed) {}

Task<void> ParcelCourier::run() {
  for (;;) {
    news_.close();
    co_await deliver_all();
    co_await news_.pass();
  }
}

Task<void> ParcelCourier::deliver_all() {
  for (;;) {
    Store* const store = tools_.store();
    const Stored<std::vector<Parcel>> waiting = store == nullptr ? no_store() : store->parcels(outlet_, 1);
    if (!waiting) {
      trouble_ = "the store does not tell which rounds wait: " + waiting.error().message;
      co_return;  // the next round asks again
    }
    if (waiting->empty()) {
      figures_.waiting_since.reset();
      co_return;
    }
    const std::string store_id = store->id();
    const Parcel& oldest = waiting->front();
    const Outcome outcome = co_await deliver(oldest);
    if (outcome != Outcome::taken && unreadable_ < tries_of_unreadable_parcels) {
      const Duration wait = backoff_.next();
      co_await sleep_for(tools_.loop, wait);
      continue;
    }
    backoff_.reset();
    unreadable_ = 0;
    if (outcome == Outcome::taken) trouble_.reset();
    ++(outcome == Outcome::taken ? figures_.delivered : figures_.refused);
    const Stored<void> forgotten = forget(store_id, oldest.number);
    if (!forgotten) {
      // It is sent once more later, which does no harm.
      trouble_ = "the store does not let go of rounds that are delivered: " + forgotten.error().message;
      co_return;
    }
  }
}

Task<ParcelCourier::Outcome> ParcelCourier::deliver(const Parcel& parcel) {
  std::optional<ParcelContent> content = ParcelContent::decode(parcel.payload);
  if (!content) {
    unreadable_ = tries_of_unreadable_parcels;
    trouble_ =
        fmt::format("parcel {} of the store is not what was put there, and is passed over", parcel.number);
    co_return Outcome::unreadable;
  }
  const Instant began = content->began;
  figures_.waiting_since = began;
  Task<Outcome> delivery = deliver_(std::move(content->parts));
  const Outcome outcome = co_await std::move(delivery);
  unreadable_ = outcome == Outcome::unreadable ? unreadable_ + 1 : 0;
  if (outcome == Outcome::taken) co_return outcome;
  ++figures_.failures;
  trouble_ = fmt::format("{}; the rounds since {} wait for it", trouble_.value_or("it takes nothing"),
                         instant_text(began));
  if (unreadable_ == tries_of_unreadable_parcels) *trouble_ += ", and the first of them is passed over";
  co_return outcome;
}

/// It was a while: another store may have taken the place of the one that the parcel came from.
Stored<void> ParcelCourier::forget(const std::string& store_id, uint64_t number) {
  Store* const store = tools_.store();
  if (store == nullptr) return no_store();
  if (store->id() != store_id) return {};
  return store->forget_parcels(outlet_, number);
}

}  // namespace astray::watch
