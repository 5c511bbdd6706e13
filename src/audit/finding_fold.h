#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/finding.h"

namespace astray {

/// Findings that say the same of many virtual hosts: the first of a kind is told, the others are counted in
/// it.
class FindingFold {
 public:
  explicit FindingFold(std::vector<Finding>& findings) : findings_(findings) {}

  /// Adds what `make()` gives, unless this kind was told before.
  template <typename Make>
  void add(const std::string& kind, Make make) {
    const auto [entry, is_new] = first_of_kind_.try_emplace(kind, findings_.size());
    if (is_new)
      findings_.push_back(make());
    else
      ++findings_[entry->second].further;
  }

 private:
  std::vector<Finding>& findings_;
  std::unordered_map<std::string, size_t> first_of_kind_;
};

}  // namespace astray
