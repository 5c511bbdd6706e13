#pragma once
#include <span>

#include "watch/store/database.h"

namespace astray::watch {

/// What is on its way to outlets: how far each is, and the parcels that wait for one.
class Outgoing {
 public:
  explicit Outgoing(Database& database);

  void add_parcels(std::span<const Parcel> parcels, Instant now);
  std::vector<Parcel> parcels(std::string_view outlet, size_t most);
  void forget_parcels(std::string_view outlet, uint64_t up_to);
  std::vector<OutletCursor> cursors();
  void set_cursor(const OutletCursor& cursor);

 private:
  Statement add_, parcels_, forget_, cursors_, set_cursor_;
};

}  // namespace astray::watch
