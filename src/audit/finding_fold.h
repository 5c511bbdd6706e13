#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audit/finding.h"
#include "audit/topology.h"

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

/// One finding for each virtual host: the worst is told, the others are counted in it.
class WorstFindings {
 public:
  explicit WorstFindings(std::vector<Finding>& findings) : findings_(findings) {}

  void keep(SiteId site, VirtualHostId virtual_host, Finding finding) {
    const auto [entry, is_new] = told_.try_emplace({site, virtual_host}, findings_.size());
    if (is_new) {
      findings_.push_back(std::move(finding));
      return;
    }
    Finding& told = findings_[entry->second];
    const size_t further = told.further + 1;
    if (finding.severity < told.severity) told = std::move(finding);
    told.further = further;
  }

  /// Counts more of the same where there is a finding to count them in.
  void count_further(SiteId site, VirtualHostId virtual_host, size_t more) {
    if (const auto told = told_.find({site, virtual_host}); told != told_.end())
      findings_[told->second].further += more;
  }

 private:
  std::vector<Finding>& findings_;
  std::map<std::pair<SiteId, VirtualHostId>, size_t> told_;
};

}  // namespace astray
