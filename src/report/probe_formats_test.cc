#include "report/probe_formats.h"

#include <gtest/gtest.h>

#include "probe_page/sample.h"
#include "report/text_sink_test.h"
#include "support/golden.h"

namespace astray {
namespace {

const ProbeReport& report() {
  static const ProbeReport made{"1.2.3", ShownPaths("/srv"), {"client.pem"}};
  return made;
}

using Format = std::unique_ptr<CellSink> (*)(const ProbeReport&, ByteSink&);

std::string written(Format format, const test::SampleShape& shape) {
  test::TextSink sink;
  const std::unique_ptr<CellSink> cells = format(report(), sink);
  test::SampleRun(shape).feed(*cells);
  return sink.text;
}

std::string human(const test::SampleShape& shape, const ProbeHumanStyle& style = {}) {
  test::TextSink sink;
  const std::unique_ptr<CellSink> cells = probe_human(report(), style, sink);
  test::SampleRun(shape).feed(*cells);
  return sink.text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

constexpr std::string_view golden = ASTRAY_SOURCE_DIR "/src/report/golden/";

void expect_golden(std::string_view name, std::string_view text) {
  test::expect_golden(std::string(golden) + std::string(name), text);
}

test::SampleShape shape_of(size_t names, size_t nodes, test::Manners manners = test::Manners::plain) {
  test::SampleShape shape;
  shape.names = names;
  shape.nodes = nodes;
  shape.manners = manners;
  return shape;
}

TEST(ProbeFormats, Human) {
  expect_golden("probe_human.txt", human(shape_of(6, 2)));
}

TEST(ProbeFormats, HumanWithManyNamesShowsWhatHasSomethingToSay) {
  const std::string text = human(shape_of(40, 1));
  expect_golden("probe_human_many_names.txt", text.substr(0, text.find("\nCertificates\n")));
}

TEST(ProbeFormats, HumanBreaksWideMatricesAndShortensNames) {
  ProbeHumanStyle style;
  style.columns = 60;
  const std::string text = human(shape_of(16, 1), style);
  expect_golden("probe_human_narrow.txt", text.substr(0, text.find("\n\n")) + '\n');
}

TEST(ProbeFormats, HumanColoursByVerdictOrNotAtAll) {
  EXPECT_EQ(human(shape_of(8, 2, test::Manners::hostile)).find('\x1b'), std::string::npos);
  ProbeHumanStyle style;
  style.palette = Palette(Palette::Kind::ansi);
  const std::string text = human(shape_of(8, 2, test::Manners::hostile), style);
  EXPECT_TRUE(holds(text, " \x1b[1;31mM\x1b[0m"));
  EXPECT_TRUE(holds(text, " \x1b[1;32mo\x1b[0m"));
  EXPECT_TRUE(holds(text, " \x1b[1;34m1\x1b[0m"));
  EXPECT_TRUE(holds(text, " \x1b[1;33m-\x1b[0m"));
  EXPECT_TRUE(holds(text, "\x1b[1;31merror[probe-misdirected]\x1b[0m"));
}

TEST(ProbeFormats, HumanNeverHidesWhatWasNotTold) {
  test::SampleShape shape = shape_of(6, 2);
  shape.interrupted = true;
  const std::string text = human(shape);
  EXPECT_TRUE(holds(text, "4\n  could-not-tell") || holds(text, "4 could-not-tell")) << text;
  EXPECT_TRUE(holds(text, "12 failed"));
  EXPECT_TRUE(holds(text, "interrupted: this is what was asked until then\n"));
  const std::string nothing = human(shape_of(0, 0));
  EXPECT_TRUE(nothing.find("no evidence: nothing was answered") != std::string::npos) << nothing;
  EXPECT_TRUE(holds(nothing, "0 cells on 0 connections to 0 nodes in 1.23 s\n"));
}

TEST(ProbeFormats, JsonLines) {
  const std::vector<std::string> lines = lines_of(written(probe_jsonl, shape_of(6, 2)));
  ASSERT_GT(lines.size(), 200u);
  std::string some;
  // A cell that agrees, one that went astray, a refused connection, one without Host; then one of each other
  // kind.
  for (const size_t cell : {1, 45, 105, 79}) some += lines[cell - 1] + '\n';
  for (const std::string_view type : {"finding", "outlook", "note", "summary"}) {
    const auto first = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.starts_with(std::string(R"({"type":")") + std::string(type) + '"');
    });
    ASSERT_NE(first, lines.end()) << type;
    some += *first + '\n';
  }
  expect_golden("probe.jsonl", some);
  EXPECT_TRUE(lines.back().starts_with(R"({"type":"summary")"));
}

TEST(ProbeFormats, JsonIsCellsThenTheRest) {
  const std::string text = written(probe_json, shape_of(0, 0));
  EXPECT_TRUE(
      text.starts_with(R"({"format":"astray-probe","format_version":1,"astray_version":"1.2.3","cells":[],)"
                       R"("findings":[],"outlook":[],"notes":[)"))
      << text;
  EXPECT_TRUE(text.ends_with("}}\n"));
}

TEST(ProbeFormats, StreamsHandCellsOverAsTheyCome) {
  for (const Format format : {probe_jsonl, probe_json}) {
    test::TextSink sink;
    const std::unique_ptr<CellSink> cells = format(report(), sink);
    test::SampleRun(shape_of(30, 1)).feed(*cells);
    EXPECT_GT(sink.text.size(), 1'000'000u);
    EXPECT_LT(sink.largest_piece, 100'000u);
  }
}

TEST(ProbeFormats, JsonNamesThePlaceOfAPrediction) {
  Deployment deployment;
  ProbeCell cell;
  const ConnectionQuestion connection{.node = Endpoint::parse("192.0.2.1:443").value(),
                                      .protocol = PortProtocol::https,
                                      .sni = "a\xff\"\n",
                                      .sni_spelling = Spelling::literal,
                                      .sni_name = {},
                                      .alpn = AlpnOffer::h2,
                                      .client_certificate = 3,
                                      .session_of = "b.test",
                                      .use = ConnectionUse::fresh,
                                      .requests = {}};
  const RequestQuestion request;
  cell.connection = &connection;
  cell.request = &request;
  cell.prediction.agreement = Agreement::agrees;
  cell.prediction.deployment = &deployment;
  cell.prediction.expected.answer.source = {deployment.files.add("/srv/conf/n.conf"), 12, 3};
  test::TextSink sink;
  const std::unique_ptr<CellSink> cells = probe_jsonl(report(), sink);
  cells->cell(cell);
  cells->finish({});
  EXPECT_TRUE(holds(sink.text, R"("sni":"a\ufffd\"\n",)") ||
              holds(sink.text, "\"sni\":\"a\xEF\xBF\xBD\\\"\\n\","))
      << sink.text;
  EXPECT_TRUE(holds(sink.text, R"("source":{"file":"conf/n.conf","line":12},"answered_by":null)")) << sink.text;
  EXPECT_TRUE(holds(sink.text, R"("host":null,"spelling":"plain")"));
  EXPECT_TRUE(holds(sink.text, R"("client_certificate":"#3","session_of":"b.test")"));
  EXPECT_TRUE(holds(sink.text, R"("origin_set":null)"));
}

TEST(ProbeFormats, PeopleAreToldWhoAnsweredInsteadOfHttp) {
  ProbeCell cell;
  const ConnectionQuestion connection{.node = Endpoint::parse("192.0.2.1:25").value(),
                                      .protocol = PortProtocol::smtp,
                                      .sni = {},
                                      .sni_spelling = Spelling::none,
                                      .sni_name = {},
                                      .alpn = AlpnOffer::none,
                                      .client_certificate = {},
                                      .session_of = {},
                                      .use = ConnectionUse::fresh,
                                      .requests = {}};
  const RequestQuestion request;
  cell.connection = &connection;
  cell.request = &request;
  cell.verdict = CellVerdict::other_protocol;
  cell.sentence = "192.0.2.1:25 does not speak HTTP: SMTP answered 421, which is not HTTP's";
  test::TextSink sink;
  const ProbeHumanStyle style;
  const std::unique_ptr<CellSink> cells = probe_human(report(), style, sink);
  cells->cell(cell);
  cells->cell(cell);
  cells->finish({});
  EXPECT_TRUE(holds(sink.text, "Other protocols\n  " + cell.sentence + "\n\n")) << sink.text;
  EXPECT_FALSE(holds(sink.text, "Other spellings")) << sink.text;
}

TEST(ProbeFormats, Sarif) {
  expect_golden("probe.sarif", written(probe_sarif, shape_of(6, 2)));
  test::SampleShape shape = shape_of(6, 2);
  shape.interrupted = true;
  EXPECT_TRUE(holds(written(probe_sarif, shape), "\"executionSuccessful\": false"));
  EXPECT_TRUE(holds(written(probe_sarif, shape_of(0, 0)), "\"executionSuccessful\": false"));
}

TEST(ProbeFormats, Junit) {
  expect_golden("probe_junit.xml", written(probe_junit, shape_of(6, 2)));
  const std::string nothing = written(probe_junit, shape_of(0, 0));
  EXPECT_TRUE(holds(nothing, "<error message=\"no cell was asked\"/>")) << nothing;
  const std::string hostile = written(probe_junit, shape_of(8, 1, test::Manners::hostile));
  EXPECT_FALSE(holds(hostile, "<img"));
  EXPECT_FALSE(holds(hostile, "\x1b"));
}

TEST(ProbeFormats, Github) {
  expect_golden("probe_github.txt", written(probe_github, shape_of(8, 2, test::Manners::hostile)));
  EXPECT_TRUE(
      holds(written(probe_github, shape_of(0, 0)), "::error title=no evidence::Nothing was answered.\n"));
}

/// A line of cells that the schema would refuse is one that some reader refuses.
template <typename Enum>
void expect_in_schema(const std::string& schema, Enum first, Enum last) {
  for (int i = static_cast<int>(first); i <= static_cast<int>(last); ++i) {
    const std::string word = '"' + std::string(to_string(static_cast<Enum>(i))) + '"';
    EXPECT_NE(schema.find(word), std::string::npos) << word << " is missing in docs/schema/probe.schema.json";
  }
}

TEST(ProbeFormats, TheSchemaKnowsEveryWord) {
  const std::string schema = test::read_file(ASTRAY_SOURCE_DIR "/docs/schema/probe.schema.json");
  expect_in_schema(schema, PortProtocol::https, PortProtocol::smtps);
  expect_in_schema(schema, Spelling::none, Spelling::literal);
  expect_in_schema(schema, Placement::usual, Placement::two_host_fields);
  expect_in_schema(schema, ConnectionUse::fresh, ConnectionUse::reused);
  expect_in_schema(schema, Stage::resolve, Stage::done);
  expect_in_schema(schema, ProbeFailure::not_resolved, ProbeFailure::cancelled);
  expect_in_schema(schema, CellVerdict::own, CellVerdict::could_not_tell);
  expect_in_schema(schema, HopSoftware::nginx, HopSoftware::unknown);
  expect_in_schema(schema, Agreement::unknowable, Agreement::differs);
  expect_in_schema(schema, ProbeFindingKind::misdirected, ProbeFindingKind::not_answered);
  expect_in_schema(schema, ProbeSeverity::info, ProbeSeverity::error);
  expect_in_schema(schema, OutlookEvidence::reused_connection, OutlookEvidence::fresh_connection);
}

}  // namespace
}  // namespace astray
