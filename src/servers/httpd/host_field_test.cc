// What the real httpd 2.4.71 answered to each of these, with HttpProtocolOptions Strict (the default) and
// Unsafe: 400, a reset stream, or the virtual host of the name.
#include "servers/httpd/host_field.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray::httpd {
namespace {

using std::string_view_literals::operator""sv;

std::string told(const AskedHost& asked) {
  switch (asked.outcome) {
    case AskedHost::Outcome::name:
      return std::string(asked.name);
    case AskedHost::Outcome::bad_request:
      return "400";
    case AskedHost::Outcome::stream_reset:
      return "reset";
  }
  return "";
}

struct Row {
  std::string_view host;
  std::string_view strict;
  std::string_view lenient;
};

const Row rows[] = {
    {"a.test", "a.test", "a.test"},
    {"A.tEst", "A.tEst", "A.tEst"},
    {"a.test.", "a.test", "a.test"},
    {"a.test..", "400", "400"},
    {"a..test", "400", "400"},
    {".a.test", ".a.test", ".a.test"},
    {"a.test:443", "a.test", "a.test"},
    {"a.test.:443", "a.test", "a.test"},
    {"a.test:00443", "a.test", "a.test"},
    {"a.test:65535", "a.test", "a.test"},
    {"a.test:65536", "400", "400"},
    {"a.test:0", "400", "400"},
    {"a.test:99999999999", "400", "400"},
    {"a.test:", "400", "a.test:"},
    {"a.test:x", "400", "a.test:x"},
    {"a.test: 80", "400", "a.test: 80"},
    {":443", "400", "400"},
    {"", "400", "400"},
    {"  ", "400", "400"},
    {" a.test\t", "a.test", "a.test"},
    {"a b.test", "400", "a b.test"},
    {"a_b.test", "a_b.test", "a_b.test"},
    {"-a.test", "-a.test", "-a.test"},
    {"a.test/x", "400", "400"},
    {"a\\test", "400", "400"},
    {"a@a.test", "400", "a@a.test"},
    {"a.test,b.test", "400", "a.test,b.test"},
    {"a.test?x", "400", "a.test?x"},
    {"a%2etest", "400", "a%2etest"},
    {"127.0.0.1", "127.0.0.1", "127.0.0.1"},
    {"127.0.0.1:18443", "127.0.0.1", "127.0.0.1"},
    {"127.0.0.01", "400", "127.0.0.01"},
    {"127.1", "400", "127.1"},
    {"1.2.3.4.5", "400", "1.2.3.4.5"},
    {"123", "400", "123"},
    {"0x7f.1", "400", "0x7f.1"},
    {"a.1test", "400", "a.1test"},
    {"a.123", "400", "a.123"},
    {"a.b1", "a.b1", "a.b1"},
    {"[::1]", "::1", "::1"},
    {"[::1]:443", "::1", "::1"},
    {"[::ffff:1.2.3.4]", "::ffff:1.2.3.4", "::ffff:1.2.3.4"},
    {"[::1", "400", "400"},
    {"[::1]x", "400", "400"},
    {"[fe80::1%25lo]", "400", "400"},
    {"[::g]", "400", "400"},
    {"[a.test]", "400", "400"},
    {"::1", "400", ":"},
    {"*", "400", "*"},
    {"_default_", "_default_", "_default_"},
    {"xn--b-xga.test", "xn--b-xga.test", "xn--b-xga.test"},
    {"b\xC3\xBC.test", "400", "b\xC3\xBC.test"},
    {"a.test\0b"sv, "400", "400"},
    {".", "400", ""},
};

TEST(HostField, ReadsAsHttpdDoes) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.host);
    test::ExactBuffer exact(row.host);
    EXPECT_EQ(told(read_host(exact.view(), HostSyntax::strict)), row.strict);
    EXPECT_EQ(told(read_host(exact.view(), HostSyntax::lenient)), row.lenient);
  }
}

RequestFacts h1(std::vector<std::string> hosts, std::optional<std::string> target = {},
                std::optional<Scheme> scheme = {}) {
  RequestFacts request;
  for (std::string& host : hosts) request.host_fields.emplace_back(std::move(host));
  if (target) request.target_authority = RawHost(*target);
  request.scheme = scheme;
  return request;
}

std::string told_h1(const RequestFacts& request, HostSyntax syntax = HostSyntax::strict) {
  return told(read_h1_request(request, Scheme::https, syntax));
}

TEST(HostField, OfHttp1) {
  EXPECT_EQ(told_h1(h1({})), "400");
  EXPECT_EQ(told_h1(h1({"a.test", "a.test"})), "400");
  EXPECT_EQ(read_h1_request(h1({"a.test", "b.test"}), Scheme::https, HostSyntax::strict).reason,
            Reason::authority_duplicated);
  EXPECT_EQ(told_h1(h1({"a.test", "b.test"}), HostSyntax::lenient), ",");
  // GET https://b.test/ with Host: a.test answers as b; GET http://… over TLS answers as Host.
  EXPECT_EQ(told_h1(h1({"a.test"}, "b.test", Scheme::https)), "b.test");
  EXPECT_EQ(told_h1(h1({"a.test"}, "b.test", Scheme::http)), "a.test");
  EXPECT_EQ(told_h1(h1({"a..test"}, "b.test:8443", Scheme::https)), "b.test");
  EXPECT_EQ(told_h1(h1({"a.test"}, "user@b.test", Scheme::https)), "400");
  EXPECT_EQ(told_h1(h1({}, "b.test", Scheme::https)), "400");
}

std::string told_h2(std::optional<std::string> authority, std::vector<std::string> hosts,
                    HostSyntax syntax = HostSyntax::strict) {
  RequestFacts request = h1(std::move(hosts));
  if (authority) request.pseudo_authority = RawHost(*authority);
  return told(read_h2_request(request, syntax));
}

TEST(HostField, OfHttp2) {
  EXPECT_EQ(told_h2("a.test", {}), "a.test");
  EXPECT_EQ(told_h2("A.test.", {}), "A.test");
  EXPECT_EQ(told_h2("a.test:", {}), "400");
  EXPECT_EQ(told_h2("a.test:", {}, HostSyntax::lenient), "a.test:");
  EXPECT_EQ(told_h2("a..test", {}), "400");
  EXPECT_EQ(told_h2("u@a.test", {}), "400");
  EXPECT_EQ(told_h2("a,b", {}), "400");
  EXPECT_EQ(told_h2("[::1]", {}), "::1");
  EXPECT_EQ(told_h2({}, {"a.test"}), "a.test");
  EXPECT_EQ(told_h2("a.test", {"b.test"}), "a.test");
  EXPECT_EQ(told_h2({}, {"a,b"}), "400");
  // nghttp2 refuses these before httpd sees them.
  for (const char* authority : {"a b", "a/b", "a\\b", "", "b\xC3\xBC.test"})
    EXPECT_EQ(told_h2(authority, {}), "reset") << authority;
  EXPECT_EQ(told_h2("a%2e", {}), "400");
  EXPECT_EQ(told_h2({}, {}), "reset");
  EXPECT_EQ(told_h2({}, {"a.test", "a.test"}), "reset");
  EXPECT_EQ(told_h2("", {"a.test"}), "reset");
  EXPECT_EQ(told_h2("a.test", {"a b"}), "reset");
}

}  // namespace
}  // namespace astray::httpd
