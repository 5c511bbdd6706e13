#include "audit/dns_view.h"

#include <gtest/gtest.h>

#include <string>

namespace astray {
namespace {

/// "192.0.2.1 2001:db8::1", in the view's order.
std::string addresses(const DnsView& view, std::string_view name) {
  std::string text;
  for (const IpAddress& address : view.addresses(Hostname::parse(name).value()))
    text += (text.empty() ? "" : " ") + address.text();
  return text;
}

DnsView parsed(std::string_view text) {
  auto view = DnsView::parse(text, "dns.txt");
  EXPECT_TRUE(view.has_value()) << view.error().message;
  return view ? *std::move(view) : DnsView();
}

TEST(DnsView, KnowsNothingWhenTheFileSaysNothing) {
  for (const std::string_view text : {"", "\n", "# nothing\n", "  \t\r\n;; comment\n"}) {
    const DnsView view = parsed(text);
    EXPECT_TRUE(view.empty()) << text;
    EXPECT_EQ(addresses(view, "example.com"), "") << text;
    EXPECT_FALSE(view.knows(Hostname::parse("example.com").value())) << text;
  }
}

TEST(DnsView, ReadsBothForms) {
  const DnsView view = parsed(
      "\xEF\xBB\xBF# both forms\n"
      "192.0.2.1 www.example.com  Example.COM\t# as in a hosts file\n"
      "2001:db8::1\twww.example.com\r\n"
      "zone.example.  300 IN A 192.0.2.7\n"
      "zone.example.  IN 300 A 192.0.2.8\n"
      "zone.example. 1h AAAA 2001:DB8:0::7 ; as in a zone file\n"
      "bare.example A 192.0.2.9\n"
      "class.example in a 192.0.2.10");
  EXPECT_EQ(addresses(view, "www.example.com"), "192.0.2.1 2001:db8::1");
  EXPECT_EQ(addresses(view, "WWW.example.com."), "192.0.2.1 2001:db8::1");
  EXPECT_EQ(addresses(view, "example.com"), "192.0.2.1");
  EXPECT_EQ(addresses(view, "zone.example"), "192.0.2.7 192.0.2.8 2001:db8::7");
  EXPECT_EQ(addresses(view, "bare.example"), "192.0.2.9");
  EXPECT_EQ(addresses(view, "class.example"), "192.0.2.10");
  EXPECT_FALSE(view.empty());
}

TEST(DnsView, KeepsEachAddressOnce) {
  const DnsView view = parsed("192.0.2.1 a.test\n192.0.2.1 a.test a.test\na.test. A 192.0.2.1\n");
  EXPECT_EQ(addresses(view, "a.test"), "192.0.2.1");
}

TEST(DnsView, ComparesNamesAsALabels) {
  const DnsView view = parsed(
      "192.0.2.1 b\xC3\xBC"
      "cher.example\n");
  EXPECT_EQ(addresses(view, "xn--bcher-kva.example"), "192.0.2.1");
}

TEST(DnsView, PassesOverRecordsThatHoldNoAddress) {
  const DnsView view = parsed(
      "example.com. 3600 IN SOA ns.example.com. root.example.com. 1 2 3 4 5\n"
      "example.com. 3600 IN TXT \"v=spf1 -all\"\n"
      "example.com. 3600 IN MX 10 mail.example.com.\n"
      "example.com. 3600 IN HTTPS 1 . alpn=h2 ipv4hint=192.0.2.99\n"
      "example.com. 3600 IN A 192.0.2.1\n");
  EXPECT_EQ(addresses(view, "example.com"), "192.0.2.1");
}

TEST(DnsView, FollowsAliases) {
  const DnsView view = parsed(
      "www.example.com. CNAME edge.cdn.example.\n"
      "www.example.com. CNAME EDGE.cdn.example\n"
      "edge.cdn.example. 60 IN CNAME pop.cdn.example.\n"
      "pop.cdn.example. A 198.51.100.1\n"
      "pop.cdn.example. AAAA 2001:db8::2\n"
      "dangling.example. CNAME nowhere.example.\n");
  EXPECT_EQ(addresses(view, "www.example.com"), "198.51.100.1 2001:db8::2");
  EXPECT_EQ(addresses(view, "dangling.example"), "");
  EXPECT_TRUE(view.knows(Hostname::parse("dangling.example").value()));
}

TEST(DnsView, EndsAChainOfAliases) {
  std::string eight = "n8.test. A 192.0.2.8\n", nine = "n9.test. A 192.0.2.9\n";
  for (int i = 0; i < 8; ++i)
    eight += "n" + std::to_string(i) + ".test. CNAME n" + std::to_string(i + 1) + ".test.\n";
  nine += eight.substr(eight.find('\n') + 1) + "n8.test. CNAME n9.test.\n";
  EXPECT_EQ(addresses(parsed(eight), "n0.test"), "192.0.2.8");
  EXPECT_EQ(addresses(parsed(nine), "n0.test"), "") << "nine aliases are one too many";
  EXPECT_EQ(addresses(parsed(nine), "n1.test"), "192.0.2.9");
  EXPECT_EQ(addresses(parsed("a.test. CNAME b.test.\nb.test. CNAME a.test.\n"), "a.test"), "");
  EXPECT_EQ(addresses(parsed("a.test. CNAME a.test.\n"), "a.test"), "");
}

// The zone of RFC 4592 §2.2.1, with addresses in place of its records, and the questions it asks.
TEST(DnsView, LetsTheClosestEncloserDecideAboutWildcards) {
  const DnsView view = parsed(
      "192.0.2.1 *.example\n"
      "192.0.2.2 host1.example\n"
      "192.0.2.3 _ssh._tcp.host1.example\n"
      "192.0.2.4 _ssh._tcp.host2.example\n"
      "192.0.2.5 subdel.example\n");
  // "The following responses would be synthesized":
  EXPECT_EQ(addresses(view, "host3.example"), "192.0.2.1");
  EXPECT_EQ(addresses(view, "foo.bar.example"), "192.0.2.1");
  // "The following responses would not be synthesized":
  EXPECT_EQ(addresses(view, "host1.example"), "192.0.2.2") << "the name has a line of its own";
  EXPECT_EQ(addresses(view, "_telnet._tcp.host1.example"), "")
      << "_tcp.host1.example is the closest encloser";
  EXPECT_EQ(addresses(view, "host2.example"), "") << "it exists, if only because something lies below it";
  EXPECT_EQ(addresses(view, "host.subdel.example"), "") << "subdel.example is the closest encloser";
  EXPECT_EQ(addresses(view, "example"), "") << "a wildcard is below its name, not the name";
}

TEST(DnsView, FollowsAliasesToAndFromWildcards) {
  const DnsView view = parsed(
      "*.apps.test. CNAME router.test.\n"
      "*.test. A 192.0.2.6\n"
      "alias.example. CNAME any.test.\n");
  EXPECT_EQ(addresses(view, "a.apps.test"), "192.0.2.6");
  EXPECT_EQ(addresses(view, "b.a.apps.test"), "192.0.2.6");
  EXPECT_EQ(addresses(view, "alias.example"), "192.0.2.6");
}

struct Malformed {
  std::string text;
  std::string error;
};

std::string why(HostnameError error) {
  return std::string(describe(error));
}

class DnsViewErrors : public testing::TestWithParam<Malformed> {};

TEST_P(DnsViewErrors, NameTheLineAndWhatWasExpected) {
  const auto view = DnsView::parse(GetParam().text, "dns.txt");
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error().message, GetParam().error);
}

#define EXPECTED_FORMS                                                                                       \
  "; expected \"ADDRESS NAME…\" as in /etc/hosts, or \"NAME [TTL] [IN] A|AAAA|CNAME VALUE\" as in a zone " \
  "file"

INSTANTIATE_TEST_SUITE_P(
    Lines, DnsViewErrors,
    testing::Values(
        Malformed{"# one\n192.0.2.1\n",
                  "dns.txt:2: there is no name behind the address 192.0.2.1" EXPECTED_FORMS},
        Malformed{"192.0.2.1 a_b.test a..b\n",
                  "dns.txt:1: \"a..b\" is no host name: " + why(HostnameError::empty_label) + EXPECTED_FORMS},
        Malformed{"192.0.2.256 a.test\n", "dns.txt:1: \"192.0.2.256\" is no host name: " +
                                              why(HostnameError::ip_address) + EXPECTED_FORMS},
        Malformed{
            "fe80::1%eth0 a.test\n",
            "dns.txt:1: \"fe80::1%eth0\" is no IP address (an IPv6 address stands without brackets, port and "
            "zone)" EXPECTED_FORMS},
        Malformed{"[2001:db8::1] a.test\n",
                  "dns.txt:1: \"[2001:db8::1]\" is no IP address (an IPv6 address stands without brackets, "
                  "port and "
                  "zone)" EXPECTED_FORMS},
        Malformed{"\n\na.test\n", "dns.txt:3: there is no record type behind \"a.test\"" EXPECTED_FORMS},
        Malformed{"a.test 300 IN\n", "dns.txt:1: there is no record type behind \"a.test\"" EXPECTED_FORMS},
        Malformed{"a.test 192.0.2.1\n",
                  "dns.txt:1: \"192.0.2.1\" is no record type that is known here" EXPECTED_FORMS},
        Malformed{"a.test ALIAS b.test\n",
                  "dns.txt:1: \"ALIAS\" is no record type that is known here" EXPECTED_FORMS},
        Malformed{"a.test A\n", "dns.txt:1: expected exactly one value behind A, found 0"},
        Malformed{"a.test aaaa ::1 ::2\n", "dns.txt:1: expected exactly one value behind AAAA, found 2"},
        Malformed{"a.test A ::1\n", "dns.txt:1: \"::1\" is no IPv4 address, which the value of A has to be"},
        Malformed{"a.test AAAA 192.0.2.1\n",
                  "dns.txt:1: \"192.0.2.1\" is no IPv6 address, which the value of AAAA has to be"},
        Malformed{"a.test CNAME 192.0.2.1\n",
                  "dns.txt:1: \"192.0.2.1\" is no host name, which the value of CNAME has to be: " +
                      why(HostnameError::ip_address)},
        Malformed{
            "a.test CNAME b.test\na.test CNAME c.test\n",
            "dns.txt:2: a.test has another CNAME (to b.test) in an earlier line; a name has one at most"},
        Malformed{"a.test CNAME b.test\n192.0.2.1 a.test\n",
                  "dns.txt:2: a.test has a CNAME (to b.test) in an earlier line; a name with a CNAME has no "
                  "addresses "
                  "of its own (RFC 1034 §3.6.2)"},
        Malformed{"192.0.2.1 a.test\na.test CNAME b.test\n",
                  "dns.txt:2: a.test has an address in an earlier line; a name with a CNAME has no addresses "
                  "of its "
                  "own (RFC 1034 §3.6.2)"},
        Malformed{"$ORIGIN example.com.\n",
                  "dns.txt:1: \"$ORIGIN\" is not understood: every name has to be written out, without "
                  "$ORIGIN, as in "
                  "the output of `dig`"},
        Malformed{"@ IN A 192.0.2.1\n",
                  "dns.txt:1: \"@\" is not understood: every name has to be written out, without $ORIGIN, as "
                  "in the "
                  "output of `dig`"}));

TEST(DnsView, ShowsStrangeBytesPrintably) {
  const auto view = DnsView::parse(std::string_view("a\0\x1b[31m.test A 192.0.2.1\n", 24), "dns.txt");
  ASSERT_FALSE(view.has_value());
  EXPECT_NE(view.error().message.find("\"a\\x00\\x1b[31m.test\""), std::string::npos) << view.error().message;
}

}  // namespace
}  // namespace astray
