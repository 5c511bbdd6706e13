#pragma once
// The forms that `astray audit --compare` is written in.
#include <string>
#include <string_view>
#include <vector>

#include "audit/auditor.h"
#include "audit/comparison.h"
#include "report/byte_sink.h"
#include "report/excerpt.h"
#include "report/palette.h"

namespace astray {

struct ComparisonOutcome {
  const TopologyComparison& comparison;
  std::string name_a, name_b;  ///< as the user named the two
  const std::vector<AuditReport::Input>& inputs_a;
  const std::vector<AuditReport::Input>& inputs_b;
  std::vector<std::string> unread;  ///< inputs of which nothing could be read
  bool complete = true;             ///< false: something that decides could not be read
  ShownPaths paths;
  std::string_view astray_version;
};

/// Whether there is anything to tell.
bool differs(const TopologyComparison& comparison);

void write_comparison_human(const ComparisonOutcome& outcome, const Palette& palette, int columns,
                            ByteSink& sink);
/// One object (docs/schema/audit-comparison.schema.json).
void write_comparison_json(const ComparisonOutcome& outcome, ByteSink& sink);

}  // namespace astray
