#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/wait_queue.h"
#include "watch/outlets/backoff.h"
#include "watch/outlets/outlet.h"
#include "watch/outlets/outlet_tools.h"

namespace astray::watch {

/// What an outlet wants stored with a round, in the parts in which it will be sent: made once, so that what
/// is sent again is the same to the byte.
struct ParcelContent {
  Instant began;  ///< the round
  std::vector<std::string> parts;

  std::string encode() const;
  static std::optional<ParcelContent> decode(std::string_view payload);
};

/// Delivers the parcels of one outlet, one after the other, until each is taken.
class ParcelCourier {
 public:
  enum class Outcome : uint8_t {
    taken,
    again,       ///< the receiver is away, or does not let us in
    unreadable,  ///< the receiver does not understand this parcel
  };
  /// Says with set_trouble() why it was not taken.
  using Deliver = std::function<Task<Outcome>(std::vector<std::string> parts)>;

  ParcelCourier(std::string outlet, OutletTools tools, Deliver deliver);

  /// There may be a parcel.
  void ring() { news_.open(); }
  /// Until it is cancelled.
  Task<void> run();
  void set_trouble(std::string trouble) { trouble_ = std::move(trouble); }
  const std::optional<std::string>& trouble() const { return trouble_; }
  const OutletFigures& figures() const { return figures_; }

  /// How often an unreadable parcel is tried before it is passed over: a fault of the receiver's may be
  /// mended meanwhile.
  static constexpr uint32_t tries_of_unreadable_parcels = 5;

 private:
  Task<void> deliver_all();
  Task<Outcome> deliver(const Parcel& parcel);
  Stored<void> forget(const std::string& store_id, uint64_t number);

  std::string outlet_;
  OutletTools tools_;
  Deliver deliver_;
  Gate news_;
  Backoff backoff_;
  uint32_t unreadable_ = 0;  ///< tries of the oldest parcel
  std::optional<std::string> trouble_;
  OutletFigures figures_;
};

}  // namespace astray::watch
