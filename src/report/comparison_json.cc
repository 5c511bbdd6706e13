#include "base/json_writer.h"
#include "report/comparison_formats.h"
#include "report/place_json.h"

namespace astray {
namespace {

void write_count(JsonWriter& json, std::string_view name, size_t value) {
  json.key(name).number(static_cast<int64_t>(value));
}

void write_side(JsonWriter& json, std::string_view key, std::string_view name,
                const std::vector<AuditReport::Input>& inputs, const ShownPaths& paths) {
  json.key(key).begin_object().member("name", name).key("inputs").begin_array();
  for (const AuditReport::Input& input : inputs)
    json.begin_object()
        .member("main_file", paths.of(std::string_view(input.main_file)))
        .member("server", input.server)
        .member("version", input.version)
        .member("version_basis", input.version_basis)
        .end_object();
  json.end_array().end_object();
}

void write_findings(JsonWriter& json, std::string_view side, const std::vector<Finding>& findings,
                    const ShownPaths& paths) {
  for (const Finding& finding : findings) {
    json.begin_object().member("only_in", side).member("rule", finding.rule_id);
    json.member("severity", to_string(finding.severity));
    json.member_if_any("from_name", finding.from_name).member_if_any("to_name", finding.to_name);
    json.member("message", finding.message).key("place");
    write_place(json, finding.place, paths);
    json.end_object();
  }
}

}  // namespace

void write_comparison_json(const ComparisonOutcome& outcome, ByteSink& sink) {
  const TopologyComparison& comparison = outcome.comparison;
  std::string text;
  JsonWriter json(text, JsonWriter::Layout::indented);
  json.begin_object().member("format", "astray-audit-comparison").key("format_version").number(1);
  json.member("astray_version", outcome.astray_version);
  write_side(json, "a", outcome.name_a, outcome.inputs_a, outcome.paths);
  write_side(json, "b", outcome.name_b, outcome.inputs_b, outcome.paths);
  json.key("summary").begin_object();
  write_count(json, "names", comparison.names);
  write_count(json, "different_names", comparison.differences.size() + comparison.further_differences);
  write_count(json, "not_listed", comparison.further_differences);
  write_count(json, "findings", comparison.only_in_a.size() + comparison.only_in_b.size());
  json.key("complete").boolean(outcome.complete).end_object();

  json.key("lone_ports").begin_array();
  for (const TopologyComparison::LonePort& lone : comparison.lone_ports) {
    json.begin_object();
    write_count(json, "port", lone.port.number());
    json.member("only_in", lone.in_a ? "a" : "b");
    write_count(json, "names", lone.names);
    json.end_object();
  }
  json.end_array().key("differences").begin_array();
  for (const NameDifference& difference : comparison.differences) {
    json.begin_object().member("name", difference.name);
    write_count(json, "port", difference.port.number());
    json.key("facts").begin_array();
    for (const NameDifference::Fact& fact : difference.facts)
      json.begin_object()
          .member("fact", to_string(fact.fact))
          .member("a", fact.a)
          .member("b", fact.b)
          .end_object();
    json.end_array().key("place_a");
    write_place(json, difference.place_a, outcome.paths);
    json.key("place_b");
    write_place(json, difference.place_b, outcome.paths);
    json.end_object();
  }
  json.end_array().key("findings").begin_array();
  write_findings(json, "a", comparison.only_in_a, outcome.paths);
  write_findings(json, "b", comparison.only_in_b, outcome.paths);
  json.end_array().key("unread").begin_array();
  for (const std::string& message : outcome.unread) json.string(message);
  json.end_array().end_object();
  text += '\n';
  sink.write(text);
}

}  // namespace astray
