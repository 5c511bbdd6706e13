// Small worlds, taken whole. The golden table is a server with two virtual hosts, asked everything a client
// can ask; the properties run over every combination of facts, also those that no sane server produces.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "support/golden.h"
#include "verdict/every_combination.h"
#include "verdict/judge_request.h"

namespace astray::judge_request_world_test {
namespace {

std::vector<CertificateName> names(std::initializer_list<std::string_view> texts) {
  std::vector<CertificateName> list;
  for (std::string_view text : texts) list.push_back(CertificateName::parse_dns(text).value());
  return list;
}

bool covers(std::span<const CertificateName> certificate, const Host& host) {
  return std::any_of(certificate.begin(), certificate.end(),
                     [&](const CertificateName& name) { return name.covers(host); });
}

Asked ask(const Origin& origin) {
  return {origin, AuthorityField::pseudo_authority, "as written"};
}
Origin origin(std::string_view text) {
  return Origin::parse(text).value();
}

// ---- The golden table

struct VirtualHost {
  std::string_view name;
  std::vector<CertificateName> certificate;
  PolicyDigest policy;
  ProtocolSet protocols = ProtocolSet::all();
};

/// Two virtual hosts on port 443, the first one the default; b is also served on port 8443 and in clear.
struct Server {
  std::string title;
  VirtualHost a{"a.example", {}, {}, ProtocolSet::all()};
  VirtualHost b{"b.example", {}, {}, ProtocolSet::all()};

  const VirtualHost& of_sni(std::string_view sni) const { return sni == b.name ? b : a; }

  Ownership owner(const Origin& asked, UnownedAnswer if_unowned) const {
    Ownership ownership;
    ownership.if_unowned = if_unowned;
    if (asked.scheme == Scheme::http) {
      bool here = asked.host.text() == b.name && asked.port == Port(80);
      ownership.claim = here ? Claim::by_name : Claim::no_one;
      return ownership;
    }
    for (const VirtualHost* host : {&a, &b}) {
      bool here = asked.port == Port(443) || (host == &b && asked.port == Port(8443));
      if (asked.host.text() != host->name || !here) continue;
      ownership.claim = Claim::by_name;
      ownership.policy = host->policy;
      ownership.protocols = host->protocols;
      ownership.certificate_names = host->certificate;
    }
    return ownership;
  }
};

std::vector<Server> servers() {
  struct Certificates {
    std::string_view title;
    std::vector<CertificateName> a, b;
  };
  const Certificates certificates[] = {
      {"one certificate {a.example, b.example}", names({"a.example", "b.example"}),
       names({"a.example", "b.example"})},
      {"one certificate {*.example}", names({"*.example"}), names({"*.example"})},
      {"certificates {a.example} and {b.example}", names({"a.example"}), names({"b.example"})},
  };
  struct Policies {
    std::string_view title;
    PolicyDigest a, b;
  };
  const Policies policies[] = {
      {"equal policies", {0, 1}, {0, 1}},
      {"b authenticates clients", {0, 1}, {7, 1}},
      {"both authenticate clients with one CA", {7, 1}, {7, 1}},
      {"both authenticate clients with a CA of their own", {7, 1}, {8, 1}},
      {"b has other TLS settings", {0, 1}, {0, 2}},
  };
  std::vector<Server> all;
  for (const Certificates& certificate : certificates) {
    for (const Policies& policy : policies) {
      for (ProtocolSet protocols : {ProtocolSet::all(), ProtocolSet::of(Protocol::h1)}) {
        std::string_view h2 = protocols == ProtocolSet::all() ? "h2 on both" : "h2 off on b";
        Server server;
        server.title = fmt::format("{}; {}; {}", certificate.title, policy.title, h2);
        server.a.certificate = certificate.a;
        server.a.policy = policy.a;
        server.b.certificate = certificate.b;
        server.b.policy = policy.b;
        server.b.protocols = protocols;
        all.push_back(server);
      }
    }
  }
  return all;
}

std::string cell(const Verdict& verdict) {
  std::string number = status(verdict.answer) != 0 ? std::to_string(status(verdict.answer)) : "serve";
  return fmt::format("{} {}", number, to_string(verdict.reason));
}

TEST(JudgeRequestWorld, OutcomeTable) {
  const std::string_view snis[] = {"", "a.example", "b.example", "unknown.example"};
  const std::string_view asked[] = {"https://a.example",      "https://b.example", "https://unknown.example",
                                    "https://b.example:8443", "http://b.example",  "http://a.example"};
  std::string table =
      "# judge_request: two virtual hosts on port 443, a.example (the default) and b.example (also on "
      "8443).\n"
      "# SNI and HTTP version of the connection, origin asked on it, answer. \"-\": no SNI.\n"
      "# unknown.example is 421 here; where the configuration asks for 404, that line reads 404 and no "
      "other.\n";
  for (const Server& server : servers()) {
    table += fmt::format("\n## {}\n", server.title);
    for (std::string_view sni : snis) {
      const VirtualHost& handshake = server.of_sni(sni);
      for (Protocol protocol : {Protocol::h1, Protocol::h2}) {
        ConnectionFacts connection;
        connection.local_port = Port(443);
        if (!sni.empty()) connection.sni = RawHost(std::string(sni));
        connection.protocol = protocol;
        connection.certificate_names = handshake.certificate;
        connection.policy = handshake.policy;
        for (std::string_view text : asked) {
          Origin origin_asked = origin(text);
          Verdict verdict = judge_request(connection, ask(origin_asked),
                                          server.owner(origin_asked, UnownedAnswer::misdirected));
          table += fmt::format("{:<16} {}  {:<23} {}\n", sni.empty() ? "-" : sni, to_string(protocol), text,
                               cell(verdict));
          Verdict with_404 = judge_request(connection, ask(origin_asked),
                                           server.owner(origin_asked, UnownedAnswer::not_found));
          EXPECT_EQ(with_404.reason, verdict.reason);
          EXPECT_EQ(with_404.answer, verdict.reason == Reason::unowned ? Answer::not_found : verdict.answer);
        }
      }
    }
  }
  test::expect_golden(ASTRAY_SOURCE_DIR "/src/verdict/golden/judge_request.txt", table);
}

// ---- The properties

const std::vector<std::vector<CertificateName>> certificates = {names({}), names({"a.example"}),
                                                                names({"a.example", "b.example"})};
const std::vector<Origin> asked_origins = {origin("https://a.example"), origin("https://a.example:8443"),
                                           origin("http://a.example"), origin("https://192.0.2.1")};
const std::vector<std::optional<RawHost>> snis = {std::nullopt, RawHost("a.example"), RawHost("b.example")};

std::vector<ConnectionFacts> every_connection() {
  std::vector<ConnectionFacts> all;
  test::EveryCombination::run([&](test::EveryCombination& choose) {
    ConnectionFacts connection;
    connection.scheme = choose.of({Scheme::http, Scheme::https});
    connection.sni = choose.of(snis);
    connection.certificate_names = choose.of(certificates);
    connection.policy.client_authentication = choose.of({uint64_t{0}, uint64_t{7}, uint64_t{8}});
    connection.policy.tls = choose.of({uint64_t{1}, uint64_t{2}});
    connection.listener.value = choose.of({uint64_t{0}, uint64_t{5}});
    connection.local_port = choose.of<std::optional<Port>>({std::nullopt, Port(443), Port(8443)});
    connection.protocol = choose.of({Protocol::h1, Protocol::h2});
    all.push_back(connection);
  });
  return all;
}

std::vector<Ownership> every_ownership() {
  std::vector<Ownership> all;
  test::EveryCombination::run([&](test::EveryCombination& choose) {
    Ownership owner;
    owner.claim = choose.of({Claim::no_one, Claim::by_name, Claim::by_default, Claim::unknowable});
    owner.policy.client_authentication = choose.of({uint64_t{0}, uint64_t{7}});
    owner.policy.tls = 1;
    owner.listener.value = choose.of({uint64_t{0}, uint64_t{5}});
    owner.protocols = choose.of({ProtocolSet{}, ProtocolSet::of(Protocol::h1), ProtocolSet::all()});
    owner.certificate_names = choose.of(certificates);
    owner.if_unowned = choose.of({UnownedAnswer::misdirected, UnownedAnswer::not_found});
    all.push_back(owner);
  });
  return all;
}

/// visit(connection, origin, ownership) for every combination of the above.
template <typename Visit>
void for_every_fact(Visit visit) {
  auto connections = every_connection();
  auto ownerships = every_ownership();
  for (const ConnectionFacts& connection : connections) {
    for (const Ownership& ownership : ownerships) {
      for (const Origin& asked : asked_origins) visit(connection, asked, ownership);
    }
  }
}

bool owned(const Ownership& ownership) {
  return ownership.claim == Claim::by_name || ownership.claim == Claim::by_default;
}

/// The answer on the connection that a 421 sends the client to, for each HTTP version it may settle on.
void expect_fresh_connection_is_answered(const Origin& asked, const Ownership& ownership) {
  for (Protocol protocol : {Protocol::h1, Protocol::h2, Protocol::h3}) {
    if (!ownership.protocols.has(protocol)) continue;
    ConnectionFacts fresh = fresh_connection(asked, ownership, protocol);
    Verdict verdict = judge_request(fresh, ask(asked), ownership);
    if (owned(ownership)) {
      ASSERT_EQ(verdict.answer, Answer::serve) << asked.text() << ": " << describe(verdict);
      ASSERT_EQ(verdict.reason,
                ownership.claim == Claim::by_default ? Reason::default_virtual_host : Reason::own_name);
    } else {
      ASSERT_EQ(verdict.answer, Answer::not_found) << asked.text() << ": " << describe(verdict);
    }
  }
}

TEST(JudgeRequestWorld, A421OtherThanUnownedIsAPromise) {
  size_t promises = 0;
  for_every_fact([&](const ConnectionFacts& connection, const Origin& asked, const Ownership& ownership) {
    Verdict verdict = judge_request(connection, ask(asked), ownership);
    if (verdict.answer != Answer::misdirected || verdict.reason == Reason::unowned) return;
    if (keeps_promise(asked, ownership)) return;  // the table's builder was told that it cannot be kept
    ++promises;
    ASSERT_NO_FATAL_FAILURE(expect_fresh_connection_is_answered(asked, ownership)) << describe(verdict);
  });
  EXPECT_GT(promises, 100'000u);
}

TEST(JudgeRequestWorld, NoFalse421OnAFreshConnection) {
  size_t fresh = 0;
  for (const Ownership& ownership : every_ownership()) {
    for (const Origin& asked : asked_origins) {
      if (!owned(ownership) || keeps_promise(asked, ownership)) continue;
      ++fresh;
      ASSERT_NO_FATAL_FAILURE(expect_fresh_connection_is_answered(asked, ownership));
    }
  }
  EXPECT_GT(fresh, 100u);
}

TEST(JudgeRequestWorld, AnotherNameIsServedUnderCoverageAndEqualPolicy) {
  size_t coalesced = 0;
  for_every_fact([&](const ConnectionFacts& connection, const Origin& asked, const Ownership& ownership) {
    bool fits = owned(ownership) && connection.scheme == Scheme::https && asked.scheme == Scheme::https &&
                connection.sni && covers(connection.certificate_names, asked.host) &&
                connection.policy == ownership.policy && connection.listener == ownership.listener &&
                connection.local_port.value_or(asked.port) == asked.port &&
                ownership.protocols.has(connection.protocol);
    if (!fits) return;
    Verdict verdict = judge_request(connection, ask(asked), ownership);
    ASSERT_EQ(verdict.answer, Answer::serve) << describe(verdict);
    coalesced += verdict.reason == Reason::coalesced ? 1 : 0;
  });
  EXPECT_GT(coalesced, 0u);
}

// The other direction: what is served to a client met every condition, each of which some case breaks alone.
TEST(JudgeRequestWorld, NothingIsServedAcrossAnAuthority) {
  size_t served = 0;
  for_every_fact([&](const ConnectionFacts& connection, const Origin& asked, const Ownership& ownership) {
    Verdict verdict = judge_request(connection, ask(asked), ownership);
    if (verdict.answer != Answer::serve) return;
    ++served;
    ASSERT_TRUE(owned(ownership));
    ASSERT_EQ(connection.scheme, asked.scheme);
    ASSERT_EQ(connection.policy, ownership.policy);
    ASSERT_EQ(connection.listener, ownership.listener);
    ASSERT_EQ(connection.local_port.value_or(asked.port), asked.port);
    ASSERT_TRUE(ownership.protocols.has(connection.protocol));
    if (connection.scheme == Scheme::http) return;
    ASSERT_TRUE(covers(connection.certificate_names, asked.host));
    ASSERT_TRUE(connection.sni || ownership.policy.client_authentication == 0 ||
                asked.host.address() != nullptr);
  });
  EXPECT_GT(served, 0u);
}

TEST(JudgeRequestWorld, ATrustedGatewayIsJudgedByTheAuthorityAlone) {
  auto connections = every_connection();
  for (const Ownership& ownership : every_ownership()) {
    for (const Origin& asked : asked_origins) {
      for (ConnectionFacts connection : connections) {
        connection.peer = Peer::trusted_gateway;
        Verdict verdict = judge_request(connection, ask(asked), ownership);
        Answer expected = Answer::serve;
        if (ownership.claim == Claim::unknowable) expected = Answer::could_not_tell;
        if (ownership.claim == Claim::no_one)
          expected =
              ownership.if_unowned == UnownedAnswer::not_found ? Answer::not_found : Answer::misdirected;
        ASSERT_EQ(verdict.answer, expected) << describe(verdict);
      }
    }
  }
}

// Digests are content: what numbers stand for it must not matter, but for 0, which says that there is no
// demand.
TEST(JudgeRequestWorld, OnlyTheEqualityOfDigestsCounts) {
  auto renamed = [](uint64_t digest) { return digest == 0 ? 0 : ~digest; };
  for_every_fact([&](ConnectionFacts connection, const Origin& asked, Ownership ownership) {
    Verdict before = judge_request(connection, ask(asked), ownership);
    connection.policy = {renamed(connection.policy.client_authentication), renamed(connection.policy.tls)};
    ownership.policy = {renamed(ownership.policy.client_authentication), renamed(ownership.policy.tls)};
    Verdict after = judge_request(connection, ask(asked), ownership);
    ASSERT_EQ(after.answer, before.answer);
    ASSERT_EQ(after.reason, before.reason);
  });
}

TEST(JudgeRequestWorld, SpellingDoesNotMatter) {
  const std::string_view spellings[][5] = {
      {"a.example", "A.EXAMPLE", "a.example.", "a.example:443", "A.Example.:0443"},
      {"b.example", "B.example", "b.example.", "b.example:443", "b.EXAMPLE.:443"},
      {"xn--bcher-kva.example", "XN--BCHER-KVA.example",
       "b\xc3\xbc"
       "cher.example",
       "B\xc3\x9c"
       "CHER.example.",
       "b\xc3\xbc"
       "cher.example:443"},
  };
  auto certificate = names({"a.example", "xn--bcher-kva.example"});
  auto find_owner = [&](const Origin& asked) {
    bool protected_name = asked.host.text() == "b.example";
    return Ownership{.claim = Claim::by_name, .policy = {protected_name ? 7u : 0u, 1}};
  };
  auto judge = [&](std::string_view sni, std::string_view host) {
    ConnectionFacts connection;
    connection.local_port = Port(443);
    connection.certificate_names = certificate;
    connection.policy = {0, 1};
    connection.sni = RawHost(std::string(sni.substr(0, sni.find(':'))));
    RequestFacts request;
    request.host_fields.emplace_back(std::string(host));
    return judge_request(connection, request, find_owner);
  };
  for (const auto& sni_spellings : spellings) {
    for (const auto& host_spellings : spellings) {
      Verdict plain = judge(sni_spellings[0], host_spellings[0]);
      for (std::string_view sni : sni_spellings) {
        for (std::string_view host : host_spellings) {
          Verdict verdict = judge(sni, host);
          EXPECT_EQ(verdict.answer, plain.answer) << sni << " " << host;
          EXPECT_EQ(to_string(verdict.reason), to_string(plain.reason)) << sni << " " << host;
        }
      }
    }
  }
}

}  // namespace
}  // namespace astray::judge_request_world_test
