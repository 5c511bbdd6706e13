#include "probe/question.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "probe/fake_world_test.h"

namespace astray::test {
namespace {

std::string told(const RequestFacts& facts) {
  std::string text = facts.scheme ? std::string(to_string(*facts.scheme)) : "-";
  text += fmt::format(" target={}", facts.target_authority ? facts.target_authority->bytes() : "-");
  text += fmt::format(" authority={}", facts.pseudo_authority ? facts.pseudo_authority->bytes() : "-");
  for (const RawHost& host : facts.host_fields) text += fmt::format(" host={}", host.bytes());
  return text;
}

TEST(RequestQuestion, FactsFollowThePlacement) {
  const struct {
    Placement placement;
    std::string_view h1, h2;
  } cases[] = {
      {Placement::usual, "- target=- authority=- host=a.example", "https target=- authority=a.example"},
      {Placement::absolute_form, "https target=a.example authority=- host=a.example",
       "https target=- authority=a.example"},
      {Placement::absolute_conflict, "https target=b.example authority=- host=a.example",
       "https target=- authority=a.example"},
      {Placement::two_host_fields, "- target=- authority=- host=a.example host=b.example",
       "https target=- authority=a.example"},
      {Placement::host_field_alone, "- target=- authority=- host=a.example",
       "https target=- authority=- host=a.example"},
      {Placement::authority_conflict, "- target=- authority=- host=a.example",
       "https target=- authority=b.example host=a.example"},
  };
  const ConnectionQuestion connection = connection_to("192.0.2.1:443", "a.example");
  for (const auto& given : cases) {
    RequestQuestion request = request_of("a.example");
    request.placement = given.placement;
    request.other = "b.example";
    EXPECT_EQ(told(facts_of(connection, request, Protocol::h1)), given.h1) << to_string(given.placement);
    EXPECT_EQ(told(facts_of(connection, request, Protocol::h2)), given.h2) << to_string(given.placement);
  }
  RequestQuestion nobody;
  EXPECT_EQ(told(facts_of(connection, nobody, Protocol::h1)), "- target=- authority=-");
  EXPECT_EQ(told(facts_of(connection, nobody, Protocol::h2)), "https target=- authority=-");
  nobody.host = "";
  EXPECT_EQ(told(facts_of(connection, nobody, Protocol::h1)), "- target=- authority=- host=");
}

TEST(ConnectionQuestion, FactsSayWhatIsSentWhere) {
  ConnectionQuestion connection = connection_to("[2001:db8::1]:8443", "a.example", AlpnOffer::h2_only);
  connection.sni = "A.example.";
  ConnectionFacts facts = facts_of(connection);
  EXPECT_EQ(facts.scheme, Scheme::https);
  EXPECT_EQ(facts.local_address, connection.node.address);
  EXPECT_EQ(facts.local_port, Port(8443));
  EXPECT_EQ(facts.sni->bytes(), "A.example.");
  EXPECT_EQ(facts.alpn, AlpnOffer::h2_only);
  connection = connection_to("192.0.2.1:80", "");
  connection.protocol = PortProtocol::http;
  facts = facts_of(connection);
  EXPECT_EQ(facts.scheme, Scheme::http);
  EXPECT_FALSE(facts.sni.has_value());
}

}  // namespace
}  // namespace astray::test
