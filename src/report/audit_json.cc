#include "base/json_writer.h"
#include "report/audit_formats.h"
#include "report/fingerprint.h"
#include "report/place_json.h"
#include "report/topology_words.h"

namespace astray {
namespace {

void hand_over(std::string& text, ByteSink& sink) {
  sink.write(text);
  text.clear();
}

void write_members(JsonWriter& json, const Finding& finding, const ShownPaths& paths,
                   std::string_view fingerprint) {
  const Rule* rule = find_rule(finding.rule_id);
  json.member("rule", finding.rule_id).member("name", rule == nullptr ? std::string_view{} : rule->name);
  json.member("severity", to_string(finding.severity)).member("confidence", to_string(finding.confidence));
  json.member_if_any("from_name", finding.from_name).member_if_any("to_name", finding.to_name);
  json.member("message", finding.message);
  json.key("place");
  write_place(json, finding.place, paths);
  json.key("related").begin_array();
  for (const Place& place : finding.related) write_place(json, place, paths);
  json.end_array().key("answers").begin_array();
  for (const PredictedAnswer& answer : finding.answers) {
    json.begin_object().member("client", answer.client).member("expected", answer.expected).key("status");
    answer.status == 0 ? json.null() : json.number(answer.status);
    json.member("reason", to_string(answer.reason)).end_object();
  }
  json.end_array().key("fix").begin_object().member("advice", finding.fix.advice);
  json.member("directives", finding.fix.directives).key("place");
  write_place(json, finding.fix.place, paths);
  json.end_object().key("further").number(static_cast<int64_t>(finding.further));
  json.key("waived").boolean(finding.waived).member_if_any("waiver_reason", finding.waiver_reason);
  json.member("fingerprint", fingerprint);
}

void write_input(JsonWriter& json, const AuditReport::Input& input, const ShownPaths& paths) {
  const auto number = [&](std::string_view name, size_t value) {
    json.key(name).number(static_cast<int64_t>(value));
  };
  json.begin_object().member("main_file", paths.of(std::string_view(input.main_file)));
  json.member("server", input.server)
      .member("version", input.version)
      .member("version_basis", input.version_basis);
  number("listeners", input.listeners);
  number("virtual_hosts", input.virtual_hosts);
  number("names", input.names);
  number("certificates", input.certificates);
  number("back_edges", input.back_edges);
  json.end_object();
}

void write_way(JsonWriter& json, const Tiers::Way& way, const ShownPaths& paths) {
  json.begin_object().key("from").number(static_cast<int64_t>(way.from)).key("to");
  way.to ? json.number(static_cast<int64_t>(*way.to)) : json.null();
  json.member("address", way.address).key("joined_by");
  way.to ? json.string(to_string(way.joined_by)) : json.null();
  if (way.candidates > 0) json.key("candidates").number(static_cast<int64_t>(way.candidates));
  json.member("protocol", to_string(way.protocol));
  json.key("back_edges").number(static_cast<int64_t>(way.back_edges)).key("place");
  write_place(json, way.place, paths);
  json.key("rules").begin_array();
  for (const std::string_view rule : rules_of(way.marks)) json.string(rule);
  json.end_array().end_object();
}

void write_left_out(JsonWriter& json, const AuditReport::LeftOut& left_out, const ShownPaths& paths) {
  json.key("place");
  write_place(json, left_out.place, paths);
  json.member("message", left_out.message);
}

void write_summary_members(JsonWriter& json, const AuditOutcome& outcome) {
  const FindingCounts counts = counts_of(outcome.report);
  const auto number = [&](std::string_view name, size_t value) {
    json.key(name).number(static_cast<int64_t>(value));
  };
  number("errors", counts.errors);
  number("warnings", counts.warnings);
  number("infos", counts.infos);
  number("waived", counts.waived);
  number("left_out", outcome.report.left_out.size() + outcome.unread.size());
  json.key("complete").boolean(outcome.complete);
}

void write_strings(JsonWriter& json, const std::vector<std::string>& strings) {
  json.begin_array();
  for (const std::string& text : strings) json.string(text);
  json.end_array();
}

}  // namespace

void write_audit_json(const AuditOutcome& outcome, ByteSink& sink) {
  std::string text;
  JsonWriter json(text, JsonWriter::Layout::indented);
  json.begin_object().member("format", "astray-audit").key("format_version").number(1);
  json.member("astray_version", outcome.astray_version);
  json.key("summary").begin_object();
  write_summary_members(json, outcome);
  json.end_object().key("inputs").begin_array();
  for (const AuditReport::Input& input : outcome.report.inputs) write_input(json, input, outcome.paths);
  json.end_array().key("ways").begin_array();
  for (const Tiers::Way& way : outcome.report.tiers.ways) write_way(json, way, outcome.paths);
  json.end_array().key("clients");
  write_strings(json, outcome.clients);
  json.key("findings").begin_array();
  Fingerprints fingerprints(outcome.paths);
  for (const Finding* finding : listed_findings(outcome)) {
    if (!sink.wanted()) return;
    json.begin_object();
    write_members(json, *finding, outcome.paths, fingerprints.next(*finding));
    json.end_object();
    if (text.size() > piece_bytes) hand_over(text, sink);
  }
  json.end_array().key("left_out").begin_array();
  for (const AuditReport::LeftOut& left_out : outcome.report.left_out) {
    json.begin_object();
    write_left_out(json, left_out, outcome.paths);
    json.end_object();
    if (text.size() > piece_bytes) hand_over(text, sink);
  }
  json.end_array().key("unread");
  write_strings(json, outcome.unread);
  json.end_object();
  text += '\n';
  hand_over(text, sink);
}

void write_audit_jsonl(const AuditOutcome& outcome, ByteSink& sink) {
  std::string text;
  const auto line = [&](std::string_view type, auto&& members) {
    JsonWriter json(text);
    json.begin_object().member("type", type);
    members(json);
    json.end_object();
    text += '\n';
    if (text.size() > piece_bytes) hand_over(text, sink);
  };
  Fingerprints fingerprints(outcome.paths);
  for (const Finding* finding : listed_findings(outcome)) {
    if (!sink.wanted()) return;
    line("finding", [&](JsonWriter& json) {
      write_members(json, *finding, outcome.paths, fingerprints.next(*finding));
    });
  }
  for (const AuditReport::LeftOut& left_out : outcome.report.left_out) {
    line("left_out", [&](JsonWriter& json) { write_left_out(json, left_out, outcome.paths); });
  }
  for (const std::string& message : outcome.unread) {
    line("unread", [&](JsonWriter& json) { json.member("message", message); });
  }
  line("summary", [&](JsonWriter& json) {
    json.member("astray_version", outcome.astray_version);
    write_summary_members(json, outcome);
    json.key("inputs").begin_array();
    for (const AuditReport::Input& input : outcome.report.inputs) write_input(json, input, outcome.paths);
    json.end_array();
  });
  hand_over(text, sink);
}

}  // namespace astray
