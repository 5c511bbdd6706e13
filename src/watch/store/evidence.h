#pragma once
#include "watch/store/database.h"

namespace astray::watch {

/// The whole cells of answers that are not good ones.
class Evidence {
 public:
  explicit Evidence(Database& database);

  /// Its number; nothing for "".
  std::optional<int64_t> add(std::string_view cell);
  std::string text(int64_t id);

 private:
  Database& database_;
  Statement add_, text_;
};

}  // namespace astray::watch
