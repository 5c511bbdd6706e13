#include "io/hosts_file.h"

#include <gtest/gtest.h>

#include "support/exact_buffer.h"

namespace astray {
namespace {

std::string addresses(const HostsFile& hosts, std::string_view name) {
  std::string text;
  for (const IpAddress& address : hosts.addresses(*Hostname::parse(name))) text += address.text() + " ";
  return text;
}

TEST(HostsFile, KnowsEveryNameOfEveryLine) {
  test::ExactBuffer text(
      "# the machine itself\n"
      "127.0.0.1\tlocalhost  LocalHost.LocalDomain # and a comment\r\n"
      "::1 localhost\n"
      "\n"
      "  192.0.2.1   www.example.com.\n"
      "not-an-address www.example.com\n"
      "192.0.2.2\n"
      "192.0.2.3 *.bad ok.example");
  HostsFile hosts = HostsFile::parse(text.view());
  EXPECT_EQ(addresses(hosts, "localhost"), "127.0.0.1 ::1 ");
  EXPECT_EQ(addresses(hosts, "localhost.localdomain"), "127.0.0.1 ");
  EXPECT_EQ(addresses(hosts, "www.example.com"), "192.0.2.1 ");
  EXPECT_EQ(addresses(hosts, "ok.example"), "192.0.2.3 ");
  EXPECT_EQ(addresses(hosts, "and"), "");
  EXPECT_EQ(addresses(hosts, "other.example"), "");
}

TEST(HostsFile, ThatCannotBeReadHasNoNames) {
  EXPECT_EQ(addresses(HostsFile::read("/nonexistent/hosts"), "localhost"), "");
  EXPECT_EQ(addresses(HostsFile::parse(""), "localhost"), "");
}

}  // namespace
}  // namespace astray
