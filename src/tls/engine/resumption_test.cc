#include <gtest/gtest.h>

#include "tls/engine/engine_pair_test.h"

namespace astray::tls::resumption_test {
namespace {

class Resumption : public testing::TestWithParam<Version> {
 protected:
  std::shared_ptr<const ClientContext> clients() const {
    ClientOptions options;
    options.max_version = GetParam();
    options.sessions = Sessions::kept;
    return client_context(options);
  }
  std::string version() const { return std::string(to_string(GetParam())); }

  static ServerOptions two_hosts(const char* scope_a, const char* scope_b) {
    ServerOptions options = one_host(host_for({"a.test"}));
    options.hosts.push_back(host_for({"b.test"}));
    options.hosts[0].session_scope = scope_a;
    options.hosts[1].session_scope = scope_b;
    options.choose = [](std::optional<std::string_view> name) -> HostChoice {
      return name == "b.test" ? 1u : 0u;
    };
    return options;
  }

  static Both connect(const std::shared_ptr<const ClientContext>& clients,
                      const std::shared_ptr<const ServerContext>& servers, const char* name,
                      std::optional<Session> session, Chopping chopping = {}) {
    Client client = make_client(clients, {name, std::move(session), {}});
    Server server(servers);
    Both both;
    talk(client, server, both, chopping);
    return both;
  }
};

TEST_P(Resumption, ResumesUnderTheSameName) {
  auto servers = server_context(two_hosts("a", "b"));
  for (const Chopping& chopping : choppings()) {
    SCOPED_TRACE(to_string(chopping));
    Both first = connect(clients(), servers, "a.test", std::nullopt, chopping);
    EXPECT_EQ(first.client.text(), "done " + version() + " full alpn=none chain=CN=a.test of 2\nsession " +
                                       version() + " of \"a.test\"\n");
    ASSERT_EQ(first.client.sessions.size(), 1u);
    Session session = first.client.sessions[0];
    EXPECT_EQ(session.resumable(), Session::Resumable::yes);
    // The connection ended without close_notify, and the session can be offered as often as one likes.
    for (int i = 0; i < 3; ++i) {
      Both second = connect(clients(), servers, "a.test", session, chopping);
      EXPECT_EQ(second.client.lines.front(), "done " + version() + " resumed alpn=none chain=CN=a.test of 2");
      EXPECT_EQ(second.server.lines.front(),
                "accepted " + version() + " resumed alpn=none sni=\"a.test\" host=0 chain=none");
    }
  }
}

TEST_P(Resumption, OffersASessionOfAUnderTheNameOfB) {
  auto sharing = server_context(two_hosts("same", "same"));
  Session of_a = connect(clients(), sharing, "a.test", std::nullopt).client.sessions.at(0);
  Both accepted = connect(clients(), sharing, "b.test", of_a);
  // What such a server does: the connection is A's for the client and B's for the server.
  EXPECT_EQ(accepted.client.lines.front(), "done " + version() + " resumed alpn=none chain=CN=a.test of 2");
  EXPECT_EQ(accepted.server.lines.front(),
            "accepted " + version() + " resumed alpn=none sni=\"b.test\" host=1 chain=none");

  auto apart = server_context(two_hosts("a", "b"));
  of_a = connect(clients(), apart, "a.test", std::nullopt).client.sessions.at(0);
  Both refused = connect(clients(), apart, "b.test", of_a);
  EXPECT_EQ(refused.client.lines.front(), "done " + version() + " full alpn=none chain=CN=b.test of 2");
  EXPECT_EQ(refused.server.lines.front(),
            "accepted " + version() + " full alpn=none sni=\"b.test\" host=1 chain=none");
}

TEST_P(Resumption, SurvivesAConnectionThatFailed) {
  ServerOptions options = two_hosts("a", "b");
  bool refuses = false;
  options.choose = [&refuses](std::optional<std::string_view>) -> HostChoice {
    if (refuses) return RefuseWithAlert{alert::access_denied};
    return size_t{0};
  };
  auto servers = server_context(options);
  Session session = connect(clients(), servers, "a.test", std::nullopt).client.sessions.at(0);
  refuses = true;
  EXPECT_EQ(connect(clients(), servers, "a.test", session).client.lines.front(),
            "alert received fatal access_denied");
  refuses = false;
  EXPECT_EQ(session.resumable(), Session::Resumable::yes);
  EXPECT_EQ(connect(clients(), servers, "a.test", session).client.lines.front(),
            "done " + version() + " resumed alpn=none chain=CN=a.test of 2");
}

TEST_P(Resumption, CarriesTheClientCertificateAlong) {
  ServerOptions options = two_hosts("same", "same");
  options.hosts[0].client_authentication = ClientAuthentication::required;
  options.hosts[0].client_authorities = test_authority().pem();
  auto servers = server_context(options);
  test::TestCertificate person =
      test::CertificateBuilder().common_name("person").issued_by(test_authority()).build();
  ClientOptions client_options;
  client_options.max_version = GetParam();
  client_options.sessions = Sessions::kept;
  client_options.identity = Identity::parse(person.pem(), person.key_pem(), "person").value();
  Session session =
      connect(client_context(client_options), servers, "a.test", std::nullopt).client.sessions.at(0);
  Both second = connect(clients(), servers, "a.test", session);
  EXPECT_EQ(second.client.lines.front(), "done " + version() + " resumed alpn=none chain=CN=a.test of 2");
  EXPECT_EQ(second.server.lines.front(),
            "accepted " + version() + " resumed alpn=none sni=\"a.test\" host=0 chain=CN=person of 1");
}

TEST_P(Resumption, IsOfferedAlsoByAContextThatKeepsNone) {
  auto servers = server_context(two_hosts("a", "b"));
  Session session = connect(clients(), servers, "a.test", std::nullopt).client.sessions.at(0);
  ClientOptions options;
  options.max_version = GetParam();
  Both second = connect(client_context(options), servers, "a.test", session);
  EXPECT_EQ(second.client.text(), "done " + version() + " resumed alpn=none chain=CN=a.test of 2\n");
}

TEST_P(Resumption, IsNotKeptUnlessAsked) {
  auto servers = server_context(two_hosts("a", "b"));
  ClientOptions options;
  options.max_version = GetParam();
  EXPECT_TRUE(connect(client_context(options), servers, "a.test", std::nullopt).client.sessions.empty());
  ServerOptions without = two_hosts("a", "b");
  without.sessions = Sessions::dropped;
  EXPECT_TRUE(connect(clients(), server_context(without), "a.test", std::nullopt).client.sessions.empty());
}

INSTANTIATE_TEST_SUITE_P(Tls, Resumption, testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& value) {
                           return value.param == Version::tls1_2 ? "tls1_2" : "tls1_3";
                         });

TEST(ResumptionLimits, DropsTicketsBeyondTheLimit) {
  ServerOptions options = one_host(host_for({"a.test"}));
  options.tickets = 20;
  ClientOptions client_options;
  client_options.sessions = Sessions::kept;
  Client client = make_client(client_context(client_options));
  Server server(server_context(options));
  Both both;
  talk(client, server, both);
  EXPECT_EQ(both.client.sessions.size(), Limits{}.max_sessions);
  EXPECT_EQ(server.send("x"), 1u);
  talk(client, server, both);
  EXPECT_EQ(both.client.lines.back(), "plaintext x");
}

TEST(ResumptionLimits, EndsAConnectionThatIsFloodedWithTickets) {
  ServerOptions options = one_host(host_for({"a.test"}));
  options.tickets = 65;
  auto servers = server_context(options);
  for (const Chopping& chopping : choppings()) {
    Client client = make_client(client_context());
    Server server(servers);
    Both both;
    talk(client, server, both, chopping);
    EXPECT_EQ(
        both.client.lines.back(),
        "failure too_many_messages (the peer sent more than 64 tickets, key updates and hello requests)");
  }
}

}  // namespace
}  // namespace astray::tls::resumption_test
