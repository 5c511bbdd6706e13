#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tls/engine/engine_pair_test.h"

namespace astray::tls::handshake_test {
namespace {

struct VersionCase {
  Version version;
  const char* text;
};

class EveryVersion : public testing::TestWithParam<VersionCase> {};

TEST_P(EveryVersion, ExchangesPlaintextHoweverTheBytesAreCut) {
  ServerHost host = host_for({"a.test"});
  host.alpn = alpn({"h2", "http/1.1"});
  auto servers = server_context(one_host(host));
  ClientOptions options;
  options.max_version = GetParam().version;
  options.alpn = alpn({"http/1.1", "h2"});
  auto clients = client_context(options);

  for (const Chopping& chopping : choppings()) {
    SCOPED_TRACE(to_string(chopping));
    Client client = make_client(clients, {"A.Test.", {}, {}});
    Server server(servers);
    Both both;
    EXPECT_EQ(client.send("GET / HTTP/1.1\r\n\r\n"), 18u);
    talk(client, server, both, chopping);
    EXPECT_EQ(server.send("HTTP/1.1 200 OK\r\n\r\n"), 19u);
    server.close();
    talk(client, server, both, chopping);
    client.close();
    talk(client, server, both, chopping);
    std::string version = GetParam().text;
    EXPECT_EQ(both.client.text(), "done " + version + " full alpn=\"h2\" chain=CN=a.test of 2\n" +
                                      "plaintext HTTP/1.1 200 OK\r\n\r\n\nclosed clean\n");
    EXPECT_EQ(both.server.text(), "accepted " + version +
                                      " full alpn=\"h2\" sni=\"A.Test.\" host=0 chain=none\n" +
                                      "plaintext GET / HTTP/1.1\r\n\r\n\nclosed clean\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Tls, EveryVersion,
                         testing::Values(VersionCase{Version::tls1_0, "TLSv1"},
                                         VersionCase{Version::tls1_1, "TLSv1.1"},
                                         VersionCase{Version::tls1_2, "TLSv1.2"},
                                         VersionCase{Version::tls1_3, "TLSv1.3"}),
                         [](const auto& value) {
                           std::string name = value.param.text;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(Handshake, TellsThatNoVersionIsShared) {
  ServerHost host = host_for({"a.test"});
  host.min_version = Version::tls1_3;
  auto servers = server_context(one_host(host));
  ClientOptions options;
  options.max_version = Version::tls1_1;
  auto clients = client_context(options);
  for (const Chopping& chopping : choppings()) {
    Client client = make_client(clients);
    Server server(servers);
    Both both;
    talk(client, server, both, chopping);
    EXPECT_EQ(
        both.client.text(),
        "alert received fatal protocol_version\nfailure alert_received (tlsv1 alert protocol version)\n");
    EXPECT_EQ(both.server.text(),
              "alert sent fatal protocol_version\nfailure wrong_version (unsupported protocol)\n");
  }
}

TEST(Handshake, SpeaksOldVersionsOnlyWhenLenient) {
  ClientOptions options;
  options.max_version = Version::tls1_1;
  options.leniency = Leniency::modern;
  EXPECT_EQ(
      ClientContext::create(options).error().message,
      "no TLS version is both at least TLSv1.2 and at most TLSv1.1: widen the range (TLSv1 and TLSv1.1 also "
      "take old cryptography)");
  options.max_version = Version::tls1_3;
  ServerHost host = host_for({"a.test"});
  host.max_version = Version::tls1_1;
  Client client = make_client(client_context(options));
  Server server(server_context(one_host(host)));
  Both both;
  talk(client, server, both);
  EXPECT_EQ(both.server.text(),
            "alert sent fatal protocol_version\nfailure wrong_version (unsupported protocol)\n");
}

TEST(Handshake, SendsAnySniThatFitsAsItIs) {
  std::string all_bytes;
  for (int byte = 1; byte < 256; ++byte) all_bytes += static_cast<char>(byte);
  struct {
    std::optional<std::string> name;
  } const cases[] = {{std::nullopt}, {"a.test"},          {"A.TEST"},
                     {"a.test."},    {"192.0.2.1"},       {"[::1]"},
                     {"a b"},        {"*.a.test"},        {"b\xC3\xBC.test"},
                     {all_bytes},    {std::string("\n")}, {std::string(255, 'x')}};
  auto servers = server_context(one_host(host_for({"a.test"})));
  auto clients = client_context();
  for (const auto& each : cases) {
    Client client = make_client(clients, {each.name, {}, {}});
    Server server(servers);
    std::string hello = output_of(client);
    server.receive(hello);
    ASSERT_FALSE(server.next_event());
    std::string answer = output_of(server);
    client.receive(answer);
    while (client.next_event()) {
    }
    std::string finished = output_of(client);
    server.receive(finished);
    auto event = server.next_event();
    ASSERT_TRUE(event);
    ASSERT_TRUE(std::holds_alternative<ClientAccepted>(*event)) << describe(*event);
    const auto& seen = std::get<ClientAccepted>(*event).server_name;
    ASSERT_EQ(seen.has_value(), each.name.has_value());
    EXPECT_EQ(seen.value_or(""), each.name.value_or(""));
  }
}

TEST(Handshake, RefusesAnSniThatCannotBeSent) {
  auto clients = client_context();
  auto refusal = [&](std::string name) { return Client::create(clients, {std::move(name), {}, {}}).error(); };
  EXPECT_EQ(refusal(""), ServerNameRefusal::empty);
  EXPECT_EQ(refusal(std::string(256, 'x')), ServerNameRefusal::longer_than_255_bytes);
  EXPECT_EQ(refusal(std::string("a\0b", 3)), ServerNameRefusal::contains_nul);
}

TEST(Handshake, NegotiatesAlpnByTheServersOrder) {
  struct {
    std::vector<std::string> server, client;
    const char* chosen;
  } const cases[] = {
      {{"h2", "http/1.1"}, {"http/1.1", "h2"}, "\"h2\""},
      {{"http/1.1"}, {"h2", "http/1.1"}, "\"http/1.1\""},
      {{}, {"h2"}, "none"},
      {{"h2"}, {}, "none"},
      {{"h2", "x"}, {"x"}, "\"x\""},
  };
  for (const auto& each : cases) {
    ServerHost host = host_for({"a.test"});
    host.alpn = alpn(each.server);
    Server server(server_context(one_host(host)));
    Client client = make_client(client_context(), {"a.test", {}, alpn(each.client)});
    Both both;
    talk(client, server, both);
    EXPECT_EQ(both.client.text(),
              std::string("done TLSv1.3 full alpn=") + each.chosen + " chain=CN=a.test of 2\n");
  }
}

TEST(Handshake, EndsWhereAlpnHasNothingInCommon) {
  ServerHost host = host_for({"a.test"});
  host.alpn = alpn({"h2"});
  Server server(server_context(one_host(host)));
  Client client = make_client(client_context(), {"a.test", {}, alpn({"http/1.1"})});
  Both both;
  talk(client, server, both);
  EXPECT_EQ(both.client.text(),
            "alert received fatal no_application_protocol\n"
            "failure alert_received (tlsv1 alert no application protocol)\n");
  EXPECT_EQ(
      both.server.text(),
      "alert sent fatal no_application_protocol\nfailure no_shared_protocol (no application protocol)\n");
}

ServerOptions two_hosts() {
  ServerOptions options = one_host(host_for({"a.test"}));
  options.hosts.push_back(host_for({"b.test"}));
  options.hosts[0].session_scope = "a";
  options.hosts[1].session_scope = "b";
  options.choose = [](std::optional<std::string_view> name) -> HostChoice {
    if (!name || *name == "a.test") return size_t{0};
    if (*name == "b.test") return size_t{1};
    return RefuseWithAlert{};
  };
  return options;
}

TEST(Handshake, ChoosesTheHostBySni) {
  auto servers = server_context(two_hosts());
  for (const char* name : {"a.test", "b.test"}) {
    Client client = make_client(client_context(), {name, {}, {}});
    Server server(servers);
    Both both;
    talk(client, server, both);
    EXPECT_EQ(both.client.text(), std::string("done TLSv1.3 full alpn=none chain=CN=") + name + " of 2\n");
  }
}

TEST(Handshake, TellsARefusedName) {
  auto servers = server_context(two_hosts());
  for (Version version : {Version::tls1_2, Version::tls1_3}) {
    ClientOptions options;
    options.max_version = version;
    for (const Chopping& chopping : choppings()) {
      Client client = make_client(client_context(options), {"B.test", {}, {}});
      Server server(servers);
      Both both;
      talk(client, server, both, chopping);
      EXPECT_EQ(both.client.text(),
                "alert received fatal unrecognized_name\n"
                "failure alert_received (tlsv1 unrecognized name)\n");
      EXPECT_EQ(both.server.text(),
                "alert sent fatal unrecognized_name\nfailure server_name_refused (callback failed)\n");
    }
  }
}

/// A client's first flight, its handshake message cut into records of so many bytes (RFC 8446 §5.1).
std::string cut_into_records(std::string_view flight, size_t size) {
  std::string header(flight.substr(0, 3));  // handshake, version
  std::string_view message = flight.substr(5);
  std::string cut;
  for (size_t at = 0; at < message.size(); at += size) {
    std::string_view piece = message.substr(at, size);
    cut += header;
    cut += static_cast<char>(piece.size() >> 8);
    cut += static_cast<char>(piece.size() & 0xFF);
    cut += piece;
  }
  return cut;
}

TEST(Handshake, FindsTheNameInAClientHelloOfManyRecords) {
  auto servers = server_context(two_hosts());
  for (size_t size : {size_t{1}, size_t{5}, size_t{43}, size_t{100}, size_t{16384}}) {
    for (size_t piece : {size_t{1}, size_t{1} << 16}) {
      Client client = make_client(client_context(), {"b.test", {}, {}});
      Server server(servers);
      Both both;
      feed(server, cut_into_records(output_of(client), size), piece, both.server);
      talk(client, server, both);
      EXPECT_EQ(both.client.text(), "done TLSv1.3 full alpn=none chain=CN=b.test of 2\n") << size;
      EXPECT_EQ(both.server.text(), "accepted TLSv1.3 full alpn=none sni=\"b.test\" host=1 chain=none\n");
    }
  }
}

TEST(Handshake, RefusesAMalformedServerNameBeforeAnyHostIsChosen) {
  ServerOptions options = two_hosts();
  int asked = 0;
  options.choose = [&asked](std::optional<std::string_view>) -> HostChoice {
    ++asked;
    return size_t{0};
  };
  auto servers = server_context(options);
  Client client = make_client(client_context(), {"b.test", {}, {}});
  const std::string hello = output_of(client);
  // RFC 6066 §3: length of the list (2), type (1), length of the name (2), the name.
  const size_t list = hello.find("b.test") - 5;
  ASSERT_EQ(hello.substr(list, 5), std::string("\0\x09\0\0\x06", 5));
  const struct {
    size_t at;
    char byte;
    const char* what;
  } cases[] = {{list + 1, 8, "a list shorter than what is there"},
               {list + 1, 10, "a longer list"},
               {list + 2, 1, "a type that nobody knows"},
               {list + 4, 5, "a name shorter than the list"},
               {list + 4, 7, "a longer name"},
               {list + 4, 0, "an empty name"}};
  for (const auto& each : cases) {
    std::string changed = hello;
    changed[each.at] = each.byte;
    Server server(servers);
    Told told;
    feed(server, changed, changed.size(), told);
    EXPECT_EQ(told.lines.at(0), "alert sent fatal decode_error") << each.what;
  }
  EXPECT_EQ(asked, 0);
}

TEST(Handshake, LetsAListenerChooseAmongSharedHosts) {
  auto servers = server_context(two_hosts());
  auto always_b = std::make_shared<const ChooseHost>(
      [](std::optional<std::string_view>) -> HostChoice { return size_t{1}; });
  Client client = make_client(client_context(), {"a.test", {}, {}});
  Server server(servers, always_b);
  Both both;
  talk(client, server, both);
  EXPECT_EQ(both.server.text(), "accepted TLSv1.3 full alpn=none sni=\"a.test\" host=1 chain=none\n");
}

TEST(Handshake, TakesAsMuchPlaintextAsTheLimitAllows) {
  auto servers = server_context(one_host(host_for({"a.test"})));
  Client client = make_client(client_context());
  Server server(servers);
  std::string much(100'000, 'x');
  EXPECT_EQ(client.send(much), Limits{}.max_queued_plaintext);
  EXPECT_EQ(client.send("y"), 0u);
  Both both;
  talk(client, server, both, {1 << 20, 1000});
  EXPECT_EQ(both.server.plaintext, much.substr(0, Limits{}.max_queued_plaintext));
  EXPECT_EQ(client.send("y"), 1u);
  client.close();
  EXPECT_EQ(client.send("z"), 0u);
  talk(client, server, both);
  EXPECT_EQ(both.server.lines.back(), "closed clean");
  EXPECT_TRUE(both.server.plaintext.ends_with("xy"));
}

TEST(Handshake, WhatIsSentThroughComesInItsOrder) {
  auto servers = server_context(one_host(host_for({"a.test"})));
  for (const size_t room : {size_t{1}, size_t{50}, size_t{200}, size_t{16'400}, size_t{65'536}}) {
    Client client = make_client(client_context());
    Server server(servers);
    Both both;
    std::string buffer(room, '\0');
    std::string expected;
    const auto through = [&](size_t bytes, char letter) {
      const std::string plaintext(bytes, letter);
      expected += plaintext;
      std::string sent(buffer.data(), client.send_through(plaintext, buffer));
      sent += output_of(client, room);
      feed(server, sent, sent.size(), both.server);
    };
    through(10, 'a');  // before the handshake
    talk(client, server, both);
    through(1, 'b');
    EXPECT_EQ(client.send("cc"), 2u);  // behind what waits
    expected += "cc";
    through(40'000, 'd');
    through(0, 'e');
    EXPECT_EQ(both.server.plaintext, expected) << room;
    client.close();
    EXPECT_EQ(client.send("f"), 0u);
    talk(client, server, both);
    EXPECT_EQ(both.server.lines.back(), "closed clean") << room;
  }
}

TEST(Handshake, ClosingWhileThePeerStillSpeaksLosesNothing) {
  Client client = make_client(client_context());
  Server server(server_context(one_host(host_for({"a.test"}))));
  Both both;
  client.close();
  talk(client, server, both);
  EXPECT_EQ(both.server.lines.back(), "closed clean");
  EXPECT_EQ(server.send("late"), 4u);
  talk(client, server, both);
  EXPECT_EQ(both.client.lines.back(), "plaintext late");
}

TEST(Handshake, SaysWhetherOutputWaits) {
  Client client = make_client(client_context());
  EXPECT_EQ(client.output(), Client::Output::waiting);
  output_of(client);
  EXPECT_EQ(client.output(), Client::Output::none);
}

}  // namespace
}  // namespace astray::tls::handshake_test
