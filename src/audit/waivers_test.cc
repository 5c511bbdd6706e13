#include "audit/waivers.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

constexpr std::string_view two_entries =
    "# waived on purpose\n"
    "- rule: AST006\n"
    "  names: [WWW.Example.com., \"*.internal.example\"]\n"
    "  reason: the back has one virtual host\n"
    "  owner: web team\n"
    "  expires: 2030-02-28\n"
    "- {rule: sni-differs-from-host-toward-back, reason: agreed, owner: ops}\n";

Waivers parsed(std::string_view yaml) {
  auto waivers = Waivers::parse(yaml, "w.yaml");
  EXPECT_TRUE(waivers.has_value()) << waivers.error().message;
  return waivers ? *std::move(waivers) : Waivers();
}

/// 2030-02-28T00:00:00Z
constexpr Instant last_day{1898467200};
constexpr Instant last_second{last_day.unix_seconds + 86399};

TEST(Waivers, ReadsEntries) {
  const Waivers waivers = parsed(two_entries);
  EXPECT_EQ(waivers.file_name(), "w.yaml");
  ASSERT_EQ(waivers.all().size(), 2u);

  const Waiver& first = waivers.all()[0];
  EXPECT_EQ(first.rule, "AST006");
  EXPECT_EQ(first.names, (std::vector<std::string>{"www.example.com", "*.internal.example"}));
  EXPECT_EQ(first.reason, "the back has one virtual host");
  EXPECT_EQ(first.owner, "web team");
  EXPECT_EQ(first.expires, last_second);
  EXPECT_EQ(first.line, 2u);

  const Waiver& second = waivers.all()[1];
  EXPECT_EQ(second.rule, "AST008") << "a rule's name stands for its id";
  EXPECT_TRUE(second.names.empty());
  EXPECT_EQ(second.expires, std::nullopt);
  EXPECT_EQ(second.line, 7u);
}

TEST(Waivers, ReadsNothingFromAnEmptyFile) {
  for (const std::string_view yaml : {"", "\n", "# only a comment\n", "---\n", "[]\n", "~\n"})
    EXPECT_TRUE(parsed(yaml).all().empty()) << yaml;
}

TEST(Waivers, TakesOneNameInPlaceOfAList) {
  const Waivers waivers = parsed("- {rule: AST006, names: a.test, reason: r, owner: o}\n");
  EXPECT_EQ(waivers.all()[0].names, std::vector<std::string>{"a.test"});
}

Finding finding(std::string_view rule, std::string from, std::string to) {
  Finding made;
  made.rule_id = rule;
  made.from_name = std::move(from);
  made.to_name = std::move(to);
  return made;
}

TEST(Waivers, CoverFindingsOfWhichEveryNameMatches) {
  const Waivers waivers = parsed(two_entries);
  const struct {
    std::string_view rule, from, to;
    int covering;  ///< index; -1: none
  } cases[] = {
      {"AST006", "www.example.com", "", 0},
      {"AST006", "WWW.EXAMPLE.COM", "", 0},
      {"AST006", "www.example.com", "a.internal.example", 0},
      {"AST006", "b.a.internal.example", "a.internal.example", 0},
      {"AST006", "*.internal.example", "", 0},
      {"AST006", "internal.example", "", -1},
      {"AST006", "xinternal.example", "", -1},
      {"AST006", "www.example.com", "other.example.com", -1},
      {"AST006", "other.example.com", "www.example.com", -1},
      {"AST006", "", "", -1},
      {"AST006", "", "www.example.com", 0},
      {"AST007", "www.example.com", "", -1},
      {"AST008", "anything.test", "else.test", 1},
      {"AST008", "", "", 1},
  };
  for (const auto& [rule, from, to, covering] : cases) {
    const Waiver* found = waivers.covering(finding(rule, std::string(from), std::string(to)), last_day);
    EXPECT_EQ(found, covering < 0 ? nullptr : &waivers.all()[static_cast<size_t>(covering)])
        << rule << " " << from << " -> " << to;
  }
}

TEST(Waivers, HoldToTheEndOfTheirLastDay) {
  const Waivers waivers = parsed(two_entries);
  const Finding covered = finding("AST006", "www.example.com", "");
  EXPECT_NE(waivers.covering(covered, last_second), nullptr);
  EXPECT_FALSE(waivers.all()[0].expired_at(last_second));
  const Instant next{last_second.unix_seconds + 1};
  EXPECT_EQ(waivers.covering(covered, next), nullptr);
  EXPECT_TRUE(waivers.all()[0].expired_at(next));
  EXPECT_FALSE(waivers.all()[1].expired_at(Instant{INT64_MAX}));
}

TEST(Waivers, PassOverAnExpiredEntryForOneInForce) {
  const Waivers waivers = parsed(
      "- {rule: AST006, reason: r, owner: o, expires: 2020-01-01}\n"
      "- {rule: AST006, reason: r, owner: o}\n");
  EXPECT_EQ(waivers.covering(finding("AST006", "a.test", ""), last_day), &waivers.all()[1]);
}

TEST(Waivers, KnowTheCalendar) {
  const auto reads = [](std::string_view date) {
    return Waivers::parse("- {rule: AST006, reason: r, owner: o, expires: " + std::string(date) + "}\n", "w")
        .has_value();
  };
  for (const std::string_view date : {"2024-02-29", "2000-02-29", "2030-12-31", "\"2030-01-01\""})
    EXPECT_TRUE(reads(date)) << date;
  for (const std::string_view date :
       {"2023-02-29", "2100-02-29", "2030-04-31", "2030-00-01", "2030-01-00", "2030-13-01", "30-01-01",
        "2030-1-1", "2030/01/01", "2030-01-01T00:00:00Z", "tomorrow", "20300101", "-2030-01-1"})
    EXPECT_FALSE(reads(date)) << date;
}

struct Malformed {
  const char* yaml;
  const char* error;
};

class WaiversErrors : public testing::TestWithParam<Malformed> {};

TEST_P(WaiversErrors, NameThePlaceAndWhatWasExpected) {
  const auto waivers = Waivers::parse(GetParam().yaml, "w.yaml");
  ASSERT_FALSE(waivers.has_value());
  EXPECT_EQ(waivers.error().message, GetParam().error);
}

#define EXAMPLE_ENTRY                                                                                         \
  "a list of entries such as \"- {rule: AST001, names: [www.example.com], reason: …, owner: …, expires: " \
  "2030-12-31}\""

INSTANTIATE_TEST_SUITE_P(
    Files, WaiversErrors,
    testing::Values(
        Malformed{"rule: AST006\n", "w.yaml:1:1: expected " EXAMPLE_ENTRY ", found a set of keys"},
        Malformed{"AST006\n", "w.yaml:1:1: expected " EXAMPLE_ENTRY ", found a single value"},
        Malformed{"- AST006\n",
                  "w.yaml:1:3: expected an entry with the keys rule, names, reason, owner, expires, found a "
                  "single value"},
        Malformed{"- {rule: AST006, reason: r, owner: o}\n---\n- {}\n",
                  "w.yaml:3:1: a second YAML document begins here; expected one document"},
        Malformed{"\n- rule: AST006\n  resaon: r\n  owner: o\n",
                  "w.yaml:3:3: unknown key \"resaon\"; expected one of rule, names, reason, owner, expires"},
        Malformed{"- rule: AST006\n  rule: AST007\n",
                  "w.yaml:2:3: the key \"rule\" stands twice in one entry"},
        Malformed{"- [a]: b\n",
                  "w.yaml:1:3: a key is a list; expected one of rule, names, reason, owner, expires"},
        Malformed{"- rule: AST999\n",
                  "w.yaml:1:9: there is no rule \"AST999\"; expected an id such as AST001, or a rule's name "
                  "(`astray list rules` shows them)"},
        Malformed{"- rule: [AST006]\n", "w.yaml:1:9: expected one text as the rule, found a list"},
        Malformed{"- rule: AST006\n  reason: \"  \"\n",
                  "w.yaml:2:11: expected one text as the reason, found an empty one"},
        Malformed{"- rule: AST006\n  owner: {a: b}\n",
                  "w.yaml:2:10: expected one text as the owner, found a set of keys"},
        Malformed{"- reason: r\n  owner: o\n",
                  "w.yaml:1:3: the entry has no \"rule\"; every waiver says which rule it waives, why "
                  "(reason) and who "
                  "answers for it (owner)"},
        Malformed{"- rule: AST006\n  owner: o\n",
                  "w.yaml:1:3: the entry has no \"reason\"; every waiver says which rule it waives, why "
                  "(reason) and who "
                  "answers for it (owner)"},
        Malformed{"- rule: AST006\n  reason: r\n",
                  "w.yaml:1:3: the entry has no \"owner\"; every waiver says which rule it waives, why "
                  "(reason) and who "
                  "answers for it (owner)"},
        Malformed{"- rule: AST006\n  names: []\n",
                  "w.yaml:2:10: expected a list of names such as [www.example.com, \"*.example.net\"], found "
                  "an empty "
                  "list; leave the key out to waive the rule for every name"},
        Malformed{"- names: [a.test, [b.test]]\n", "w.yaml:1:19: expected a name, found a list"},
        Malformed{"- names: [a..test]\n",
                  "w.yaml:1:11: \"a..test\" is no name; expected a host name, or \"*.\" and a host name for "
                  "everything "
                  "below it"},
        Malformed{"- names: [\"*\"]\n",
                  "w.yaml:1:11: \"*\" is no name; expected a host name, or \"*.\" and a host name for "
                  "everything below it"},
        Malformed{
            "- expires: 2030-02-30\n",
            "w.yaml:1:12: \"2030-02-30\" is no date; expected YYYY-MM-DD, the last day of the waiver (UTC)"},
        Malformed{"- names: [*.example.com]\n",
                  "w.yaml:1:11: this is not YAML: the referenced anchor is not defined (a name that begins "
                  "with \"*\" "
                  "stands in quotes); expected " EXAMPLE_ENTRY},
        Malformed{"- {rule: AST006\n",
                  "w.yaml:2:1: this is not YAML: end of map flow not found; expected " EXAMPLE_ENTRY}));

TEST(Waivers, EndureHostileInput) {
  std::string deep(200000, '[');
  std::string many_aliases = "- &a [x.test]\n";
  for (int i = 0; i < 100; ++i) many_aliases += "- *a\n";
  for (const std::string& yaml :
       {deep, many_aliases, std::string("\0\0", 2), std::string("- rule: \xff\xfe\n"),
        std::string((size_t{1} << 20) + 1, ' '), std::string("%YAML 9.9\n--- !!x\n- a")})
    EXPECT_FALSE(Waivers::parse(yaml, "w.yaml").has_value()) << yaml.substr(0, 40);
}

}  // namespace
}  // namespace astray
