#include "report/audit_formats.h"

#include <gtest/gtest.h>

#include "report/fingerprint.h"

namespace astray {
namespace {

class Text : public ByteSink {
 public:
  void write(std::string_view bytes) override { text += bytes; }
  bool wanted() const override { return pieces_wanted-- > 0; }
  std::string text;
  mutable int pieces_wanted = 1'000'000;
};

Finding pair_finding() {
  Finding finding;
  finding.rule_id = all_rules().front()->id;
  finding.severity = Severity::error;
  finding.from_name = "a.test";
  finding.to_name = "b.test";
  finding.message = "first line\nsecond: 100%, <tag> \"x\" \x1b[0m\xff";
  finding.place = {"/srv/conf/n.conf", 12, 5, "server block of b.test"};
  finding.related = {{"/etc/other dir/ü.conf", 3, 0, "server block of a.test"}};
  finding.answers = {{"okhttp", "gets 421", 421, Reason::unowned},
                     {"curl", "is served", 0, Reason::never_coalesces}};
  finding.fix = {"Do this.", "line one;\nline two;\n", {"/srv/conf/n.conf", 14, 0, "here"}};
  return finding;
}

class Formats : public ::testing::Test {
 protected:
  AuditOutcome outcome() {
    return {report, {"okhttp"}, unread, complete, ShownPaths("/srv"), waived, "1.2.3"};
  }
  std::string write(void (*format)(const AuditOutcome&, ByteSink&)) {
    Text sink;
    format(outcome(), sink);
    return sink.text;
  }
  std::string human(int columns = 80, Palette::Kind kind = Palette::Kind::none) {
    SourceText source([](const std::string&) { return std::nullopt; });
    Text sink;
    write_audit_human(outcome(), HumanStyle{Palette(kind), columns, source}, sink);
    return sink.text;
  }

  AuditReport report;
  std::vector<std::string> unread;
  bool complete = true;
  WaivedFindings waived = WaivedFindings::left_out;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Formats, NothingFoundIsSaidAsSuch) {
  report.inputs = {{"/srv/n.conf", "nginx", "1.2.3", "given", 1, 2, 3, 1, 0}};
  EXPECT_EQ(
      human(),
      "no findings\n  n.conf: nginx 1.2.3 (given), 1 listener, 2 virtual hosts, 3 names, 1 certificate, "
      "0 back edges\n");
  EXPECT_EQ(write(write_audit_github), "");
  complete = false;
  EXPECT_TRUE(has(human(), "no findings in what could be read"));
  EXPECT_TRUE(has(write(write_audit_sarif), "\"executionSuccessful\": false"));
  EXPECT_TRUE(has(write(write_audit_json), "\"complete\": false"));
}

TEST_F(Formats, HumanTellsEverythingOfAFinding) {
  report.findings = {pair_finding()};
  report.findings[0].further = 2;
  report.findings[0].confidence = Confidence::medium;
  const std::string text = human();
  for (const std::string_view part :
       {"error[AST001]", "  first line\n  second: 100%, <tag> \"x\" \\x1b[0m\\xff\n", "--> conf/n.conf:12:5",
        "::: /etc/other dir/\xc3\xbc.conf:3", "server block of a.test", "okhttp", "421", "unowned",
        "is served", "fix: Do this.", "at conf/n.conf:14  (here)", "      line one;\n      line two;\n",
        "2 further cases", "confidence: medium", "astray explain AST001", "1 error\n"}) {
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_TRUE(has(human(80, Palette::Kind::ansi), "\x1b[1;31merror[AST001]\x1b[0m"));
}

TEST_F(Formats, WaivedFindingsAreCountedAndListedOnRequest) {
  report.findings = {pair_finding()};
  report.findings[0].waived = true;
  report.findings[0].waiver_reason = "known";
  report.waived = 1;
  EXPECT_EQ(human(), "no findings, 1 waived\n");
  EXPECT_FALSE(has(write(write_audit_json), "AST001"));
  EXPECT_TRUE(has(write(write_audit_json), "\"waived\": 1"));
  EXPECT_EQ(write(write_audit_github), "");
  // SARIF has suppressions for them: a service then closes its alert and does not lose it.
  const std::string sarif = write(write_audit_sarif);
  EXPECT_TRUE(has(sarif, "\"suppressions\""));
  EXPECT_TRUE(has(sarif, "\"justification\": \"known\""));
  waived = WaivedFindings::listed;
  EXPECT_TRUE(has(human(), "(waived)"));
  EXPECT_TRUE(has(human(), "waived: known"));
  EXPECT_TRUE(has(write(write_audit_json), "\"waiver_reason\": \"known\""));
  EXPECT_TRUE(has(write(write_audit_junit), "<skipped message=\"waived: known\"/>"));
  EXPECT_TRUE(has(write(write_audit_github), "::notice file=conf/n.conf,line=12,"));
  const FindingCounts counts = counts_of(report);
  EXPECT_EQ(counts.total(), 0u);
  EXPECT_EQ(counts.waived, 1u);
}

TEST_F(Formats, GithubEscapesWhatItsParserSplitsAt) {
  report.findings = {pair_finding()};
  report.findings[0].place.file = "/srv/a:b,c%\n.conf";
  const std::string text = write(write_audit_github);
  EXPECT_TRUE(text.starts_with("::error file=a%3Ab%2Cc%25%0A.conf,line=12,title=AST001 ")) << text;
  EXPECT_TRUE(has(text, "first line%0Asecond: 100%25, <tag>")) << text;
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST_F(Formats, JunitEscapesAndCounts) {
  report.findings = {pair_finding()};
  report.left_out = {{{"/srv/n.conf", 3, 0, ""}, "lost <&"}};
  unread = {"gone"};
  const std::string text = write(write_audit_junit);
  EXPECT_TRUE(has(text, "failures=\"1\" errors=\"2\"")) << text;
  EXPECT_TRUE(
      has(text,
          "message=\"first line&#10;second: 100%, &lt;tag&gt; &quot;x&quot; \xEF\xBF\xBD[0m\xEF\xBF\xBD\""));
  EXPECT_TRUE(has(text, "<error message=\"lost &lt;&amp;\"/>"));
  EXPECT_TRUE(has(text, "<error message=\"gone\"/>"));
}

TEST_F(Formats, SarifShowsBothPlacesOfAPairAsUris) {
  report.findings = {pair_finding()};
  const std::string text = write(write_audit_sarif);
  EXPECT_TRUE(has(text, "\"uri\": \"conf/n.conf\""));
  EXPECT_TRUE(has(text, "\"uri\": \"file:///etc/other%20dir/%C3%BC.conf\""));
  EXPECT_TRUE(has(text, "\"startLine\": 12"));
  EXPECT_TRUE(has(text, "\"level\": \"error\""));
}

TEST_F(Formats, LargeReportsStopWhenNobodyReads) {
  report.findings.assign(1000, pair_finding());
  Text sink;
  sink.pieces_wanted = 10;
  write_audit_jsonl(outcome(), sink);
  EXPECT_LT(sink.text.size(), 20'000u);
}

TEST(Fingerprints, DependOnWhatAFindingIsAndNotWhereItStands) {
  const ShownPaths paths("/srv");
  const Finding finding = pair_finding();
  const std::string base = Fingerprints(paths).next(finding);
  const auto with = [&](auto&& change) {
    Finding changed = pair_finding();
    change(changed);
    return Fingerprints(paths).next(changed);
  };
  EXPECT_EQ(with([](Finding& f) { f.place.line = 99; }), base);
  EXPECT_EQ(with([](Finding& f) { f.related[0].column = 7; }), base);
  EXPECT_EQ(with([](Finding& f) { f.message = "other words"; }), base);
  EXPECT_EQ(with([](Finding& f) { f.severity = Severity::info; }), base);
  EXPECT_NE(with([](Finding& f) { f.rule_id = "AST999"; }), base);
  EXPECT_NE(with([](Finding& f) { f.to_name = "c.test"; }), base);
  EXPECT_NE(with([](Finding& f) { f.place.file = "/srv/conf/other.conf"; }), base);
  EXPECT_NE(with([](Finding& f) { f.related.clear(); }), base);
  EXPECT_NE(with([](Finding& f) {
              f.from_name = "a.tes";
              f.to_name = "tb.test";
            }),
            base);
  // The same tree checked out elsewhere.
  Finding elsewhere = pair_finding();
  elsewhere.place.file = "/home/ci/conf/n.conf";
  EXPECT_EQ(Fingerprints(ShownPaths("/home/ci")).next(elsewhere), base);
  // Two that agree in everything stay apart.
  Fingerprints twice(paths);
  EXPECT_EQ(twice.next(finding), base);
  EXPECT_EQ(twice.next(finding), base.substr(0, 16) + ":2");
}

}  // namespace
}  // namespace astray
