#pragma once
// The forms that an audit's outcome is written in. One function each; all take the same facts.
#include <string>
#include <string_view>
#include <vector>

#include "audit/auditor.h"
#include "report/byte_sink.h"
#include "report/excerpt.h"
#include "report/palette.h"
#include "report/source_text.h"

namespace astray {

/// Whether findings that a waiver covers are listed; they are always counted.
enum class WaivedFindings : uint8_t { left_out, listed };

/// An audit with what its reports say besides.
struct AuditOutcome {
  const AuditReport& report;
  std::vector<std::string> clients;  ///< ids of the profiles that were asked about
  std::vector<std::string> unread;   ///< "conf/x.conf: …": inputs of which nothing could be read
  bool complete = true;              ///< false: something that decides could not be read
  ShownPaths paths;
  WaivedFindings waived = WaivedFindings::left_out;
  std::string_view astray_version;
};

struct HumanStyle {
  Palette palette;
  int columns = 100;
  SourceText& source;
};

void write_audit_human(const AuditOutcome& outcome, const HumanStyle& style, ByteSink& sink);
/// One object (docs/schema/audit.schema.json).
void write_audit_json(const AuditOutcome& outcome, ByteSink& sink);
/// One object a line: findings first, then what was left out, then a summary; each has a "type".
void write_audit_jsonl(const AuditOutcome& outcome, ByteSink& sink);
/// SARIF 2.1.0 (OASIS).
void write_audit_sarif(const AuditOutcome& outcome, ByteSink& sink);
/// A test suite for each rule, a failed test case for each finding; errors for what could not be read.
void write_audit_junit(const AuditOutcome& outcome, ByteSink& sink);
/// Workflow commands of GitHub Actions.
void write_audit_github(const AuditOutcome& outcome, ByteSink& sink);
/// The topology as a graph in Graphviz' language; misdirected ways have the colour of their worst finding.
void write_audit_dot(const AuditOutcome& outcome, ByteSink& sink);
/// The same as a Mermaid flowchart, which forges and wikis draw.
void write_audit_mermaid(const AuditOutcome& outcome, ByteSink& sink);
/// One page that needs nothing else: the topology as a picture, and the findings below it. No script.
void write_audit_page(const AuditOutcome& outcome, ByteSink& sink);

/// What counts: findings that no waiver covers.
struct FindingCounts {
  size_t errors = 0, warnings = 0, infos = 0, waived = 0;
  size_t of(Severity severity) const;
  size_t total() const { return errors + warnings + infos; }
};
FindingCounts counts_of(const AuditReport& report);

/// The findings that a report lists, in its order.
std::vector<const Finding*> listed_findings(const AuditOutcome& outcome);

}  // namespace astray
