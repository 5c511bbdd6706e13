#include "watch/store/outgoing.h"

namespace astray::watch {

Outgoing::Outgoing(Database& database)
    : add_(database, "INSERT INTO parcel(outlet, made, payload) VALUES(?1, ?2, ?3)"),
      parcels_(database, "SELECT number, payload FROM parcel WHERE outlet = ?1 ORDER BY number LIMIT ?2"),
      forget_(database, "DELETE FROM parcel WHERE outlet = ?1 AND number <= ?2"),
      cursors_(database, "SELECT outlet, event FROM cursor ORDER BY outlet"),
      set_cursor_(
          database,
          "INSERT INTO cursor(outlet, event) VALUES(?1, ?2) ON CONFLICT(outlet) DO UPDATE SET event = ?2") {}

void Outgoing::add_parcels(std::span<const Parcel> parcels, Instant now) {
  for (const Parcel& parcel : parcels) add_.with(parcel.outlet, now, Blob{parcel.payload}).run();
}

std::vector<Parcel> Outgoing::parcels(std::string_view outlet, size_t most) {
  std::vector<Parcel> parcels;
  for (parcels_.with(outlet, most); parcels_.next();)
    parcels.push_back({.number = static_cast<uint64_t>(parcels_.integer(0)),
                       .outlet = std::string(outlet),
                       .payload = std::string(parcels_.blob(1))});
  return parcels;
}

void Outgoing::forget_parcels(std::string_view outlet, uint64_t up_to) {
  forget_.with(outlet, up_to).run();
}

std::vector<OutletCursor> Outgoing::cursors() {
  std::vector<OutletCursor> cursors;
  for (cursors_.with(); cursors_.next();)
    cursors.push_back(
        {.outlet = std::string(cursors_.text(0)), .event = static_cast<uint64_t>(cursors_.integer(1))});
  return cursors;
}

void Outgoing::set_cursor(const OutletCursor& cursor) {
  set_cursor_.with(cursor.outlet, cursor.event).run();
}

}  // namespace astray::watch
