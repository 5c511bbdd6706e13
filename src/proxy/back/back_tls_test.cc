// TLS toward backs: what is verified, what is never shared, what is resumed.
#include <fstream>

#include "proxy/back/back_world_test.h"
#include "support/certificates.h"
#include "support/temporary_folder.h"

namespace astray::proxy::test {
namespace {

using astray::test::CertificateBuilder;
using astray::test::TestCertificate;
using gateway::BackProtocol;

constexpr Duration soon = 100ms;

const TestCertificate& test_authority() {
  static const TestCertificate certificate = CertificateBuilder().common_name("Back CA").authority().build();
  return certificate;
}

struct ServerSpec {
  std::vector<std::string> names{"a.example", "b.example", "10.0.0.1"};
  std::vector<std::string> alpn{"http/1.1"};
  tls::ClientAuthentication client_authentication = tls::ClientAuthentication::off;
};

std::shared_ptr<const tls::ServerContext> context_of(const ServerSpec& spec) {
  const TestCertificate site = CertificateBuilder().names(spec.names).issued_by(test_authority()).build();
  tls::ServerOptions options;
  tls::ServerHost host{
      .identity = tls::Identity::parse(site.pem() + test_authority().pem(), site.key_pem(), "site").value(),
      .alpn = spec.alpn.empty() ? tls::AlpnList() : tls::AlpnList::of(spec.alpn).value(),
      .client_authorities = {},
      .session_scope = {}};
  host.client_authentication = spec.client_authentication;
  if (spec.client_authentication != tls::ClientAuthentication::off)
    host.client_authorities = test_authority().pem();
  options.hosts.push_back(std::move(host));
  return tls::ServerContext::create(std::move(options)).value();
}

/// A back that trusts the test's authority.
struct TlsWorld : BackWorld {
  explicit TlsWorld(BackProtocol protocol = BackProtocol::https,
                    std::vector<std::string> addresses = {"10.0.0.1:443"})
      : BackWorld(std::move(addresses), protocol) {
    settings().verify.settings->authorities =
        gateway::Placed<gateway::FilePath>{{folder.write("ca.pem", test_authority().pem())}, {}};
  }
  BackWish wish(std::string_view sni, Scope scope = Scope::shared) {
    return {.back = BackIndex{0}, .sni = ServerName::parse(sni).value(), .scope = scope};
  }
  astray::test::TemporaryFolder folder;
};

TEST(BackTls, VerifiesTheRightName) {
  struct Case {
    const char* what;
    const char* sni;      // "": none
    const char* name;     // verify.name; "": none; "off"
    const char* covered;  // by the certificate
    const char* log;
  };
  const char* served = "connection head:200 body end";
  const char* refused = "failure:handshake:never";
  const Case cases[] = {
      {"the SNI's name", "a.example", "", "a.example", served},
      {"another name", "a.example", "", "b.example", refused},
      {"the SNI does not count where a name is said", "a.example", "internal.example", "a.example", refused},
      {"the name that is said", "a.example", "internal.example", "internal.example", served},
      {"without SNI the address", "", "", "10.0.0.1", served},
      {"without SNI another address", "", "", "10.0.0.2", refused},
      {"without SNI the name that is said", "", "internal.example", "internal.example", served},
      {"off", "a.example", "off", "unrelated.example", served},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    TlsWorld world;
    if (std::string_view(c.name) == "off") {
      world.settings().verify.settings.reset();
    } else if (*c.name != '\0') {
      world.settings().verify.settings->name = Host::parse(c.name).value();
    }
    TestServer& server = world.serve("10.0.0.1:443", http1(), context_of({.names = {c.covered}}));
    const auto request =
        world.get("a.example", *c.sni == '\0' ? BackWish{.back = BackIndex{0}} : world.wish(c.sni));
    world.run(soon);
    EXPECT_EQ(request->log, c.log);
    ASSERT_EQ(server.connections.size(), 1U);
    // A handshake that is broken off tells the server's application nothing.
    if (request->head) {
      EXPECT_EQ(server.connections[0].sni.value_or(""), c.sni);
    }
    // Nothing of the request went to somebody unknown.
    if (request->failure) {
      EXPECT_EQ(server.connections[0].received, "");
      EXPECT_EQ(world.counters().handshake_failures, 1U);
    }
  }
}

TEST(BackTls, TrustsNobodyElse) {
  TlsWorld world;
  const TestCertificate other = CertificateBuilder().common_name("Other CA").authority().build();
  world.settings().verify.settings->authorities->value.text = world.folder.write("other.pem", other.pem());
  world.serve("10.0.0.1:443", http1(), context_of({}));
  const auto request = world.get("a.example", world.wish("a.example"));
  world.run(soon);
  EXPECT_EQ(request->log, "failure:handshake:never");
}

TEST(BackTls, NeverSharesAConnectionAcrossNames) {
  TlsWorld world;
  TestServer& server = world.serve("10.0.0.1:443", http1(), context_of({}));
  std::vector<uint64_t> ids;
  for (const char* sni : {"a.example", "b.example", "a.example", "b.example"}) {
    const auto request = world.get("a.example", world.wish(sni));
    world.run(soon);
    ASSERT_TRUE(request->connection) << request->log;
    ids.push_back(request->connection->id);
  }
  EXPECT_EQ(ids[0], ids[2]);
  EXPECT_EQ(ids[1], ids[3]);
  EXPECT_NE(ids[0], ids[1]);
  ASSERT_EQ(server.connections.size(), 2U);
  EXPECT_EQ(server.connections[0].sni, "a.example");
  EXPECT_EQ(server.connections[1].sni, "b.example");
}

TEST(BackTls, ResumesSessionsOfTheSameKeyAlone) {
  TlsWorld world;
  world.settings().limits.requests_per_connection = 1;
  TestServer& server = world.serve("10.0.0.1:443", http1(), context_of({}));
  const auto ask = [&](std::string_view sni, Scope scope) {
    const auto request = world.get("a.example", world.wish(sni, scope));
    world.run(soon);
    EXPECT_TRUE(request->head) << request->log;
    return server.connections.back().resumed;
  };
  EXPECT_FALSE(ask("a.example", Scope::shared));
  EXPECT_FALSE(ask("b.example", Scope::shared));
  EXPECT_TRUE(ask("a.example", Scope::shared));
  EXPECT_TRUE(ask("b.example", Scope::shared));
  EXPECT_FALSE(ask("a.example", Scope::authority));
  EXPECT_TRUE(ask("a.example", Scope::authority));
}

TEST(BackTls, AlpnMustFit) {
  struct Case {
    BackProtocol protocol;
    std::vector<std::string> alpn;
    const char* log;
  };
  const Case cases[] = {
      {BackProtocol::https, {"http/1.1"}, "connection head:200 body end"},
      {BackProtocol::https, {}, "connection head:200 body end"},
      {BackProtocol::h2, {"h2"}, "connection head:200 body end"},
      {BackProtocol::h2, {"h2", "http/1.1"}, "connection head:200 body end"},
      {BackProtocol::h2, {"http/1.1"}, "failure:handshake:never"},
      {BackProtocol::h2, {}, "failure:handshake:never"},
  };
  for (const Case& c : cases) {
    TlsWorld world(c.protocol);
    const bool is_h2 = c.protocol == BackProtocol::h2;
    world.serve("10.0.0.1:443", is_h2 ? http2_peers(world.loop) : http1(), context_of({.alpn = c.alpn}));
    const auto request = world.get("a.example", world.wish("a.example"));
    world.run(soon);
    EXPECT_EQ(request->log, c.log);
    if (request->failure && c.alpn.empty()) {
      EXPECT_NE(request->failure->sentence.find("does not speak HTTP/2"), std::string::npos);
    }
  }
}

TEST(BackTls, ShowsItsCertificate) {
  const TestCertificate mine =
      CertificateBuilder().common_name("gateway").issued_by(test_authority()).build();
  for (const bool shows : {true, false}) {
    TlsWorld world;
    if (shows) {
      world.settings().client_certificate =
          gateway::ClientCertificateFiles{{{world.folder.write("mine.pem", mine.pem())}, {}},
                                          {{world.folder.write("mine.key", mine.key_pem())}, {}}};
    }
    world.serve("10.0.0.1:443", http1(),
                context_of({.client_authentication = tls::ClientAuthentication::required}));
    const auto request = world.get("a.example", world.wish("a.example"));
    world.run(soon);
    EXPECT_EQ(request->head.has_value(), shows) << request->log;
  }
}

TEST(BackTls, DiesInTheHandshake) {
  struct Case {
    const char* what;
    std::vector<Step> steps;
  };
  const Case cases[] = {
      {"closes", {{.await = "", .send = "", .then = Ending::close}}},
      {"resets", {{.await = "", .send = "", .then = Ending::abort}}},
      {"speaks no TLS", {{.await = "", .send = "HTTP/1.1 400 Bad Request\r\n\r\n", .then = Ending::close}}},
      {"is silent", {{.await = "never", .send = ""}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    TlsWorld world(BackProtocol::https, {"10.0.0.1:443", "10.0.0.2:443"});
    world.settings().connect_retries = 1;
    world.serve("10.0.0.1:443", http1(c.steps));
    world.serve("10.0.0.2:443", http1(), context_of({}));
    // Two in turn: one of them begins at the bad address, and goes on to the good one.
    const auto one = world.get("a.example", world.wish("a.example"));
    const auto two = world.get("a.example", world.wish("a.example"));
    world.run(10s);
    for (const auto* request : {&one, &two}) EXPECT_TRUE((*request)->log.ends_with("head:200 body end"));
    EXPECT_EQ(world.counters().handshake_failures, 1U);
    EXPECT_EQ(world.counters().retries, 1U);
  }
}

TEST(BackTls, AResponseUntilTheEndNeedsCloseNotify) {
  for (const Ending ending : {Ending::close, Ending::abort}) {
    TlsWorld world;
    world.serve("10.0.0.1:443", http1({{.send = "HTTP/1.1 200 OK\r\n\r\nall", .then = ending}}),
                context_of({}));
    const auto request = world.get("a.example", world.wish("a.example"));
    world.run(soon);
    EXPECT_EQ(request->log, ending == Ending::close
                                ? "connection head:200 body end"
                                : "connection head:200 body failure:closed-early:possible");
  }
}

TEST(BackTls, PreparationSaysWhatIsWrong) {
  astray::test::TemporaryFolder folder;
  const auto back = [] {
    gateway::BackSettings settings;
    settings.name.value.text = "shop";
    settings.protocol = BackProtocol::https;
    return settings;
  };
  std::vector<gateway::BackSettings> settings{back()};
  settings[0].verify.settings->authorities =
      gateway::Placed<gateway::FilePath>{{folder.write("ca.pem", "no certificate\n")}, {}};
  auto bad_authorities = prepare_backs(settings);
  ASSERT_FALSE(bad_authorities);
  EXPECT_NE(bad_authorities.error().message.find("shop"), std::string::npos);
  EXPECT_NE(bad_authorities.error().message.find("ca.pem"), std::string::npos);
  settings[0].verify.settings.reset();
  settings[0].client_certificate =
      gateway::ClientCertificateFiles{{{"/nonexistent/c.pem"}, {}}, {{"/nonexistent/c.key"}, {}}};
  auto no_certificate = prepare_backs(settings);
  ASSERT_FALSE(no_certificate);
  EXPECT_NE(no_certificate.error().message.find("/nonexistent/c.pem"), std::string::npos);
  // In clear no file is read.
  settings[0].protocol = BackProtocol::http1;
  EXPECT_TRUE(prepare_backs(settings));
}

}  // namespace
}  // namespace astray::proxy::test
