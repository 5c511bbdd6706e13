#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "watch/store/database.h"

namespace astray::watch {

/// How late `seen` of a term or an answer may be: it is written once in so many seconds of use.
inline constexpr int64_t seen_grain = 86400;

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// Texts that stand in many rows, and their numbers. What was met lately is kept in memory, up to a bound.
class Terms {
 public:
  explicit Terms(Database& database);

  /// Its number; made when there is none yet.
  int64_t intern(std::string_view text, Instant now);
  /// It is still in use.
  void touch(int64_t id, Instant now);
  /// Nothing when there is none.
  std::optional<int64_t> find(std::string_view text);
  /// A row that names a term that is not there is trouble (corrupt), and reads as "".
  const std::string& text(int64_t id);

  /// After a transaction was undone: what it made is not there.
  void forget_cached();

 private:
  struct Known {
    int64_t id = 0, seen = 0;
  };
  void make_room();

  Database& database_;
  Statement intern_, touch_, find_, text_;
  std::unordered_map<std::string, Known, TextHash, std::equal_to<>> by_text_;
  std::unordered_map<int64_t, std::string> by_id_;
  std::unordered_map<int64_t, int64_t> touched_;  ///< when, by number
};

}  // namespace astray::watch
