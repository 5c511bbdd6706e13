#include "tls/certificate_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace astray::certificate_names_test {
namespace {

CertificateName name(std::string_view text) {
  auto address = IpAddress::parse(text);
  return address ? CertificateName::address(*address) : CertificateName::parse_dns(text).value();
}

CertificateNames names(const std::vector<std::string>& texts) {
  std::vector<CertificateName> parsed;
  for (const std::string& text : texts) parsed.push_back(name(text));
  return CertificateNames(std::move(parsed));
}

Host host(std::string_view text) {
  return Host::parse(text).value();
}

TEST(CertificateNames, CoverByRfc9525) {
  CertificateNames presented = names(
      {"www.example.com", "*.example.com", "*.a.example.com", "example.org", "192.0.2.1", "2001:db8::1"});
  struct Case {
    std::string_view host, covering;  ///< "" when none
  };
  for (const Case& c : {
           Case{"www.example.com", "www.example.com"},
           Case{"WWW.Example.COM.", "www.example.com"},
           Case{"mail.example.com", "*.example.com"},
           Case{"b.a.example.com", "*.a.example.com"},
           Case{"a.example.com", "*.example.com"},
           Case{"example.com", ""},
           Case{"c.b.a.example.com", ""},
           Case{"example.org", "example.org"},
           Case{"www.example.org", ""},
           Case{"com", ""},
           Case{"192.0.2.1", "192.0.2.1"},
           Case{"192.0.2.2", ""},
           Case{"[2001:db8::1]", "2001:db8::1"},
           Case{"[2001:db8:0:0::1]", "2001:db8::1"},
           Case{"[::ffff:192.0.2.1]", ""},
       }) {
    const CertificateName* covering = presented.covering(host(c.host));
    EXPECT_EQ(covering ? covering->text() : "", c.covering) << c.host;
    EXPECT_EQ(presented.cover(host(c.host)), !c.covering.empty()) << c.host;
  }
}

TEST(CertificateNames, CoverNothingWithoutNames) {
  EXPECT_FALSE(CertificateNames().cover(host("example.com")));
  EXPECT_FALSE(names({}).cover(host("192.0.2.1")));
  EXPECT_TRUE(CertificateNames().empty());
}

TEST(CertificateNames, KeepTheOrderOfTheCertificateAndItsRepetitions) {
  std::vector<std::string> texts = {"z.example", "a.example", "*.m.example", "192.0.2.9", "a.example"};
  CertificateNames presented = names(texts);
  std::vector<std::string> seen;
  for (const CertificateName& each : presented) seen.push_back(each.text());
  EXPECT_EQ(seen, texts);
  EXPECT_EQ(presented.size(), 5U);
  EXPECT_EQ(presented[2].text(), "*.m.example");
  EXPECT_EQ(presented.covering(host("a.example")), &presented[1]) << "the first of two equal names";
}

TEST(CertificateNames, StayTrueWhenCopiedAndMoved) {
  CertificateNames first = names({"a.example", "*.b.example"});
  CertificateNames copy = first;
  CertificateNames moved = std::move(first);
  EXPECT_TRUE(copy.cover(host("a.example")));
  EXPECT_TRUE(moved.cover(host("x.b.example")));
  EXPECT_EQ(copy, moved);
  EXPECT_NE(copy, names({"a.example"}));
}

TEST(CertificateNames, AgreeWithAskingEachNameInTurn) {
  std::mt19937 random(7);
  const std::vector<std::string> labels = {"a", "b", "c", "aa"};
  auto any_name = [&](int max_labels) {
    std::string text = labels[random() % labels.size()];
    for (int more = static_cast<int>(random() % max_labels); more > 0; --more)
      text += "." + labels[random() % 4];
    return text;
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> texts;
    for (unsigned i = random() % 8; i > 0; --i)
      texts.push_back((random() % 3 == 0 ? "*." : "") + any_name(3));
    CertificateNames presented = names(texts);
    for (int i = 0; i < 20; ++i) {
      Host asked = host(any_name(4));
      bool expected =
          std::any_of(presented.begin(), presented.end(), [&](auto& each) { return each.covers(asked); });
      ASSERT_EQ(presented.cover(asked), expected) << asked.text() << " round " << round;
    }
  }
}

}  // namespace
}  // namespace astray::certificate_names_test
