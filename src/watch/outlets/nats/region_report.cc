#include "watch/outlets/nats/region_report.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/json_writer.h"
#include "client/content_decoder.h"
#include "probe/plan_sections.h"
#include "report/probe_words.h"
#include "watch/model/problem_json.h"
#include "watch/outlets/gzip.h"

namespace astray::watch {
namespace {

namespace dom = simdjson::dom;

constexpr int64_t report_version = 1;

class CollectedText final : public client::ContentSink {
 public:
  Result<void> write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

Result<std::string> gunzip(std::string_view bytes) {
  auto decoder = client::ContentDecoder::create("gzip", {.bytes = most_report_bytes});
  if (!decoder) return failure(decoder.error().message);
  CollectedText out;
  Result<void> decoded = decoder->decode(bytes, out);
  if (decoded) decoded = decoder->finish();
  if (!decoded) return failure("it is no gzip: " + decoded.error().message);
  return std::move(out.text);
}

/// Members of one object; the first that is not as it should be is named.
class Members {
 public:
  Members(dom::object object, std::string& wrong) : object_(object), wrong_(wrong) {}

  /// `null` is "".
  std::string text(const char* name) {
    const dom::element value = find(name);
    std::string_view text;
    if (value.is_null()) return "";
    if (value.get(text) != simdjson::SUCCESS) wrong(name, "no text");
    return std::string(text);
  }
  /// `null` is 0.
  int64_t number(const char* name, int64_t least, int64_t most) {
    const dom::element value = find(name);
    int64_t number = 0;
    if (value.is_null()) return 0;
    if (value.get(number) != simdjson::SUCCESS || number < least || number > most) {
      wrong(name, "no number that is possible");
      return 0;
    }
    return number;
  }
  bool flag(const char* name) {
    bool flag = false;
    if (find(name).get(flag) != simdjson::SUCCESS) wrong(name, "neither true nor false");
    return flag;
  }
  /// The value of an enumeration that begins with 0 and ends with `last`; `null` is the first.
  template <typename Enumeration>
  Enumeration word(const char* name, Enumeration last) {
    const std::string word = text(name);
    if (word.empty()) return Enumeration{};
    for (int i = 0; i <= static_cast<int>(last); ++i) {
      if (to_string(static_cast<Enumeration>(i)) == word) return static_cast<Enumeration>(i);
    }
    wrong(name, "a word that is not known");
    return Enumeration{};
  }
  void wrong(const char* name, std::string_view what) {
    if (wrong_.empty()) wrong_ = fmt::format("\"{}\" is {}", name, what);
  }

 private:
  dom::element find(const char* name) {
    dom::element value;
    if (object_.at_key(name).get(value) == simdjson::SUCCESS) return value;
    wrong(name, "missing");
    static dom::parser parser;
    static const dom::element null = parser.parse(std::string_view("null"));
    return null;
  }
  dom::object object_;
  std::string& wrong_;
};

CellRecord read_cell(Members members) {
  CellRecord cell;
  cell.key.node = members.text("node");
  cell.key.sni = members.text("sni");
  cell.key.authority = members.text("authority");
  cell.key.alpn = members.word("alpn", AlpnOffer::h2_only);
  cell.key.use = members.word("connection", ConnectionUse::reused);
  cell.key.client_certificate = static_cast<uint32_t>(members.number("client_certificate", 0, UINT32_MAX));
  CellAnswer& answer = cell.answer;
  answer.verdict = members.word("verdict", CellVerdict::could_not_tell);
  const std::optional<Reason> reason = find_reason(members.text("reason"));
  if (!reason) members.wrong("reason", "a word that is not known");
  answer.reason = reason.value_or(Reason::facts_missing);
  answer.failure = members.word("failure", ProbeFailure::cancelled);
  answer.agreement = members.word("agreement", Agreement::differs);
  answer.status = static_cast<int>(members.number("status", 100, 999));
  answer.protocol = members.text("protocol");
  answer.certificate = members.text("certificate");
  answer.certificate_covers = members.flag("certificate_covers");
  answer.client_certificate_requested = members.flag("client_certificate_requested");
  answer.trust = members.word("trust", ChainTrust::untrusted);
  answer.answered_as = members.text("answered_as");
  answer.answered_by = members.text("answered_by");
  answer.difference = members.text("difference");
  answer.source = members.text("source");
  answer.page = members.text("page");
  cell.sentence = members.text("sentence");
  return cell;
}

std::string write_report(const RoundRecord& round, const std::string& region, const std::string& watcher,
                         std::span<const CellRecord* const> cells) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("version").number(report_version);
  json.member("region", region).member("watcher", watcher);
  json.key("began").number(round.began.unix_seconds);
  json.key("answers").begin_array();
  for (const CellRecord* cell : cells) {
    json.begin_object();
    write_cell_members(json, *cell);
    json.member("page", cell->answer.page);
    json.end_object();
  }
  json.end_array().end_object();
  return gzip(text);
}

}  // namespace

bool is_region_name(std::string_view text) {
  constexpr size_t most_bytes = 64;
  return !text.empty() && text.size() <= most_bytes && std::ranges::all_of(text, [](char c) {
    return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_';
  });
}

std::vector<std::string> region_reports(const RoundRecord& round, const std::string& region,
                                        const std::string& watcher, ReportedAnswers which) {
  std::vector<const CellRecord*> told;
  for (const CellRecord& cell : round.answers) {
    const bool is_own = cell.key.is_baseline() && cell.key.authority != unconfigured_name;
    if (is_own || which == ReportedAnswers::all) told.push_back(&cell);
  }
  std::vector<std::string> reports;
  for (std::span<const CellRecord* const> rest = told; !rest.empty();) {
    const size_t count = std::min(rest.size(), most_answers_in_report);
    reports.push_back(write_report(round, region, watcher, rest.first(count)));
    rest = rest.subspan(count);
  }
  return reports;
}

Result<RegionReport> read_region_report(std::string_view bytes) {
  const Result<std::string> text = gunzip(bytes);
  if (!text) return failure(text.error().message);
  return parse_region_report(*text);
}

Result<RegionReport> parse_region_report(std::string_view json) {
  dom::parser parser;
  dom::object root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) return failure("it is no JSON object");
  std::string wrong;
  Members members(root, wrong);
  RegionReport report;
  if (members.number("version", 0, INT64_MAX) != report_version)
    return failure(wrong.empty() ? "it is of another version of astray" : wrong);
  report.region = members.text("region");
  if (!is_region_name(report.region)) members.wrong("region", "no name of a region");
  report.watcher = members.text("watcher");
  // Up to the year 9999, which is what instants can be printed of.
  report.began = {members.number("began", 0, 253'402'300'799)};
  dom::array answers;
  if (root.at_key("answers").get(answers) != simdjson::SUCCESS) members.wrong("answers", "no array");
  if (!wrong.empty()) return failure(wrong);
  if (answers.size() > most_answers_in_report) return failure("\"answers\" has too many");
  for (const dom::element element : answers) {
    dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return failure("an answer is no object");
    report.answers.push_back(read_cell(Members(object, wrong)));
    if (!wrong.empty()) return failure(wrong);
  }
  return report;
}

}  // namespace astray::watch
