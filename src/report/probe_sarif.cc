// SARIF 2.1.0 as OASIS states it. What is found lies on the network, so a result's place is the address that
// was asked for, and its names are logical locations.
#include <fmt/format.h>

#include <map>

#include "base/json_writer.h"
#include "report/probe_cell_json.h"
#include "report/probe_words.h"
#include "report/rule_address.h"

namespace astray {
namespace {

struct RuleText {
  ProbeFindingKind kind;
  std::string_view name, summary;
  std::string_view level;  ///< §3.27.10
};
constexpr RuleText rules[] = {
    {ProbeFindingKind::misdirected, "Misdirected", "A request got another name's answer or certificate.",
     "error"},
    {ProbeFindingKind::false_421, "False421", "421 on a connection that was opened for the very name.",
     "error"},
    {ProbeFindingKind::authentication_bypass, "AuthenticationBypass",
     "A name that demands a client certificate was served without one.", "error"},
    {ProbeFindingKind::coalescing_hazard, "CoalescingHazard",
     "A client would reuse a connection for a name, and get something else than the name's own answer.",
     "warning"},
    {ProbeFindingKind::parity, "Parity", "Nodes or protocols answer one question differently.", "warning"},
    {ProbeFindingKind::drift, "Drift", "A node does not do what its configuration says.", "error"},
    {ProbeFindingKind::not_answered, "NotAnswered", "No node answered for a name, so nothing is known of it.",
     "warning"},
};

std::string_view level(ProbeSeverity severity) {
  switch (severity) {
    case ProbeSeverity::error:
      return "error";
    case ProbeSeverity::warning:
      return "warning";
    case ProbeSeverity::info:
      return "note";
  }
  return "none";
}

/// RFC 3986 §3.2.2: whatever a host cannot hold is percent-encoded.
std::string uri_of_authority(std::string_view authority) {
  std::string uri = "https://";
  for (const char c : authority) {
    const bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         c == '-' || c == '.' || c == '_' || c == '~' || c == ':' || c == '[' || c == ']';
    uri += allowed ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri + '/';
}

class Sarif : public CellSink {
 public:
  Sarif(const ProbeReport& report, ByteSink& sink)
      : report_(report), sink_(sink), json_(text_, JsonWriter::Layout::indented) {}

  void cell(const ProbeCell& cell) override { evidence_.keep(cell, report_); }

  void finish(const ProbeSummary& summary) override {
    json_.begin_object()
        .member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
        .member("version", "2.1.0");
    json_.key("runs").begin_array().begin_object();
    write_tool();
    write_invocation(summary);
    json_.key("results").begin_array();
    for (const ProbeFinding& finding : summary.findings) write_result(finding);
    json_.end_array().key("properties").begin_object();
    write_summary_members(json_, summary, report_);
    json_.end_object().member("columnKind", "unicodeCodePoints").end_object().end_array().end_object();
    text_ += '\n';
    sink_.write(text_);
    text_.clear();
  }

 private:
  void write_text(std::string_view name, std::string_view text) {
    json_.key(name).begin_object().member("text", text).end_object();
  }

  void write_tool() {
    json_.key("tool").begin_object().key("driver").begin_object().member("name", "astray");
    json_.member("semanticVersion", report_.astray_version).member("informationUri", project_address);
    json_.key("rules").begin_array();
    for (const RuleText& rule : rules) {
      json_.begin_object().member("id", rule_id(rule.kind)).member("name", rule.name);
      write_text("shortDescription", rule.summary);
      write_text("fullDescription", rule.summary);
      json_.member("helpUri", project_address);
      json_.key("defaultConfiguration").begin_object().member("level", rule.level).end_object().end_object();
    }
    json_.end_array().end_object().end_object();
  }

  void write_invocation(const ProbeSummary& summary) {
    const bool answered = summary.cells > summary.count(CellVerdict::failed);
    json_.key("invocations").begin_array().begin_object();
    json_.key("executionSuccessful").boolean(answered && !summary.interrupted);
    json_.key("toolExecutionNotifications").begin_array();
    const auto notify = [&](std::string_view message) {
      json_.begin_object().member("level", "warning");
      write_text("message", message);
      json_.end_object();
    };
    if (summary.interrupted) notify("The run was interrupted; the results are of what was asked until then.");
    if (!answered) notify("No evidence: nothing was answered.");
    for (const std::string& note : summary.notes) notify(note);
    json_.end_array().end_object().end_array();
  }

  void write_location(std::string_view authority) {
    json_.begin_object().key("physicalLocation").begin_object().key("artifactLocation").begin_object();
    json_.member("uri", uri_of_authority(authority)).end_object().end_object();
    json_.key("logicalLocations").begin_array().begin_object().member("fullyQualifiedName", authority);
    json_.member("kind", "resource").end_object().end_array().end_object();
  }

  void write_result(const ProbeFinding& finding) {
    const size_t index = static_cast<size_t>(finding.kind);
    json_.begin_object().member("ruleId", rule_id(finding.kind));
    json_.key("ruleIndex").number(static_cast<int64_t>(index));
    json_.member("level", level(finding.severity)).member("kind", "fail");
    std::string message = finding.sentence;
    for (const uint64_t cell : finding.cells)
      if (const KeptEvidence::Line* line = evidence_.find(cell); line != nullptr)
        message += fmt::format("\nCell {}: {}", cell, line->text);
    if (!finding.next_step.empty()) message += "\nNext: " + finding.next_step;
    write_text("message", message);
    json_.key("locations").begin_array();
    const std::string& asked = finding.to.empty() ? finding.from : finding.to;
    if (!asked.empty()) {
      write_location(asked);
    } else if (!finding.nodes.empty()) {
      write_location(finding.nodes.front());
    }
    json_.end_array();
    json_.key("partialFingerprints").begin_object().member("astray/v1", fingerprint(finding)).end_object();
    json_.key("properties").begin_object();
    write_finding_members(json_, finding);
    json_.key("evidence").begin_array();
    for (const uint64_t cell : finding.cells) {
      const KeptEvidence::Line* line = evidence_.find(cell);
      if (line == nullptr) continue;
      json_.begin_object().key("cell").number(static_cast<int64_t>(cell)).member("seen", line->text);
      json_.member("again", line->command).end_object();
    }
    json_.end_array().end_object().end_object();
  }

  /// By what is found and of whom, never by its cells' numbers: the same in the next run.
  std::string fingerprint(const ProbeFinding& finding) {
    std::string key = fmt::format("{}|{}|{}", rule_id(finding.kind), finding.from, finding.to);
    for (const std::string& node : finding.nodes) key += '|' + node;
    const int number = ++fingerprints_[key];
    return number == 1 ? key : fmt::format("{}|{}", key, number);
  }

  const ProbeReport& report_;
  ByteSink& sink_;
  std::string text_;
  JsonWriter json_;
  KeptEvidence evidence_;
  std::map<std::string, int> fingerprints_;
};

}  // namespace

std::unique_ptr<CellSink> probe_sarif(const ProbeReport& report, ByteSink& sink) {
  return std::make_unique<Sarif>(report, sink);
}

}  // namespace astray
