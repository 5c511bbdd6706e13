#include "probe/summary.h"

namespace astray {

std::string_view to_string(ProbeFindingKind kind) {
  switch (kind) {
    case ProbeFindingKind::misdirected:
      return "misdirected";
    case ProbeFindingKind::false_421:
      return "false-421";
    case ProbeFindingKind::authentication_bypass:
      return "authentication-bypass";
    case ProbeFindingKind::coalescing_hazard:
      return "coalescing-hazard";
    case ProbeFindingKind::parity:
      return "parity";
    case ProbeFindingKind::drift:
      return "drift";
    case ProbeFindingKind::not_answered:
      return "not-answered";
  }
  return {};
}

std::string_view rule_id(ProbeFindingKind kind) {
  switch (kind) {
    case ProbeFindingKind::misdirected:
      return "probe-misdirected";
    case ProbeFindingKind::false_421:
      return "probe-false-421";
    case ProbeFindingKind::authentication_bypass:
      return "probe-authentication-bypass";
    case ProbeFindingKind::coalescing_hazard:
      return "probe-coalescing-hazard";
    case ProbeFindingKind::parity:
      return "probe-parity";
    case ProbeFindingKind::drift:
      return "probe-drift";
    case ProbeFindingKind::not_answered:
      return "probe-not-answered";
  }
  return {};
}

std::string_view to_string(OutlookEvidence evidence) {
  switch (evidence) {
    case OutlookEvidence::none:
      return "none";
    case OutlookEvidence::reused_connection:
      return "reused-connection";
    case OutlookEvidence::fresh_connection:
      return "fresh-connection";
  }
  return {};
}

std::string_view to_string(ProbeSeverity severity) {
  switch (severity) {
    case ProbeSeverity::info:
      return "info";
    case ProbeSeverity::warning:
      return "warning";
    case ProbeSeverity::error:
      return "error";
  }
  return {};
}

}  // namespace astray
