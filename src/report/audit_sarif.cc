// SARIF 2.1.0 as OASIS states it, with what code-scanning services ask for besides: relative locations, a
// help text for every rule, fingerprints that survive line moves.
#include <fmt/format.h>

#include <map>

#include "base/json_writer.h"
#include "report/audit_formats.h"
#include "report/fingerprint.h"
#include "report/rule_address.h"

namespace astray {
namespace {

// §3.27.10: error, warning, note.
std::string_view level(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::info:
      return "note";
  }
  return "none";
}

/// RFC 3986 §2: everything but unreserved characters and '/' is percent-encoded.
std::string uri_of(std::string_view path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
    if (unreserved) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

class SarifWriter {
 public:
  SarifWriter(const AuditOutcome& outcome, ByteSink& sink)
      : outcome_(outcome), sink_(sink), json_(text_, JsonWriter::Layout::indented) {}

  void write() {
    json_.begin_object()
        .member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
        .member("version", "2.1.0");
    json_.key("runs").begin_array().begin_object();
    write_tool();
    write_invocation();
    json_.key("results").begin_array();
    Fingerprints fingerprints(outcome_.paths);
    // Suppressed results are part of the log: a service shows them as dismissed.
    for (const Finding& finding : outcome_.report.findings) {
      if (!sink_.wanted()) return;
      write_result(finding, fingerprints.next(finding));
      if (text_.size() > (size_t{1} << 18)) hand_over();
    }
    json_.end_array().member("columnKind", "unicodeCodePoints").end_object().end_array().end_object();
    text_ += '\n';
    hand_over();
  }

 private:
  void hand_over() {
    sink_.write(text_);
    text_.clear();
  }

  void write_text(std::string_view name, std::string_view text) {
    json_.key(name).begin_object().member("text", text).end_object();
  }

  void write_tool() {
    json_.key("tool").begin_object().key("driver").begin_object().member("name", "astray");
    json_.member("semanticVersion", outcome_.astray_version).member("informationUri", project_address);
    json_.key("rules").begin_array();
    int index = 0;
    for (const Rule* rule : all_rules()) {
      index_of_[rule->id] = index++;
      json_.begin_object().member("id", rule->id).member("name", rule->name);
      write_text("shortDescription", rule->summary);
      write_text("fullDescription", rule->summary);
      json_.member("helpUri", address_of(*rule));
      json_.key("help")
          .begin_object()
          .member("text", page(*rule))
          .member("markdown", page(*rule))
          .end_object();
      json_.key("defaultConfiguration").begin_object().member("level", level(rule->severity)).end_object();
      json_.key("properties").begin_object().member("confidence", to_string(rule->confidence)).end_object();
      json_.end_object();
    }
    json_.end_array().end_object().end_object();
  }

  void write_invocation() {
    json_.key("invocations")
        .begin_array()
        .begin_object()
        .key("executionSuccessful")
        .boolean(outcome_.complete);
    json_.key("toolExecutionNotifications").begin_array();
    for (const AuditReport::LeftOut& left_out : outcome_.report.left_out) {
      json_.begin_object().member("level", "warning");
      write_text("message", left_out.message);
      if (left_out.place.known()) {
        json_.key("locations").begin_array();
        write_location(left_out.place, no_id);
        json_.end_array();
      }
      json_.end_object();
    }
    for (const std::string& message : outcome_.unread) {
      json_.begin_object().member("level", "error");
      write_text("message", message);
      json_.end_object();
    }
    json_.end_array().end_object().end_array();
  }

  void write_location(const Place& place, int id) {
    json_.begin_object();
    if (id != no_id) json_.key("id").number(id);
    json_.key("physicalLocation").begin_object().key("artifactLocation").begin_object();
    json_.member("uri", uri_of(outcome_.paths.of(std::string_view(place.file)))).end_object();
    if (place.line > 0) {
      json_.key("region").begin_object().key("startLine").number(place.line);
      if (place.column > 0) json_.key("startColumn").number(place.column);
      json_.end_object();
    }
    json_.end_object();
    if (!place.what.empty()) write_text("message", place.what);
    json_.end_object();
  }

  void write_result(const Finding& finding, const std::string& fingerprint) {
    json_.begin_object().member("ruleId", finding.rule_id);
    if (const auto index = index_of_.find(finding.rule_id); index != index_of_.end()) {
      json_.key("ruleIndex").number(index->second);
    }
    json_.member("level", level(finding.severity)).member("kind", "fail");
    json_.key("message").begin_object().member("text", message_of(finding)).end_object();
    json_.key("locations").begin_array();
    if (finding.place.known()) write_location(finding.place, no_id);
    json_.end_array().key("relatedLocations").begin_array();
    // Both places of a pair stand here, the main one too: viewers show related locations side by side.
    int id = 1;
    if (finding.place.known()) write_location(finding.place, id++);
    for (const Place& place : finding.related) {
      if (place.known()) write_location(place, id++);
    }
    json_.end_array().key("partialFingerprints").begin_object().member("astray/v1", fingerprint).end_object();
    if (finding.waived) {
      json_.key("suppressions")
          .begin_array()
          .begin_object()
          .member("kind", "external")
          .member("status", "accepted");
      json_.member_if_any("justification", finding.waiver_reason).end_object().end_array();
    }
    json_.key("properties").begin_object().member("confidence", to_string(finding.confidence));
    json_.member_if_any("fromName", finding.from_name).member_if_any("toName", finding.to_name);
    json_.key("further").number(static_cast<int64_t>(finding.further)).key("answers").begin_array();
    for (const PredictedAnswer& answer : finding.answers) {
      json_.begin_object().member("client", answer.client).member("expected", answer.expected);
      if (answer.status != 0) json_.key("status").number(answer.status);
      json_.member("reason", to_string(answer.reason)).end_object();
    }
    json_.end_array().end_object().end_object();
  }

  static std::string message_of(const Finding& finding) {
    std::string text = finding.message;
    if (!finding.fix.advice.empty()) text += "\nFix: " + finding.fix.advice;
    if (!finding.fix.directives.empty()) text += "\n" + finding.fix.directives;
    return text;
  }

  static constexpr int no_id = -1;
  const AuditOutcome& outcome_;
  ByteSink& sink_;
  std::string text_;
  JsonWriter json_;
  std::map<std::string_view, int> index_of_;
};

}  // namespace

void write_audit_sarif(const AuditOutcome& outcome, ByteSink& sink) {
  SarifWriter(outcome, sink).write();
}

}  // namespace astray
