#pragma once
// The forms that a probe's cells and findings are written in. Each is a sink that is fed cell by cell, in the
// order of the plan, and keeps only what its form needs at the end.
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "probe/summary.h"
#include "report/byte_sink.h"
#include "report/excerpt.h"
#include "report/palette.h"

namespace astray {

/// What the reports of a probe say besides its cells. Outlives the sinks made for it.
struct ProbeReport {
  std::string_view astray_version;
  ShownPaths paths;  ///< for the places that a prediction names
  /// What the user called them: a file each, by ClientCertificateIndex.
  std::vector<std::string> client_certificates;
};

struct ProbeHumanStyle {
  Palette palette{Palette::Kind::none};
  int columns = 100;
  /// With more names than this, a matrix shows only rows and columns that have something to say.
  size_t whole_matrix_names = 30;
};

/// A names × names matrix for each node and use of the connection, then everything else in words.
std::unique_ptr<CellSink> probe_human(const ProbeReport& report, const ProbeHumanStyle& style,
                                      ByteSink& sink);
/// One object a line, each with a "type" (docs/schema/probe.schema.json): cells as they come, then findings,
/// outlook, notes and a summary. Constant memory.
std::unique_ptr<CellSink> probe_jsonl(const ProbeReport& report, ByteSink& sink);
/// One object with the same members. Constant memory.
std::unique_ptr<CellSink> probe_json(const ProbeReport& report, ByteSink& sink);
/// SARIF 2.1.0 (OASIS): a rule for each ProbeFindingKind, a result for each finding.
std::unique_ptr<CellSink> probe_sarif(const ProbeReport& report, ByteSink& sink);
/// A test suite for each node, a test case for each name and use of the connection; a suite for what only
/// several cells together show.
std::unique_ptr<CellSink> probe_junit(const ProbeReport& report, ByteSink& sink);
/// Workflow commands of GitHub Actions.
std::unique_ptr<CellSink> probe_github(const ProbeReport& report, ByteSink& sink);

/// How much a page may hold. What is beyond is counted on the page.
struct ProbePageLimits {
  size_t cells = 60'000;                   ///< then only misdirections, a quarter of this number more
  size_t outlook_rows = 20'000;            ///< those that get something else than the name's own answer first
  size_t excerpt_bytes = size_t{1} << 20;  ///< of all bodies together
};
/// One self-contained page (HTML) with the matrix to click into; reads nothing from the network.
std::unique_ptr<CellSink> probe_page(const ProbeReport& report, const ProbePageLimits& limits,
                                     ByteSink& sink);

}  // namespace astray
