// The page: text around two pieces of data. Cells go out as they come; the tables that they point into, the
// findings and the outlook follow at the end.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "embedded/probe_page_text.h"
#include "report/page_policy.h"
#include "report/probe_cell_json.h"
#include "report/probe_page_data.h"
#include "report/probe_words.h"
#include "verdict/client_profile.h"

namespace astray {
namespace {

constexpr std::string_view scripts[] = {"data", "widgets", "matrix", "evidence", "sections", "start"};

std::string script_text() {
  std::string text;
  for (const std::string_view stem : scripts) text += embedded::probe_page_text(stem);
  return text;
}

/// A '<' stands only inside strings of JSON; escaped, no text can end the element or begin a comment.
void escape_for_script(std::string& json) {
  size_t at = 0;
  while ((at = json.find('<', at)) != std::string::npos) json.replace(at, 1, "\\u003c");
}

class Page : public CellSink {
 public:
  Page(const ProbeReport& report, const ProbePageLimits& limits, ByteSink& sink)
      : report_(report), limits_(limits), sink_(sink), data_(report, limits) {
    const std::string style(embedded::probe_page_text("style"));
    script_ = script_text();
    const std::string policy =
        fmt::format("default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
                    hash_source(style), hash_source(script_));
    rest_ = embedded::probe_page_text("page");
    append_up_to("@@policy@@", policy);
    append_up_to("@@style@@", style);
    append_up_to("@@cells@@", "[");
  }

  void cell(const ProbeCell& cell) override {
    const bool room = cells_ < limits_.cells ||
                      (is_misdirection(cell.verdict) && cells_ < limits_.cells + limits_.cells / 4);
    if (!room) {
      ++cells_left_out_;
      return;
    }
    std::string row;
    data_.append_row(row, cell);
    text_ += cells_++ == 0 ? "\n" : ",\n";
    text_ += row;
    if (text_.size() > piece_bytes) hand_over();
  }

  void finish(const ProbeSummary& summary) override {
    text_ += "]";
    std::string facts;
    JsonWriter json(facts);
    json.begin_object();
    data_.write_tables(json);
    write_vocabulary(json);
    write_outlook(json, summary);
    json.key("findings").begin_array();
    for (const ProbeFinding& finding : summary.findings) {
      json.begin_object();
      write_finding_members(json, finding);
      json.end_object();
    }
    json.end_array().key("notes").begin_array();
    for (const std::string& note : summary.notes) json.string(note);
    json.end_array().key("summary").begin_object();
    write_summary_members(json, summary, report_);
    json.end_object().key("left_out").begin_object();
    json.key("cells").number(static_cast<int64_t>(cells_left_out_));
    json.key("outlook").number(static_cast<int64_t>(outlook_left_out_));
    json.key("excerpts").number(static_cast<int64_t>(data_.excerpts_left_out()));
    json.end_object().end_object();
    escape_for_script(facts);
    append_up_to("@@facts@@", facts);
    append_up_to("@@script@@", script_);
    text_ += rest_;
    hand_over();
  }

 private:
  /// The page's own text up to the mark, and what stands in the mark's place.
  void append_up_to(std::string_view mark, std::string_view text) {
    const size_t at = rest_.find(mark);
    CHECK(at != std::string_view::npos);
    text_ += rest_.substr(0, at);
    text_ += text;
    rest_.remove_prefix(at + mark.size());
  }

  static void write_vocabulary(JsonWriter& json) {
    json.key("verdicts").begin_array();
    for (size_t i = 0; i < cell_verdicts; ++i) {
      const CellVerdict verdict = static_cast<CellVerdict>(i);
      json.begin_object().member("id", to_string(verdict));
      json.member("letter", std::string(1, letter_of(verdict))).member("legend", legend_of(verdict));
      json.key("weight").number(weight_of(verdict));
      json.key("misdirection").boolean(is_misdirection(verdict)).end_object();
    }
    json.end_array().key("reasons").begin_object();
    for (const ReasonInfo& reason : all_reasons()) json.member(reason.id, reason.sentence);
    json.end_object().key("clients").begin_object();
    for (const ClientProfile* client : all_client_profiles()) json.member(client->id, client->display_name);
    json.end_object();
  }

  /// As rows of indices, since 100 names have 9,900 pairs.
  void write_outlook(JsonWriter& json, const ProbeSummary& summary) {
    std::vector<const OutlookRow*> rows;
    rows.reserve(summary.outlook.size());
    for (const OutlookRow& row : summary.outlook) rows.push_back(&row);
    if (rows.size() > limits_.outlook_rows) {
      std::stable_sort(rows.begin(), rows.end(),
                       [](const OutlookRow* a, const OutlookRow* b) { return urgency(*a) > urgency(*b); });
      outlook_left_out_ = rows.size() - limits_.outlook_rows;
      rows.resize(limits_.outlook_rows);
    }
    InternedJson strings;
    InternedJson client_sets;
    const auto text = [&](std::string_view value) {
      std::string quoted;
      append_json_string(quoted, value);
      return static_cast<int64_t>(strings.index_of(quoted));
    };
    json.key("outlook").begin_array();
    for (const OutlookRow* row : rows) {
      std::string clients;
      JsonWriter set(clients);
      set.begin_array();
      for (const std::string_view client : row->clients) set.number(text(client));
      set.end_array();
      json.begin_array().number(text(row->from)).number(text(row->to)).number(text(row->node.text()));
      json.number(static_cast<int64_t>(client_sets.index_of(clients))).number(text(to_string(row->answer)));
      json.number(text(to_string(row->reason)));
      json.number(row->answer == ReuseAnswer::reuse ? static_cast<int64_t>(row->would_get) : -1);
      json.number(static_cast<int64_t>(row->cell)).end_array();
    }
    json.end_array().key("outlook_strings");
    strings.write(json);
    json.key("outlook_clients");
    client_sets.write(json);
  }

  static int urgency(const OutlookRow& row) {
    if (row.answer == ReuseAnswer::open_new) return -2;
    if (row.answer == ReuseAnswer::could_not_tell) return -1;
    return weight_of(row.would_get);
  }

  void hand_over() {
    sink_.write(text_);
    text_.clear();
  }

  const ProbeReport& report_;
  const ProbePageLimits limits_;
  ByteSink& sink_;
  ProbePageData data_;
  std::string script_;
  std::string_view rest_;  ///< of the page's own text
  std::string text_;
  uint64_t cells_ = 0;
  uint64_t cells_left_out_ = 0;
  uint64_t outlook_left_out_ = 0;
};

}  // namespace

std::unique_ptr<CellSink> probe_page(const ProbeReport& report, const ProbePageLimits& limits,
                                     ByteSink& sink) {
  return std::make_unique<Page>(report, limits, sink);
}

}  // namespace astray
