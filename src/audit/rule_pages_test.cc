// Every rule's page is its test: each case under Fires gives exactly the findings in its expect fence, each
// case under Stays silent gives none, and nothing that a page needs may be missing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

#include "audit/auditor.h"
#include "audit/page_case_test.h"
#include "audit/rule.h"
#include "audit/rule_page_test.h"

namespace astray::test {
namespace {

constexpr std::string_view required_headings[] = {"What it finds", "Why it matters", "Fires",
                                                  "Stays silent",  "How to fix",     "Limits"};

std::string page_file(const Rule& rule) {
  std::string stem(rule.name);
  std::replace(stem.begin(), stem.end(), '-', '_');
  return fmt::format("src/audit/rules/{}.md", stem);
}

std::vector<Finding> findings_of(const AuditReport& report, const Rule& rule) {
  std::vector<Finding> findings;
  for (const Finding& finding : report.findings)
    if (finding.rule_id == rule.id && !finding.waived) findings.push_back(finding);
  return findings;
}

std::string joined(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return fmt::format("{}", fmt::join(lines, "\n"));
}

/// What a person is owed by every finding, whatever its rule.
void expect_complete(const Finding& finding) {
  SCOPED_TRACE(expect_line(finding));
  EXPECT_FALSE(finding.message.empty());
  EXPECT_NE(finding.message.find(finding.from_name), std::string::npos)
      << "the message does not name " << finding.from_name << ": " << finding.message;
  EXPECT_NE(finding.message.find(finding.to_name), std::string::npos)
      << "the message does not name " << finding.to_name << ": " << finding.message;
  EXPECT_TRUE(finding.place.known());
  EXPECT_GT(finding.place.line, 0u);
  EXPECT_FALSE(finding.place.what.empty());
  for (const Place& place : finding.related) EXPECT_TRUE(place.known()) << place.what;
  EXPECT_FALSE(finding.fix.advice.empty());
  for (const PredictedAnswer& answer : finding.answers) {
    EXPECT_FALSE(answer.client.empty());
    EXPECT_FALSE(answer.expected.empty());
  }
}

/// "chromium-h2 200|421|… reason": what an `answers` fence lists for the only finding of its case.
std::vector<std::string> answer_lines(const Finding& finding) {
  std::vector<std::string> lines;
  for (const PredictedAnswer& answer : finding.answers)
    lines.push_back(fmt::format("{} {} {}", answer.client, answer.status, to_string(answer.reason)));
  return lines;
}

struct NamedCase {
  const Rule* rule;
  PageCase page_case;
  std::string name;
};

void PrintTo(const NamedCase& named, std::ostream* out) {
  *out << page_file(*named.rule) << ":" << named.page_case.line;
}

std::string slug(const Rule& rule, const PageCase& page_case) {
  std::string name =
      fmt::format("{}_{}_", rule.id, page_case.kind == CaseKind::fires ? "fires" : "stays_silent");
  for (char c : page_case.title) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

std::vector<NamedCase> all_cases() {
  std::vector<NamedCase> cases;
  for (const Rule* rule : all_rules()) {
    auto parsed = parse_rule_page(page(*rule));
    if (!parsed) continue;  // RulePages.AreComplete reports it
    for (PageCase& page_case : parsed->cases) {
      std::string name = slug(*rule, page_case);
      cases.push_back({rule, std::move(page_case), std::move(name)});
    }
  }
  return cases;
}

}  // namespace

TEST(AllRules, SayTheirSummariesInOneStyle) {
  for (const Rule* rule : all_rules()) {
    EXPECT_FALSE(rule->summary.ends_with('.')) << rule->id;
    const bool begins_with_a_term = rule->summary.starts_with("HTTP") || rule->summary.starts_with("Alt-Svc");
    EXPECT_TRUE(begins_with_a_term || (rule->summary[0] >= 'a' && rule->summary[0] <= 'z')) << rule->id;
  }
}

TEST(RulePages, AreComplete) {
  for (const Rule* rule : all_rules()) {
    SCOPED_TRACE(page_file(*rule));
    auto parsed = parse_rule_page(page(*rule));
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->title, fmt::format("{} {}", rule->id, rule->name));
    EXPECT_EQ(parsed->headings,
              std::vector<std::string>(std::begin(required_headings), std::end(required_headings)));
    EXPECT_EQ(parsed->empty_headings, std::vector<std::string>{});

    std::set<std::string> fires, silent, slugs;
    for (const PageCase& page_case : parsed->cases) {
      (page_case.kind == CaseKind::fires ? fires : silent).insert(page_case.title);
      EXPECT_TRUE(slugs.insert(slug(*rule, page_case)).second) << "two cases are titled " << page_case.title;
      bool expects = !lines_of(page_case, "expect").empty();
      EXPECT_EQ(expects, page_case.kind == CaseKind::fires)
          << "line " << page_case.line
          << ": an expect fence belongs to every case that fires and to no other";
    }
    EXPECT_FALSE(fires.empty()) << "no case under Fires";
    EXPECT_FALSE(silent.empty()) << "no case under Stays silent";
    for (const std::string& title : fires)
      EXPECT_TRUE(silent.count(title + ", repaired"))
          << "Stays silent has no case '" << title << ", repaired': the fix is not shown to work";
  }
}

TEST(RulePages, HaveARuleEach) {
  std::set<std::string> expected;
  for (const Rule* rule : all_rules()) expected.insert(page_file(*rule));
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(ASTRAY_SOURCE_DIR "/src/audit/rules"))
    if (entry.path().extension() == ".md")
      found.insert("src/audit/rules/" + entry.path().filename().string());
  EXPECT_EQ(found, expected);
}

class RuleCase : public testing::TestWithParam<NamedCase> {};

TEST_P(RuleCase, GivesWhatItsPageSays) {
  const auto& [rule, page_case, name] = GetParam();
  SCOPED_TRACE(fmt::format("{}:{}", page_file(*rule), page_case.line));
  auto built = build(page_case);
  ASSERT_TRUE(built) << built.error().message;
  auto findings = findings_of(audit(*built->topology, built->waivers), *rule);

  std::vector<std::string> actual;
  for (const Finding& finding : findings) {
    actual.push_back(expect_line(finding));
    expect_complete(finding);
    EXPECT_LE(rule->severity, finding.severity) << "the rule's row states its highest severity";
    EXPECT_LE(rule->confidence, finding.confidence) << "the rule's row states its highest confidence";
  }
  EXPECT_EQ(joined(actual), joined(lines_of(page_case, "expect")));

  if (auto answers = lines_of(page_case, "answers"); !answers.empty()) {
    ASSERT_EQ(findings.size(), 1u) << "an answers fence describes the only finding of its case";
    EXPECT_EQ(joined(answer_lines(findings.front())), joined(answers));
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RuleCase);
INSTANTIATE_TEST_SUITE_P(Pages, RuleCase, testing::ValuesIn(all_cases()),
                         [](const testing::TestParamInfo<NamedCase>& parameter) {
                           return parameter.param.name;
                         });

}  // namespace astray::test
