#include "names/hostname.h"

#include <gtest/gtest.h>

#include <set>
#include <unordered_set>

#include "support/exact_buffer.h"

namespace astray::hostname_test {
namespace {

using namespace std::string_literals;

Result<Hostname, HostnameError> parse(std::string_view text) {
  return Hostname::parse(test::ExactBuffer(text).view());
}

std::string repeat(std::string_view piece, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += piece;
  return text;
}

struct Accepted {
  std::string text, expected;
};

struct Refused {
  std::string text;
  HostnameError error;
};

void expect_accepted(const std::vector<Accepted>& cases) {
  for (const Accepted& c : cases) {
    auto name = parse(c.text);
    ASSERT_TRUE(name) << c.text << ": " << describe(name.error());
    EXPECT_EQ(name->text(), c.expected) << c.text;
    EXPECT_EQ(parse(name->text()), *name) << "printed form does not parse to itself: " << c.text;
  }
}

void expect_refused(const std::vector<Refused>& cases) {
  for (const Refused& c : cases) {
    auto name = parse(c.text);
    ASSERT_FALSE(name) << c.text << " became " << name->text();
    EXPECT_EQ(name.error(), c.error) << c.text << ": " << describe(name.error());
  }
}

TEST(Hostname, FoldsCaseAndOneTrailingDot) {
  expect_accepted({
      {"example.com", "example.com"},
      {"EXAMPLE.Com", "example.com"},
      {"example.com.", "example.com"},
      {"localhost", "localhost"},
      {"A", "a"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZ-_0123456789.x", "abcdefghijklmnopqrstuvwxyz-_0123456789.x"},
  });
}

TEST(Hostname, AllowsWhatTheFieldUses) {
  expect_accepted({
      {"_dmarc.example.com", "_dmarc.example.com"},
      {"my_host", "my_host"},
      {"_", "_"},
      {"-a.example", "-a.example"},
      {"a-.example", "a-.example"},
      {"r3---sn-abc.example", "r3---sn-abc.example"},
      {"ab--cd.example", "ab--cd.example"},
      {"123.example", "123.example"},
      {"1.2.3.4.example", "1.2.3.4.example"},
      {"1.2.3.4a", "1.2.3.4a"},
      {"0xfg", "0xfg"},
      {"0xg", "0xg"},
      {"a.0xg1", "a.0xg1"},
      {"x0", "x0"},
  });
}

TEST(Hostname, PassesALabelsAsTheyAre) {
  expect_accepted({
      {"XN--bcher-KVA.example", "xn--bcher-kva.example"},
      {"xn--n3h.net", "xn--n3h.net"},  // an emoji: no IDNA 2008 label, but in DNS
      {"xn--0.de", "xn--0.de"},        // no punycode at all: still bytes that servers compare
      {"xn--.de", "xn--.de"},
  });
}

// Expected A-labels: UTS #46 table 4 (the deviation characters) and IANA's test domains of 2007.
TEST(Hostname, ConvertsULabels) {
  expect_accepted({
      {"bücher.example", "xn--bcher-kva.example"},
      {"BÜCHER.example.", "xn--bcher-kva.example"},
      {"bu\xCC\x88"
       "cher.example",
       "xn--bcher-kva.example"},  // u + combining diaeresis
      {"faß.de", "xn--fa-hia.de"},
      {"βόλος.com", "xn--nxasmm1c.com"},
      {"ශ්\xE2\x80\x8Dරී.com", "xn--10cl1a0b660p.com"},
      {"نامه\xE2\x80\x8Cای.com", "xn--mgba3gch31f060k.com"},
      {"παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"},
      {"例え.テスト", "xn--r8jz45g.xn--zckzah"},
      {"مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv"},
      {"_ü.de", "xn--_-eha.de"},
      {"xn--n3h.xn--0.ab--cd.-x.bücher", "xn--n3h.xn--0.ab--cd.-x.xn--bcher-kva"},
  });
}

TEST(Hostname, MapsLookAlikesToAscii) {
  expect_accepted({
      {"ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"},
      {"example。com", "example.com"},
      {"example｡com．", "example.com"},
      {"xn--0。bücher｡xn--n3h．de", "xn--0.xn--bcher-kva.xn--n3h.de"},
      {"\xE2\x84\xAA"
       "elvin.example",
       "kelvin.example"},
      {"ſafe.example", "safe.example"},
      {"ex\xC2\xAD"
       "ample.com",
       "example.com"},  // soft hyphen maps to nothing
      {"a＿b", "a_b"},
  });
}

TEST(Hostname, RefusesTextThatIdnaRefuses) {
  expect_refused({
      {"☃.net", HostnameError::bad_idna},
      {"😀.com", HostnameError::bad_idna},
      {"a\xE2\x80\x8D"
       "b.de",
       HostnameError::bad_idna},                  // a joiner without its context
      {"\xCC\x81x.de", HostnameError::bad_idna},  // leading combining mark
      {"1א.de", HostnameError::bad_idna},         // RFC 5893 rule 1
      {"ab--ü.de", HostnameError::bad_idna},
      {"\xFF", HostnameError::bad_idna},
      {"a\xC3", HostnameError::bad_idna},
      {"\xC0\xAE.com", HostnameError::bad_idna},      // overlong '.'
      {"\xED\xA0\x80.com", HostnameError::bad_idna},  // a surrogate
      {"\xEF\xBF\xBD.com", HostnameError::bad_idna},
  });
}

TEST(Hostname, JudgesMappedTextAgain) {
  expect_refused({
      {"１.２.３.４", HostnameError::ip_address},
      {"\xC2\xAD", HostnameError::empty},
      {"a.\xC2\xAD.b", HostnameError::empty_label},
      {"a。。b", HostnameError::empty_label},
      {"\xC2\xA0", HostnameError::bad_character},      // no-break space maps to a space
      {"ex℀ample.com", HostnameError::bad_character},  // maps to a/c
      {"bücher.exam ple", HostnameError::bad_character},
      {"bücher.example/", HostnameError::bad_character},
      {"bücher.ex\0ample"s, HostnameError::bad_character},
      {repeat("ü", 63) + ".de", HostnameError::label_too_long},
      {repeat("ü.", 40) + "de", HostnameError::too_long},  // 40 × "xn--tda."
      {repeat("\xC2\xAD", 1025) + "a.de", HostnameError::too_long},
  });
}

TEST(Hostname, RefusesEmptyNamesAndLabels) {
  expect_refused({
      {"", HostnameError::empty},
      {".", HostnameError::empty},
      {"..", HostnameError::empty_label},
      {"a..", HostnameError::empty_label},
      {".a", HostnameError::empty_label},
      {"a..b", HostnameError::empty_label},
  });
}

TEST(Hostname, CountsBytesOfLabels) {
  std::string longest(63, 'a');
  expect_accepted({{longest, longest}, {"x." + longest + ".y", "x." + longest + ".y"}});
  expect_refused({
      {longest + "a", HostnameError::label_too_long},
      {longest + "a.example", HostnameError::label_too_long},
      {"example." + longest + "a", HostnameError::label_too_long},
      {"example." + longest + "a.", HostnameError::label_too_long},
  });
}

TEST(Hostname, CountsBytesOfNames) {
  std::string name_253 = repeat("a.", 126) + "a";
  ASSERT_EQ(name_253.size(), 253u);
  expect_accepted({{name_253, name_253}, {name_253 + ".", name_253}});
  expect_refused({
      {name_253 + "a", HostnameError::too_long},
      {name_253 + "a.", HostnameError::too_long},
      {name_253 + "..", HostnameError::too_long},
      {std::string(1 << 20, 'a'), HostnameError::too_long},
      {repeat("ü", 1 << 19), HostnameError::too_long},
  });
}

TEST(Hostname, RefusesEveryOtherByte) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  for (int byte = 0; byte < 0x80; ++byte) {
    std::string name = "a"s + static_cast<char>(byte) + "b";
    bool accepted = parse(name).has_value();
    EXPECT_EQ(accepted, allowed.find(static_cast<char>(byte)) != std::string_view::npos) << "byte " << byte;
    if (!accepted) {
      EXPECT_EQ(parse(name).error(), HostnameError::bad_character) << "byte " << byte;
    }
  }
  expect_refused({
      {"example.com\0"s, HostnameError::bad_character},
      {"\0"s, HostnameError::bad_character},
      {"ex%61mple.com", HostnameError::bad_character},
      {"*.example.com", HostnameError::bad_character},
      {"host:80", HostnameError::bad_character},
      {"[::1]", HostnameError::bad_character},
      {"::1", HostnameError::bad_character},
      {"user@host", HostnameError::bad_character},
      {" example.com", HostnameError::bad_character},
      {"example.com\r\n", HostnameError::bad_character},
  });
}

TEST(Hostname, RefusesWhatLooksLikeAnIpv4Address) {
  expect_refused({
      {"1.2.3.4", HostnameError::ip_address},
      {"1.2.3.4.", HostnameError::ip_address},
      {"127.1", HostnameError::ip_address},
      {"2130706433", HostnameError::ip_address},
      {"0x7f.1", HostnameError::ip_address},
      {"0x7F000001", HostnameError::ip_address},
      {"127.0x1", HostnameError::ip_address},
      {"a.0X", HostnameError::ip_address},
      {"256.256.256.256", HostnameError::ip_address},
      {"example.1", HostnameError::ip_address},
      {"1.2.3.08", HostnameError::ip_address},
  });
}

TEST(Hostname, CountsLabelsAndNamesTheParent) {
  struct Case {
    std::string_view text;
    int labels;
    std::string_view parent;
  };
  for (const Case& c : {Case{"localhost", 1, ""}, Case{"example.com", 2, "com"},
                        Case{"www.example.com.", 3, "example.com"}, Case{"a.b.c.d", 4, "b.c.d"}}) {
    auto name = parse(c.text);
    ASSERT_TRUE(name) << c.text;
    EXPECT_EQ(name->label_count(), c.labels) << c.text;
    EXPECT_EQ(name->parent(), c.parent) << c.text;
  }
}

TEST(Hostname, ComparesAndHashesByCanonicalForm) {
  std::unordered_set<Hostname> seen = {*parse("example.com"), *parse("EXAMPLE.com."), *parse("example.org")};
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_LT(*parse("a.example"), *parse("B.example"));
  EXPECT_NE(*parse("faß.de"), *parse("fass.de"));
}

TEST(HostnameError, EachIsDescribedDifferently) {
  std::set<std::string_view> sentences;
  for (auto error : {HostnameError::empty, HostnameError::too_long, HostnameError::empty_label,
                     HostnameError::label_too_long, HostnameError::bad_character, HostnameError::bad_idna,
                     HostnameError::ip_address, HostnameError::bad_ip_literal}) {
    EXPECT_FALSE(describe(error).empty());
    EXPECT_TRUE(sentences.insert(describe(error)).second) << describe(error);
  }
}

}  // namespace
}  // namespace astray::hostname_test
