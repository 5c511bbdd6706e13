#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace astray::explain {

/// Number of a text in a NameList. Two numbers stand for a fact without a text. Small, since each open connection has seven.
enum class NameId : uint16_t { not_logged = 0, none = 1, beyond = 2 };

/// Names, each once, up to a bound: a log can hold more than memory does.
class NameList {
 public:
  static constexpr size_t most_possible = size_t{1} << 16U;
  /// Up to most_possible.
  explicit NameList(size_t most) : most_(std::min(most, most_possible)) {
    for (const char* text : {"", "", "(one of many more)"}) texts_.emplace_back(text);
  }

  /// `beyond` once the list is full.
  NameId add(std::string_view text) {
    const auto found = ids_.find(text);
    if (found != ids_.end()) return found->second;
    if (texts_.size() >= most_) {
      ++left_out_;
      return NameId::beyond;
    }
    const auto id = static_cast<NameId>(texts_.size());
    ids_.emplace(texts_.emplace_back(text), id);
    return id;
  }
  std::string_view text(NameId id) const { return texts_[static_cast<size_t>(id)]; }
  /// How often a name had no room.
  uint64_t left_out() const { return left_out_; }

 private:
  size_t most_;
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, NameId> ids_;
  uint64_t left_out_ = 0;
};

}  // namespace astray::explain
