#include "tls/engine/ticket_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_folder.h"
#include "tls/base64.h"
#include "tls/engine/engine_pair_test.h"
#include "tls/engine/plain_client_test.h"

namespace astray::tls::ticket_keys_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr MonotonicTime start{hours(1000)};

/// 80 bytes of which no two keys have many in common.
std::string key(int number) {
  std::string bytes;
  for (int i = 0; i < 80; ++i) bytes += static_cast<char>(i * 37 + number * 101 + (i * i % 7) * number);
  return bytes;
}

std::string line(int number) {
  return encode_base64(key(number)) + "\n";
}

/// A file that only its owner reads.
std::string key_file(const test::TemporaryFolder& folder, std::string_view bytes,
                     std::string_view name = "tickets") {
  std::string path = folder.write(name, bytes);
  ::chmod(path.c_str(), 0600);
  return path;
}

class Tickets : public testing::TestWithParam<Version> {
 protected:
  static std::shared_ptr<const ServerContext> servers(std::shared_ptr<const TicketKeys> keys,
                                                      std::string scope = "scope") {
    ServerOptions options = one_host(host_for({"a.test"}));
    options.hosts[0].session_scope = std::move(scope);
    options.ticket_keys = std::move(keys);
    return server_context(options);
  }
  static Both connect(const std::shared_ptr<const ServerContext>& context,
                      std::optional<Session> session = std::nullopt) {
    ClientOptions options;
    options.max_version = GetParam();
    options.sessions = Sessions::kept;
    Client client = make_client(client_context(options), {"a.test", std::move(session), {}});
    Server server(context);
    Both both;
    talk(client, server, both);
    return both;
  }
  static Session session_of(const std::shared_ptr<const ServerContext>& context) {
    return connect(context).client.sessions.at(0);
  }
  /// What both ends say of it.
  static bool resumes(const std::shared_ptr<const ServerContext>& context, const Session& session) {
    Both both = connect(context, session);
    bool client = both.client.lines.at(0).find(" resumed ") != std::string::npos;
    bool server = both.server.lines.at(0).find(" resumed ") != std::string::npos;
    EXPECT_EQ(client, server);
    EXPECT_TRUE(both.client.lines.at(0).starts_with("done ")) << both.client.text();
    return client;
  }
};

TEST_P(Tickets, AreOpenedByPreviousKeysUntilTheirTimeIsOver) {
  auto keys = TicketKeys::random(start).value();
  auto context = servers(keys);
  Session first = session_of(context);
  EXPECT_TRUE(resumes(context, first));

  EXPECT_EQ(keys->next_rotation(), start + hours(12));
  EXPECT_FALSE(keys->rotate(start + hours(12) - minutes(1)));
  EXPECT_EQ(keys->next_rotation(), start + hours(12)) << "nothing to do yet";
  EXPECT_FALSE(keys->rotate(start + hours(12)));
  EXPECT_EQ(keys->next_rotation(), start + hours(24));
  Session second = session_of(context);
  EXPECT_TRUE(resumes(context, first));
  EXPECT_TRUE(resumes(context, second));

  EXPECT_FALSE(keys->rotate(start + hours(24) - minutes(1)));
  EXPECT_TRUE(resumes(context, first));
  EXPECT_FALSE(keys->rotate(start + hours(24)));
  EXPECT_FALSE(resumes(context, first));
  EXPECT_TRUE(resumes(context, second));
  EXPECT_EQ(keys->next_rotation(), start + hours(36));
}

TEST_P(Tickets, AreAllRefusedAfterALongSleep) {
  auto keys = TicketKeys::random(start).value();
  auto context = servers(keys);
  Session session = session_of(context);
  EXPECT_FALSE(keys->rotate(start + hours(500)));
  EXPECT_FALSE(resumes(context, session));
  EXPECT_TRUE(resumes(context, session_of(context)));
}

/// RFC 8446 appendix C.4: a client of TLS 1.3 shows none twice, so without another its next connection is a full one.
TEST_P(Tickets, AreReplacedWhenUsedWhereTheyAreUsedOnce) {
  auto context = servers(TicketKeys::random(start).value());
  const Both resumed = connect(context, session_of(context));
  EXPECT_NE(resumed.server.lines.at(0).find(" resumed "), std::string::npos) << resumed.server.text();
  const size_t expected = GetParam() == Version::tls1_3 ? 1 : 0;
  ASSERT_EQ(resumed.client.sessions.size(), expected);
  for (const Session& next : resumed.client.sessions) EXPECT_TRUE(resumes(context, next));
}

TEST_P(Tickets, OfAPreviousKeyAreReplaced) {
  auto keys = TicketKeys::random(start).value();
  auto context = servers(keys);
  PlainClient client;
  client.version = GetParam();
  client.session = connect_plainly(client, context).session;
  EXPECT_FALSE(keys->rotate(start + hours(12)));
  PlainOutcome renewed = connect_plainly(client, context);
  EXPECT_TRUE(renewed.resumed);
  EXPECT_FALSE(keys->rotate(start + hours(24)));
  client.session = renewed.session;
  EXPECT_TRUE(connect_plainly(client, context).resumed);
}

TEST_P(Tickets, OutliveAReloadThatKeepsTheirKeys) {
  auto keys = TicketKeys::random(start).value();
  Session session = session_of(servers(keys));
  EXPECT_TRUE(resumes(servers(keys), session));
  EXPECT_FALSE(resumes(servers(keys, "another scope"), session));
  EXPECT_FALSE(resumes(servers(TicketKeys::random(start).value()), session));
  EXPECT_FALSE(resumes(servers(nullptr), session));
}

TEST_P(Tickets, OfOneServerAreOpenedByAnotherWithTheSameFile) {
  test::TemporaryFolder folder;
  auto one = TicketKeys::load(key_file(folder, line(1), "one")).value();
  auto raw = TicketKeys::load(key_file(folder, key(1), "raw")).value();
  auto ahead = TicketKeys::load(key_file(folder, line(2) + line(1), "ahead")).value();
  auto other = TicketKeys::load(key_file(folder, line(3), "other")).value();
  Session of_one = session_of(servers(one));
  EXPECT_TRUE(resumes(servers(raw), of_one));
  EXPECT_TRUE(resumes(servers(ahead), of_one));
  EXPECT_FALSE(resumes(servers(other), of_one));
  EXPECT_FALSE(resumes(servers(one), session_of(servers(ahead))))
      << "sealed with a key that it was not given";
  EXPECT_EQ(one->next_rotation(), std::nullopt);
  EXPECT_FALSE(one->rotate(start + hours(5000)));
  EXPECT_TRUE(resumes(servers(one), of_one));
}

TEST_P(Tickets, OfAContextFollowTheKeysThatAreTakenOver) {
  test::TemporaryFolder folder;
  auto keys = TicketKeys::load(key_file(folder, line(1))).value();
  auto context = servers(keys);
  Session first = session_of(context);
  keys->take_over(*TicketKeys::load(key_file(folder, line(2) + line(1))).value());
  EXPECT_TRUE(resumes(context, first));
  Session second = session_of(context);
  keys->take_over(*TicketKeys::load(key_file(folder, line(2), "elsewhere")).value());
  EXPECT_FALSE(resumes(context, first));
  EXPECT_TRUE(resumes(context, second));
}

TEST_P(Tickets, TakeOverWhatKindOfKeysTheyAre) {
  test::TemporaryFolder folder;
  auto keys = TicketKeys::load(key_file(folder, line(1))).value();
  auto context = servers(keys);
  Session of_file = session_of(context);
  keys->take_over(*TicketKeys::random(start).value());
  EXPECT_FALSE(keys->of_file());
  EXPECT_EQ(keys->next_rotation(), start + TicketKeys::sealing_time);
  EXPECT_FALSE(resumes(context, of_file));
  keys->take_over(*TicketKeys::load(key_file(folder, line(1))).value());
  EXPECT_TRUE(keys->of_file());
  EXPECT_EQ(keys->next_rotation(), std::nullopt);
  EXPECT_TRUE(resumes(context, of_file));
}

TEST_P(Tickets, OfAnExpiredClientCertificateAreNotTaken) {
  ServerOptions options = one_host(host_for({"a.test"}));
  options.hosts[0].session_scope = "scope";
  options.hosts[0].client_authentication = ClientAuthentication::asked;  // takes any in the full handshake
  auto context = server_context(options);
  for (const char* end : {"2020-01-01", "2090-01-01"}) {
    test::TestCertificate person = test::CertificateBuilder()
                                       .common_name("person")
                                       .valid(test::instant("2019-01-01"), test::instant(end))
                                       .issued_by(test_authority())
                                       .build();
    ClientOptions client_options;
    client_options.max_version = GetParam();
    client_options.sessions = Sessions::kept;
    client_options.identity = Identity::parse(person.pem(), person.key_pem(), "person").value();
    auto clients = client_context(client_options);
    std::optional<Session> session;
    std::vector<std::string> told;
    for (int i = 0; i < 2; ++i) {
      Client client = make_client(clients, {"a.test", session, {}});
      Server server(context);
      Both both;
      talk(client, server, both);
      told.push_back(both.server.lines.at(0));
      if (!session) session = both.client.sessions.at(0);
    }
    EXPECT_NE(told[0].find(" full "), std::string::npos);
    EXPECT_NE(told[1].find(std::string(end) < "2026" ? " full " : " resumed "), std::string::npos) << end;
    EXPECT_TRUE(told[1].ends_with("chain=CN=person of 1")) << told[1];
  }
}

TEST_P(Tickets, LiveNoLongerThanTheSessionMay) {
  ServerOptions options = one_host(host_for({"a.test"}));
  options.hosts[0].min_version = Version::tls1_2;
  options.longest_session = std::chrono::seconds(100);
  auto context = server_context(options);
  PlainClient client;
  client.version = GetParam();
  for (int i = 0; i < 4; ++i) {
    PlainOutcome outcome = connect_plainly(client, context);
    EXPECT_EQ(outcome.resumed, i > 0);
    client.session = outcome.session;
    EXPECT_LE(outcome.ticket_seconds, 100);
    EXPECT_GE(outcome.ticket_seconds, 90);
  }
  options.longest_session = hours(24);
  PlainClient fresh;
  fresh.version = GetParam();
  EXPECT_EQ(connect_plainly(fresh, server_context(options)).ticket_seconds, 7200);
}

INSTANTIATE_TEST_SUITE_P(Tls, Tickets, testing::Values(Version::tls1_2, Version::tls1_3),
                         [](const auto& value) {
                           return value.param == Version::tls1_2 ? "tls1_2" : "tls1_3";
                         });

TEST(EarlyData, IsNeverRead) {
  ServerOptions options = one_host(host_for({"a.test"}));
  auto context = server_context(options);
  PlainClient client;
  PlainOutcome first = connect_plainly(client, context);
  ASSERT_TRUE(first.session);
  EXPECT_EQ(first.received, "late");
  client.session = first.session;
  client.early_data = "early";
  PlainOutcome second = connect_plainly(client, context);
  EXPECT_TRUE(second.done);
  EXPECT_FALSE(second.early_data_accepted);
  EXPECT_EQ(second.received, "late");
}

TEST(TicketKeyFile, TakesAKeyOnEachLineOrRawOnes) {
  test::TemporaryFolder folder;
  const std::string cases[] = {line(1),
                               line(1) + line(2),
                               "# newest first\n\n  " + line(2) + "\r\n\t" + line(1),
                               encode_base64(key(1)),
                               key(1),
                               key(1) + key(2) + key(3)};
  for (const std::string& each : cases) {
    auto keys = TicketKeys::load(key_file(folder, each));
    EXPECT_TRUE(keys) << keys.error().message;
  }
}

TEST(TicketKeyFile, SaysWhatIsWrong) {
  test::TemporaryFolder folder;
  std::string path = folder.path_of("tickets");
  std::string same_name = key(1).substr(0, 16) + key(2).substr(16);
  std::string seventeen;
  for (int i = 1; i <= 17; ++i) seventeen += line(i);
  const struct {
    std::string bytes;
    std::string message;
  } cases[] = {
      {"", ": no key for tickets in it: make one with `openssl rand 80 | base64 -w 0`"},
      {"\n# only this\n", ": no key for tickets in it: make one with `openssl rand 80 | base64 -w 0`"},
      {line(1) + "what?\n",
       ":2: not base64, expected a key for tickets: make one with `openssl rand 80 | base64 -w 0`"},
      {"\n" + encode_base64(key(1).substr(0, 48)),
       ":2: 48 bytes, expected 80 (16 of name, 32 of HMAC key, 32 of AES key): make one with `openssl rand "
       "80 | "
       "base64 -w 0`"},
      {key(1) + "x",
       ": 81 bytes, expected 80 (16 of name, 32 of HMAC key, 32 of AES key): make one with `openssl rand 80 "
       "| "
       "base64 -w 0`"},
      {key(1) + same_name, ": key 2: an earlier key has the same name (its first 16 bytes): remove one"},
      {std::string(80, '\0'),
       ": key 1: all bytes of this key are the same, and anybody could guess it: make one with `openssl rand "
       "80 | "
       "base64 -w 0`"},
      {line(1) + encode_base64(key(2).substr(0, 48) + std::string(32, 'x')),
       ":2: all bytes of this key are the same, and anybody could guess it: make one with `openssl rand 80 | "
       "base64 -w 0`"},
      {seventeen, ": more than 16 keys for tickets: remove the oldest"},
      {std::string(20000, '#'), ": 16384 bytes or more, expected at most 16 keys for tickets"},
  };
  for (const auto& each : cases) {
    auto keys = TicketKeys::load(key_file(folder, each.bytes));
    ASSERT_FALSE(keys) << each.message;
    EXPECT_EQ(keys.error().message, path + each.message);
  }
  EXPECT_EQ(TicketKeys::load(folder.path_of("none")).error().message,
            folder.path_of("none") + ": No such file or directory");
  EXPECT_EQ(TicketKeys::load(folder.path()).error().message,
            folder.path() + ": not a regular file, expected keys for tickets");
}

TEST(TicketKeyFile, MustNotBeReadableForEverybody) {
  test::TemporaryFolder folder;
  std::string path = key_file(folder, line(1));
  for (unsigned mode : {0644u, 0604u, 0602u, 0666u}) {
    ::chmod(path.c_str(), mode);
    auto keys = TicketKeys::load(path);
    ASSERT_FALSE(keys) << mode;
    EXPECT_EQ(keys.error().message,
              path +
                  ": everybody on this machine may read or write these keys, and whoever has them can read "
                  "recorded connections: make new ones, and `chmod 640` the file");
  }
  for (unsigned mode : {0600u, 0640u, 0400u}) {
    ::chmod(path.c_str(), mode);
    EXPECT_TRUE(TicketKeys::load(path)) << mode;
    ::chmod(path.c_str(), 0600);
  }
}

}  // namespace
}  // namespace astray::tls::ticket_keys_test
