#pragma once
// For tests: a pooled connection to https://a.example that may carry https://b.example in every respect, and
// what a test spoils of it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "verdict/judge_reuse.h"

namespace astray::test {

inline Origin origin(std::string_view text) {
  return Origin::parse(text).value();
}
inline IpAddress address(std::string_view text) {
  return IpAddress::parse(text).value();
}
inline CertificateName dns_name(std::string_view text) {
  return CertificateName::parse_dns(text).value();
}

/// The connection reached 192.0.2.1, the first of the two addresses of a.example.
struct ReuseWorld {
  std::vector<IpAddress> a_addresses{address("192.0.2.1"), address("192.0.2.2")};
  std::vector<IpAddress> b_addresses{address("192.0.2.1")};
  std::vector<CertificateName> certificate{dns_name("a.example"), dns_name("b.example")};
  std::vector<Origin> listed_origins;
  PooledConnection connection{.origin = origin("https://a.example")};
  NewRequest request{.origin = origin("https://b.example")};

  ReuseWorld() {
    connection.peer = address("192.0.2.1");
    connection.origin_dns = a_addresses;
    connection.certificate_names = certificate;
    request.dns = b_addresses;
  }
  ReuseWorld(const ReuseWorld&) = delete;
  ReuseWorld& operator=(const ReuseWorld&) = delete;

  void over(Protocol protocol) { connection.protocol = protocol; }
  void certify(std::initializer_list<std::string_view> names) {
    certificate.clear();
    for (std::string_view name : names) certificate.push_back(dns_name(name));
    connection.certificate_names = certificate;
  }
  void resolve(std::initializer_list<std::string_view> addresses) {
    b_addresses.clear();
    for (std::string_view text : addresses) b_addresses.push_back(address(text));
    request.dns = b_addresses;
  }
  void list_origins(std::initializer_list<std::string_view> origins) {
    listed_origins.clear();
    for (std::string_view text : origins) listed_origins.push_back(origin(text));
    connection.origin_set = listed_origins;
  }
};

/// A world with one thing changed, and what a profile makes of it.
struct ReuseCase {
  std::string name;
  std::string profile;
  void (*change)(ReuseWorld&);
  ReuseAnswer answer;
  Reason reason;
  std::string rung;  ///< "": past the end of the ladder
};

inline void expect_judged(const ReuseCase& expected) {
  const ClientProfile* profile = find_client_profile(expected.profile);
  ASSERT_NE(profile, nullptr);
  ReuseWorld world;
  expected.change(world);
  ReuseVerdict verdict = judge_reuse(*profile, world.connection, world.request);
  EXPECT_EQ(to_string(verdict.answer), to_string(expected.answer));
  EXPECT_EQ(to_string(verdict.reason), to_string(expected.reason));
  EXPECT_EQ(verdict.rung == nullptr ? "" : verdict.rung->id, expected.rung);
  EXPECT_EQ(verdict.basis, AddressBasis::known);
}

}  // namespace astray::test
