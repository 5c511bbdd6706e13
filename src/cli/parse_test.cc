#include "cli/parse.h"

#include <gtest/gtest.h>

namespace astray {
namespace {

using Words = std::vector<std::string>;

Invocation parsed(const Words& words) {
  Result<Invocation, UsageError> invocation = parse_command_line(words);
  EXPECT_TRUE(invocation.has_value()) << (invocation ? "" : invocation.error().message);
  return invocation ? std::move(*invocation) : Invocation{};
}

std::string parse_error(const Words& words) {
  const Result<Invocation, UsageError> invocation = parse_command_line(words);
  EXPECT_FALSE(invocation.has_value());
  return invocation ? "" : invocation.error().message;
}

TEST(Parse, FindsTheKindOfInvocation) {
  EXPECT_EQ(parsed({}).kind, Invocation::Kind::nothing);
  EXPECT_EQ(parsed({"--version"}).kind, Invocation::Kind::version);
  EXPECT_EQ(parsed({"--help"}).kind, Invocation::Kind::help);
  EXPECT_EQ(parsed({"--help"}).command, nullptr);
  EXPECT_EQ(parsed({"audit", "--help"}).kind, Invocation::Kind::help);
  EXPECT_EQ(parsed({"audit", "--help"}).command, find_command("audit"));
  // Help is given also where an operand or a value is still missing or wrong.
  EXPECT_EQ(parsed({"list", "nonsense", "--help"}).kind, Invocation::Kind::help);
  EXPECT_EQ(parsed({"version"}).kind, Invocation::Kind::run);
}

TEST(Parse, TakesValuesAsTheyStand) {
  struct Case {
    Words words;
    std::vector<std::string> hosts;
  };
  const Case cases[] = {
      {{"predict", "c", "--host", "a"}, {"a"}},
      {{"predict", "c", "--host=a"}, {"a"}},
      {{"predict", "c", "--host=a=b"}, {"a=b"}},
      {{"predict", "c", "--host", ""}, {""}},
      {{"predict", "c", "--host="}, {""}},
      {{"predict", "--host=", "c"}, {""}},
      {{"predict", "c", "--host", "[::1]:443"}, {"[::1]:443"}},
      {{"predict", "c", "--host", "[a,b]"}, {"[a", "b]"}},
      {{"predict", "c", "--host", "a,b", "--host", "c"}, {"a", "b", "c"}},
      {{"predict", "c", "--host", "a,,b,"}, {"a", "", "b", ""}},
      {{"predict", "c", "--host", "-x"}, {"-x"}},
      {{"predict", "c", "--host", "--unknown"}, {"--unknown"}},
      {{"predict", "c", "--host", "a b"}, {"a b"}},
      {{"predict", "c", "--host", "\"quoted\""}, {"\"quoted\""}},
      {{"predict", "c", "--host", "{}"}, {"{}"}},
      {{"predict", "c", "--host", "%%"}, {"%%"}},
  };
  for (const Case& c : cases) {
    const Invocation invocation = parsed(c.words);
    ASSERT_TRUE(invocation.arguments.has_value());
    EXPECT_EQ(invocation.arguments->list("--host"), c.hosts);
    EXPECT_EQ(invocation.arguments->operands(), Words({"c"}));
  }
}

TEST(Parse, TakesOperandsAsTheyStand) {
  struct Case {
    Words words, operands;
  };
  const Case cases[] = {
      {{"audit", "a", "b"}, {"a", "b"}},
      {{"audit", "-"}, {"-"}},
      {{"audit", "a", "-"}, {"a", "-"}},
      {{"audit", "list"}, {"list"}},
      {{"audit", "audit"}, {"audit"}},
      {{"audit", "[a,b]", "[]"}, {"[a,b]", "[]"}},
      {{"audit", "a b", ""}, {"a b", ""}},
      {{"audit", "a", "--exit-zero", "b", "--format", "json", "c"}, {"a", "b", "c"}},
      {{"audit", "--", "--format", "-x"}, {"--format", "-x"}},
      {{"audit", "--", "--x="}, {"--x="}},
      {{"audit", "a=b"}, {"a=b"}},
  };
  for (const Case& c : cases) {
    const Invocation invocation = parsed(c.words);
    ASSERT_TRUE(invocation.arguments.has_value());
    EXPECT_EQ(invocation.arguments->operands(), c.operands);
  }
}

TEST(Parse, TakesLetters) {
  struct Case {
    Words words;
    std::string given;  ///< option=value, in order; operands alone
  };
  const Case cases[] = {
      {{"fetch", "-X", "PUT", "u"}, "--request=PUT u"},
      {{"fetch", "-XPUT", "u"}, "--request=PUT u"},
      {{"fetch", "-X=PUT", "u"}, "--request==PUT u"},
      {{"fetch", "-X", "-s", "u"}, "--request=-s u"},
      {{"fetch", "-sSX", "PUT", "u"}, "--silent=true --show-error=true --request=PUT u"},
      {{"fetch", "-sXPUT", "u"}, "--silent=true --request=PUT u"},
      {{"fetch", "u", "-o", "-", "v", "-O"}, "u --output=- v --remote-name=true"},
      {{"fetch", "-d[a,b]", "-d", "[::1]", "u"}, "--data=[a,b] --data=[::1] u"},
      {{"fetch", "-d", "", "u"}, "--data= u"},
      {{"fetch", "--url=u", "-d=", "--", "-s"}, "--url=u --data== -s"},
      {{"fetch", "--data", "--x=", "u"}, "--data=--x= u"},
      {{"fetch", "-4", "u"}, "--ipv4=true u"},
      {{"fetch", "--trace", "u"}, "--trace=text u"},
      {{"fetch", "--trace", "json", "u"}, "--trace=json u"},
      {{"fetch", "--trace=json", "u"}, "--trace=json u"},
      {{"fetch", "-", "u"}, "- u"},
  };
  for (const Case& c : cases) {
    const Invocation invocation = parsed(c.words);
    ASSERT_TRUE(invocation.arguments.has_value());
    std::string given;
    for (const Given& one : invocation.arguments->in_order()) {
      if (!given.empty()) given += ' ';
      given += one.option.empty() ? one.value : std::string(one.option) + "=" + one.value;
    }
    EXPECT_EQ(given, c.given);
  }
  EXPECT_NE(parse_error({"fetch", "-sQ", "u"}).find("unknown option -Q"), std::string::npos);
  EXPECT_NE(parse_error({"fetch", "u", "-X"}).find("--request needs a value"), std::string::npos);
  EXPECT_NE(parse_error({"fetch", "-XA", "-XB", "u"}).find("--request was given 2 times"), std::string::npos);
  EXPECT_NE(parse_error({"fetch", "--trace=xml", "u"}).find("'xml' is none of text, json"), std::string::npos);
}

TEST(Parse, GivesDefaultsFlagsAndTheLastValue) {
  const Invocation plain = parsed({"audit", "a"});
  EXPECT_EQ(plain.arguments->value("--format"), "human");
  EXPECT_FALSE(plain.arguments->has("--format"));
  EXPECT_FALSE(plain.arguments->has("--exit-zero"));
  EXPECT_TRUE(plain.arguments->values("--server").empty());
  EXPECT_EQ(plain.color, "auto");
  const Invocation full =
      parsed({"--color", "always", "audit", "--exit-zero", "--server", "nginx", "--server", "httpd", "a"});
  EXPECT_TRUE(full.arguments->has("--exit-zero"));
  EXPECT_EQ(full.arguments->values("--server"), Words({"nginx", "httpd"}));
  EXPECT_EQ(full.color, "always");
  EXPECT_EQ(parsed({"audit", "a", "--color", "never"}).color, "never");
}

TEST(Parse, RefusesWhatMeansNothing) {
  struct Case {
    Words words;
    std::string_view part;
  };
  const Case cases[] = {
      {{"audti"}, "'audti' is no command. Did you mean audit?"},
      {{"zzz"}, "'zzz' is no command"},
      {{""}, "'' is no command"},
      {{"--nope"}, "unknown option --nope"},
      {{"--verson"}, "Did you mean --version?"},
      {{"audit", "--formt", "json", "x"}, "unknown option --formt. Did you mean --format?"},
      {{"audit", "--formt=json", "x"}, "unknown option --formt. Did you mean --format?"},
      {{"audit", "-f", "x"}, "unknown option -f"},
      {{"audit", "--format"}, "--format needs a value"},
      {{"audit", "--format", "--exit-zero", "x"}, "--format needs a value (FORMAT), but --exit-zero follows"},
      {{"audit", "--exit-zero=no", "x"}, "--exit-zero takes no value"},
      {{"audit", "--format", "xml", "x"}, "--format: 'xml' is none of human, json"},
      {{"audit", "--format", "jsn", "x"}, "Did you mean json"},
      {{"audit", "--format", "", "x"}, "--format: '' is none of"},
      {{"audit", "--format", "json", "--format", "json", "x"}, "--format was given 2 times"},
      {{"audit"}, "CONFIG is missing"},
      {{"list"}, "WHAT is missing"},
      {{"list", "rules", "more"}, "'more' is too much: WHAT is all"},
      {{"version", "more"}, "'more' is too much: no operand"},
      {{"--color", "purple", "version"}, "'purple' is none of auto"},
      {{"version", "--color"}, "--color needs a value"},
      {{"audit", "--server"}, "--server needs a value"},
      {{"x\x1b[2J"}, "'x\\x1b[2J' is no command"},
  };
  for (const Case& c : cases) {
    const std::string message = parse_error(c.words);
    EXPECT_NE(message.find(c.part), std::string::npos) << message << "\nexpected: " << c.part;
  }
}

TEST(Parse, HiddenOptionsAreTakenButNeverProposed) {
  EXPECT_TRUE(parsed({"audit", "--now", "2026-01-01", "x"}).arguments->has("--now"));
  EXPECT_EQ(parse_error({"audit", "--nov", "2026-01-01", "x"}).find("--now"), std::string::npos);
}

}  // namespace
}  // namespace astray
