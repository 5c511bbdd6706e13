#include "report/probe_cell_json.h"

namespace astray {
namespace {

class Lines : public CellSink {
 public:
  Lines(const ProbeReport& report, ByteSink& sink) : report_(report), sink_(sink) {}

  void cell(const ProbeCell& cell) override {
    line("cell", [&](JsonWriter& json) { write_cell_members(json, cell, report_); });
  }

  void finish(const ProbeSummary& summary) override {
    for (const ProbeFinding& finding : summary.findings)
      line("finding", [&](JsonWriter& json) { write_finding_members(json, finding); });
    for (const OutlookRow& row : summary.outlook)
      line("outlook", [&](JsonWriter& json) { write_outlook_members(json, row); });
    for (const std::string& note : summary.notes)
      line("note", [&](JsonWriter& json) { json.member("message", note); });
    line("summary", [&](JsonWriter& json) { write_summary_members(json, summary, report_); });
    hand_over();
  }
  void flush() override { hand_over(); }

 private:
  template <typename Members>
  void line(std::string_view type, const Members& members) {
    JsonWriter json(text_);
    json.begin_object().member("type", type);
    members(json);
    json.end_object();
    text_ += '\n';
    if (text_.size() > piece_bytes) hand_over();
  }

  void hand_over() {
    sink_.write(text_);
    text_.clear();
  }

  const ProbeReport& report_;
  ByteSink& sink_;
  std::string text_;
};

class OneObject : public CellSink {
 public:
  OneObject(const ProbeReport& report, ByteSink& sink) : report_(report), sink_(sink), json_(text_) {
    json_.begin_object().member("format", "astray-probe").key("format_version").number(1);
    json_.member("astray_version", report.astray_version).key("cells").begin_array();
  }

  void cell(const ProbeCell& cell) override {
    element([&] { write_cell_members(json_, cell, report_); });
  }

  void finish(const ProbeSummary& summary) override {
    begin_next("findings");
    for (const ProbeFinding& finding : summary.findings)
      element([&] { write_finding_members(json_, finding); });
    begin_next("outlook");
    for (const OutlookRow& row : summary.outlook) element([&] { write_outlook_members(json_, row); });
    begin_next("notes");
    for (const std::string& note : summary.notes) json_.string(note);
    json_.end_array().key("summary").begin_object();
    write_summary_members(json_, summary, report_);
    json_.end_object().end_object();
    text_ += '\n';
    hand_over();
  }

 private:
  /// One line for each element: a report of gigabytes stays one that line tools can cut.
  template <typename Members>
  void element(const Members& members) {
    text_ += '\n';
    json_.begin_object();
    members();
    json_.end_object();
    if (text_.size() > piece_bytes) hand_over();
  }

  void begin_next(std::string_view name) { json_.end_array().key(name).begin_array(); }

  void hand_over() {
    sink_.write(text_);
    text_.clear();
  }

  const ProbeReport& report_;
  ByteSink& sink_;
  std::string text_;
  JsonWriter json_;
};

}  // namespace

std::unique_ptr<CellSink> probe_jsonl(const ProbeReport& report, ByteSink& sink) {
  return std::make_unique<Lines>(report, sink);
}

std::unique_ptr<CellSink> probe_json(const ProbeReport& report, ByteSink& sink) {
  return std::make_unique<OneObject>(report, sink);
}

}  // namespace astray
