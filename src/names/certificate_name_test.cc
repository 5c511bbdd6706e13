#include "names/certificate_name.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <set>

#include "support/exact_buffer.h"

namespace {
// Counts this thread's allocations: covers() runs once per pair of names and may not make any.
thread_local size_t allocations = 0;
}  // namespace

void* operator new(size_t size) {
  ++allocations;
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, size_t) noexcept {
  std::free(block);
}

namespace astray::certificate_name_test {
namespace {

using namespace std::string_literals;

Result<CertificateName, CertificateNameError> parse(std::string_view text) {
  return CertificateName::parse_dns(test::ExactBuffer(text).view());
}

TEST(CertificateName, ParsesNamesAndWildcards) {
  struct Case {
    std::string_view text, host, printed;
    bool wildcard;
  };
  for (const Case& c :
       {Case{"example.com", "example.com", "example.com", false},
        Case{"WWW.Example.COM", "www.example.com", "www.example.com", false},
        Case{"*.Example.com", "example.com", "*.example.com", true}, Case{"*.com", "com", "*.com", true},
        Case{"*.a.b.example.com", "a.b.example.com", "*.a.b.example.com", true},
        Case{"*.xn--bcher-kva.example", "xn--bcher-kva.example", "*.xn--bcher-kva.example", true},
        Case{"_x.example.com", "_x.example.com", "_x.example.com", false},
        Case{"localhost", "localhost", "localhost", false}}) {
    auto name = parse(c.text);
    ASSERT_TRUE(name) << c.text << ": " << describe(name.error());
    EXPECT_EQ(name->host().text(), c.host) << c.text;
    EXPECT_EQ(name->is_wildcard(), c.wildcard) << c.text;
    EXPECT_EQ(name->text(), c.printed) << c.text;
    EXPECT_EQ(parse(name->text()), *name) << c.text;
  }
}

TEST(CertificateName, RefusesWithTheReason) {
  std::string parent_251 = "a";
  while (parent_251.size() < 251) parent_251 += ".a";
  struct Case {
    std::string text;
    CertificateNameError error;
  };
  const Case cases[] = {
      {"*", CertificateNameError::bare_wildcard},
      {"f*.example.com", CertificateNameError::partial_wildcard},
      {"*foo.example.com", CertificateNameError::partial_wildcard},
      {"f*o.example.com", CertificateNameError::partial_wildcard},
      {"**.example.com", CertificateNameError::partial_wildcard},
      {"xn--*.example.com", CertificateNameError::partial_wildcard},
      {"www.f*.example.com", CertificateNameError::partial_wildcard},
      {"*.f*.example.com", CertificateNameError::partial_wildcard},
      {"www.*.example.com", CertificateNameError::inner_wildcard},
      {"*.*.com", CertificateNameError::inner_wildcard},
      {"www.*", CertificateNameError::inner_wildcard},
      {"*.*", CertificateNameError::inner_wildcard},
      {"", CertificateNameError::not_a_hostname},
      {".", CertificateNameError::not_a_hostname},
      {"*.", CertificateNameError::not_a_hostname},
      {".example.com", CertificateNameError::not_a_hostname},
      {"*..example.com", CertificateNameError::not_a_hostname},
      {"example.com.", CertificateNameError::not_a_hostname},
      {"*.example.com.", CertificateNameError::not_a_hostname},
      {"bücher.example", CertificateNameError::not_a_hostname},
      {"example.com\0"s, CertificateNameError::not_a_hostname},
      {"example.com\0.attacker.example"s, CertificateNameError::not_a_hostname},
      {"192.0.2.1", CertificateNameError::not_a_hostname},
      {"*.0.2.1", CertificateNameError::not_a_hostname},
      {"::1", CertificateNameError::not_a_hostname},
      {"https://example.com", CertificateNameError::not_a_hostname},
      {"example.com:443", CertificateNameError::not_a_hostname},
      {"Some Common Name", CertificateNameError::not_a_hostname},
      {"*.a" + parent_251, CertificateNameError::not_a_hostname},
  };
  for (const Case& c : cases) {
    auto name = parse(c.text);
    ASSERT_FALSE(name) << c.text << " became " << name->text();
    EXPECT_EQ(name.error(), c.error) << c.text << ": " << describe(name.error());
  }
  EXPECT_TRUE(parse("*." + parent_251));
}

TEST(CertificateName, CoversAsRfc9525Says) {
  struct Case {
    std::string_view name, host;
    bool covered;
  };
  constexpr Case cases[] = {
      {"example.com", "example.com", true},
      {"example.com", "EXAMPLE.COM.", true},
      {"EXAMPLE.com", "example.com", true},
      {"example.com", "www.example.com", false},
      {"www.example.com", "example.com", false},
      {"example.com", "example.comx", false},
      {"*.example.com", "www.example.com", true},
      {"*.example.com", "WWW.EXAMPLE.COM.", true},
      {"*.example.com", "example.com", false},
      {"*.example.com", "a.b.example.com", false},
      {"*.example.com", "wwwexample.com", false},
      {"*.example.com", "www.xexample.com", false},
      {"*.example.com", "www.example.org", false},
      {"*.example.com", "xn--bcher-kva.example.com", true},  // a whole A-label is one label
      {"*.example.com", "bücher.example.com", true},
      {"*.example.com", "_x.example.com", true},
      {"*.xn--bcher-kva.example", "www.bücher.example", true},
      {"xn--bcher-kva.example", "Bücher.example", true},
      {"*.com", "example.com", true},
      {"*.com", "com", false},
      {"*.com", "www.example.com", false},
      {"localhost", "localhost", true},
      {"*.localhost", "localhost", false},
      {"*.1.example", "1.1.example", true},
      {"*.example.com", "192.0.2.1", false},
      {"*.example.com", "[::1]", false},
      {"example.com", "192.0.2.1", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(parse(c.name)->covers(*Host::parse(c.host)), c.covered) << c.name << " and " << c.host;
  }
}

TEST(CertificateName, CoversAddressesByOctets) {
  struct Case {
    std::string_view name, host;
    bool covered;
  };
  constexpr Case cases[] = {
      {"192.0.2.1", "192.0.2.1", true},         {"192.0.2.1", "192.0.2.2", false},
      {"2001:db8::1", "[2001:DB8:0::1]", true}, {"2001:db8::1", "[2001:db8::2]", false},
      {"::ffff:192.0.2.1", "192.0.2.1", false}, {"192.0.2.1", "[::ffff:192.0.2.1]", false},
      {"192.0.2.1", "example.com", false},
  };
  for (const Case& c : cases) {
    CertificateName name = CertificateName::address(*IpAddress::parse(c.name));
    EXPECT_EQ(name.covers(*Host::parse(c.host)), c.covered) << c.name << " and " << c.host;
    EXPECT_EQ(name.text(), c.name);
    EXPECT_FALSE(name.is_wildcard());
  }
}

TEST(CertificateName, CoversWithoutAllocating) {
  Host host = *Host::parse("a-label-too-long-for-a-small-string.some.tenant.example.com");
  Host address = *Host::parse("[2001:db8::1]");
  CertificateName wildcard = *parse("*.some.tenant.example.com");
  CertificateName exact = *parse("a-label-too-long-for-a-small-string.some.tenant.example.com");

  size_t before = allocations;
  bool covered =
      wildcard.covers(host) && exact.covers(host) && !wildcard.covers(address) && !exact.covers(address);
  size_t after = allocations;

  EXPECT_TRUE(covered);
  EXPECT_EQ(after, before);
  EXPECT_GT(before, 0u) << "the counting operator new is not in use";
}

TEST(CertificateName, KeepsAWildcardApartFromItsParent) {
  EXPECT_NE(*parse("*.example.com"), *parse("example.com"));
  std::set<CertificateName> names = {*parse("*.example.com"), *parse("example.com"), *parse("*.EXAMPLE.com")};
  EXPECT_EQ(names.size(), 2u);
}

TEST(CertificateNameError, EachIsDescribedDifferently) {
  std::set<std::string_view> sentences;
  for (auto error : {CertificateNameError::not_a_hostname, CertificateNameError::partial_wildcard,
                     CertificateNameError::inner_wildcard, CertificateNameError::bare_wildcard}) {
    EXPECT_FALSE(describe(error).empty());
    EXPECT_TRUE(sentences.insert(describe(error)).second) << describe(error);
  }
}

}  // namespace
}  // namespace astray::certificate_name_test
