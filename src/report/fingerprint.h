#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "audit/finding.h"
#include "report/excerpt.h"

namespace astray {

/// Names findings so that the same one is known again in a later run: by rule, names, files and what the
/// places are, never by line or wording. Two findings that agree in all of it are numbered in their order.
class Fingerprints {
 public:
  explicit Fingerprints(const ShownPaths& paths) : paths_(paths) {}
  /// 16 hex digits, ':' and a number; ask once for each finding, in the order of the report.
  std::string next(const Finding& finding);

 private:
  const ShownPaths& paths_;
  std::unordered_map<uint64_t, uint32_t> seen_;
};

}  // namespace astray
