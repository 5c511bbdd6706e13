#include "gateway/proxy_header.h"

#include <gtest/gtest.h>

#include <ostream>

#include "support/exact_buffer.h"

namespace astray::gateway {

void PrintTo(ProxyHeaderProblem problem, std::ostream* out) {
  *out << to_string(problem);
}

namespace {

using namespace std::string_literals;
using enum ProxyHeaderProblem;

ProxyHeaderReading reading(std::string_view bytes) {
  return read_proxy_header(test::ExactBuffer(bytes).view());
}

ProxyHeader header_in(std::string_view bytes) {
  const ProxyHeaderReading found = reading(bytes);
  const auto* read = std::get_if<ProxyHeaderRead>(&found);
  EXPECT_NE(read, nullptr) << bytes;
  if (read == nullptr) return {};
  EXPECT_EQ(read->size, bytes.size()) << bytes;
  return read->header;
}

std::string addresses_in(std::string_view bytes) {
  const ProxyHeader header = header_in(bytes);
  if (!header.addresses) return "own";
  return header.addresses->source.text() + " " + header.addresses->destination.text();
}

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string two_bytes(size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

std::string version_2(char version_and_command, char family_and_transport, const std::string& rest) {
  return signature + version_and_command + family_and_transport + two_bytes(rest.size()) + rest;
}

std::string vector_of(char type, const std::string& value) {
  return type + two_bytes(value.size()) + value;
}

const std::string inet("\xc0\x00\x02\x01\xc6\x33\x64\x02\x30\x39\x01\xbb",
                       12);  // 192.0.2.1:12345 198.51.100.2:443
const std::string inet6 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01\x20\x01\x0d\xb8"s +
                          std::string(11, '\0') + "\x02\x30\x39\x01\xbb"s;

TEST(ProxyHeader, ReadsVersion1) {
  EXPECT_EQ(addresses_in("PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\n"),
            "192.0.2.1:12345 198.51.100.2:443");
  EXPECT_EQ(addresses_in("PROXY TCP6 2001:db8::1 2001:db8::2 12345 443\r\n"),
            "[2001:db8::1]:12345 [2001:db8::2]:443");
  EXPECT_EQ(addresses_in("PROXY TCP4 192.0.2.1 198.51.100.2 0 65535\r\n"), "192.0.2.1:0 198.51.100.2:65535");
  EXPECT_EQ(addresses_in("PROXY UNKNOWN\r\n"), "own");
  EXPECT_EQ(addresses_in("PROXY UNKNOWN ffff:f...f:ffff what ever 65535\r\n"), "own");
  // The longest that section 2.1 knows: 107 bytes.
  const std::string longest =
      "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
      "65535 65535\r\n";
  ASSERT_EQ(longest.size(), 107u);
  EXPECT_EQ(addresses_in(longest), "own");
}

TEST(ProxyHeader, ReadsVersion2) {
  EXPECT_EQ(addresses_in(version_2(0x21, 0x11, inet)), "192.0.2.1:12345 198.51.100.2:443");
  EXPECT_EQ(addresses_in(version_2(0x21, 0x21, inet6)), "[2001:db8::1]:12345 [2001:db8::2]:443");
  EXPECT_EQ(addresses_in(version_2(0x20, 0x00, "")), "own");    // LOCAL
  EXPECT_EQ(addresses_in(version_2(0x20, 0x11, inet)), "own");  // addresses of LOCAL do not count
  EXPECT_EQ(addresses_in(version_2(0x20, 0x11, "rubbish")), "own");
  EXPECT_EQ(addresses_in(version_2(0x21, 0x00, "")), "own");                     // AF_UNSPEC
  EXPECT_EQ(addresses_in(version_2(0x21, 0x12, inet)), "own");                   // UDP
  EXPECT_EQ(addresses_in(version_2(0x21, 0x31, std::string(216, 'x'))), "own");  // AF_UNIX
}

TEST(ProxyHeader, ReadsVectors) {
  const std::string tls_used = vector_of(0x20, "\x01\0\0\0\0"s + vector_of(0x21, "TLSv1.3"));
  const std::string tls_unused = vector_of(0x20, "\x02\0\0\0\0"s);
  EXPECT_EQ(header_in(version_2(0x21, 0x11, inet + tls_used)).tls, ProxiedTls::used);
  EXPECT_EQ(header_in(version_2(0x21, 0x11, inet + tls_unused)).tls, ProxiedTls::none);
  EXPECT_EQ(header_in(version_2(0x21, 0x11, inet)).tls, ProxiedTls::not_told);
  const ProxyHeader named = header_in(
      version_2(0x21, 0x11, inet + vector_of(0x04, "pad") + vector_of(0x02, "b.example") + tls_used));
  EXPECT_EQ(named.authority, "b.example");
  EXPECT_EQ(named.tls, ProxiedTls::used);
  EXPECT_EQ(header_in(version_2(0x21, 0x11, inet + vector_of(0x02, ""))).authority, "");
  EXPECT_EQ(header_in(version_2(0x21, 0x11, inet)).authority, std::nullopt);
  // A vector of LOCAL says nothing either.
  EXPECT_EQ(header_in(version_2(0x20, 0x11, inet + tls_used)), ProxyHeader());
}

// The sum is of a few lines of Python that give the published 0xe3069283 for "123456789".
TEST(ProxyHeader, HoldsTheChecksum) {
  const std::string zeros = version_2(0x21, 0x11, inet + vector_of(0x03, "\0\0\0\0"s));
  const std::string sum("\xc8\xcc\xd4\xb7", 4);
  const std::string good = zeros.substr(0, zeros.size() - 4) + sum;
  EXPECT_EQ(addresses_in(good), "192.0.2.1:12345 198.51.100.2:443");
  for (size_t bit = 0; bit < 8 * inet.size(); ++bit) {
    std::string bad = good;
    bad[16 + bit / 8] = static_cast<char>(bad[16 + bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(reading(bad), ProxyHeaderReading(wrong_checksum)) << bit;
  }
}

struct BadCase {
  std::string bytes;
  ProxyHeaderProblem expected;
};
const BadCase bad_cases[] = {
    {"GET / HTTP/1.1\r\n", no_header},
    {"\x16\x03\x01", no_header},
    {"proxy TCP4 ", no_header},
    {"PROXYTCP4", no_header},
    {"\r\n\r\nGET", no_header},
    {"PROXY \r\n", malformed_line},
    {"PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n", malformed_line},
    {"PROXY UNKNOWNX\r\n", malformed_line},
    {"PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", malformed_line},
    {"PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", malformed_line},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", malformed_line},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", malformed_line},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", malformed_line},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", malformed_line},
    {"PROXY UNKNOWN" + std::string(120, ' ') + "\r\n", malformed_line},
    {"PROXY UNKNOWN" + std::string(94, ' '), malformed_line},  // 107 bytes, and no end of the line
    {"PROXY TCP4 2001:db8::1 192.0.2.2 1 2\r\n", malformed_address},
    {"PROXY TCP6 2001:db8::1 192.0.2.2 1 2\r\n", malformed_address},
    {"PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n", malformed_address},
    {"PROXY TCP4 192.0.2.1 b.example 1 2\r\n", malformed_address},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", malformed_port},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", malformed_port},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", malformed_port},
    {"PROXY TCP4 192.0.2.1 192.0.2.2 1x 2\r\n", malformed_port},
    {version_2(0x11, 0x11, inet), unknown_version},
    {version_2(0x31, 0x11, inet), unknown_version},
    {version_2(0x22, 0x11, inet), unknown_command},
    {version_2(0x21, 0x11, std::string(4081, 'x')), too_long},
    {version_2(0x21, 0x11, inet.substr(1)), too_short},
    {version_2(0x21, 0x21, inet), too_short},
    {version_2(0x21, 0x31, inet), too_short},
    {version_2(0x21, 0x11, inet + "\x02"), malformed_vector},
    {version_2(0x21, 0x11, inet + "\x02\0"s), malformed_vector},
    {version_2(0x21, 0x11, inet + "\x02\0\x05rest"s), malformed_vector},
    {version_2(0x21, 0x11, inet + vector_of(0x03, "abc")), malformed_vector},
    {version_2(0x21, 0x11, inet + vector_of(0x20, "\x01\0\0\0"s)), malformed_vector},
};

TEST(ProxyHeader, SaysWhatIsWrong) {
  for (const BadCase& c : bad_cases) EXPECT_EQ(reading(c.bytes), ProxyHeaderReading(c.expected)) << c.bytes;
}

// However it comes in pieces, nothing is decided before it must be, and no other decision follows.
TEST(ProxyHeader, WaitsForTheRest) {
  for (const std::string& bytes :
       {"PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\n"s, "PROXY UNKNOWN\r\n"s, version_2(0x21, 0x11, inet),
        version_2(0x21, 0x21, inet6 + vector_of(0x02, "b.example")), version_2(0x20, 0x00, "")}) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      const ProxyHeaderReading found = reading(bytes.substr(0, size));
      EXPECT_TRUE(std::holds_alternative<ProxyHeaderIncomplete>(found)) << bytes << " at " << size;
    }
    const ProxyHeaderReading whole = reading(bytes + "\x16\x03\x01 what follows\r\n");
    ASSERT_TRUE(std::holds_alternative<ProxyHeaderRead>(whole)) << bytes;
    EXPECT_EQ(std::get<ProxyHeaderRead>(whole).size, bytes.size());
  }
}

}  // namespace
}  // namespace astray::gateway
