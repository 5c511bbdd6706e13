#include "watch/store/evidence.h"

#include <fmt/format.h>

namespace astray::watch {

Evidence::Evidence(Database& database)
    : database_(database),
      add_(database, "INSERT INTO evidence(cell) VALUES(?1)"),
      text_(database, "SELECT cell FROM evidence WHERE id = ?1") {}

std::optional<int64_t> Evidence::add(std::string_view cell) {
  if (cell.empty()) return std::nullopt;
  add_.with(Blob{cell}).run();
  return database_.inserted();
}

std::string Evidence::text(int64_t id) {
  if (text_.with(id).next()) return std::string(text_.blob(0));
  database_.note(
      StoreTrouble::corrupt,
      fmt::format("store {}: a row names the evidence {}, which is not there", database_.path(), id));
  return "";
}

}  // namespace astray::watch
