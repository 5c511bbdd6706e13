#include "report/audit_formats.h"

namespace astray {

size_t FindingCounts::of(Severity severity) const {
  switch (severity) {
    case Severity::error:
      return errors;
    case Severity::warning:
      return warnings;
    case Severity::info:
      return infos;
  }
  return 0;
}

FindingCounts counts_of(const AuditReport& report) {
  FindingCounts counts;
  for (const Finding& finding : report.findings) {
    if (finding.waived) {
      ++counts.waived;
      continue;
    }
    switch (finding.severity) {
      case Severity::error:
        ++counts.errors;
        break;
      case Severity::warning:
        ++counts.warnings;
        break;
      case Severity::info:
        ++counts.infos;
        break;
    }
  }
  return counts;
}

std::vector<const Finding*> listed_findings(const AuditOutcome& outcome) {
  std::vector<const Finding*> listed;
  for (const Finding& finding : outcome.report.findings) {
    if (!finding.waived || outcome.waived == WaivedFindings::listed) listed.push_back(&finding);
  }
  return listed;
}

}  // namespace astray
