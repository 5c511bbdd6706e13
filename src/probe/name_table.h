#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace astray {

/// A known name by number, in the order in which names came up.
enum class NameId : uint32_t { none = UINT32_MAX, default_host = UINT32_MAX - 1 };

class NameTable {
 public:
  NameId add(const std::string& name) {
    const auto [place, added] = ids_.try_emplace(name, static_cast<NameId>(names_.size()));
    if (added) names_.push_back(name);
    return place->second;
  }
  /// `none` for "" and for names that were not added.
  NameId find(const std::string& name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? NameId::none : found->second;
  }
  /// "" for `none` and `default_host`.
  const std::string& text(NameId id) const {
    static const std::string nobody;
    const auto index = static_cast<size_t>(id);
    return index < names_.size() ? names_[index] : nobody;
  }
  const std::vector<std::string>& all() const { return names_; }

 private:
  std::unordered_map<std::string, NameId> ids_;
  std::vector<std::string> names_;
};

}  // namespace astray
