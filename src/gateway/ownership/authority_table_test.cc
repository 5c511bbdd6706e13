#include "gateway/ownership/authority_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

#include "gateway/ownership/authority_table_builder.h"
#include "verdict/judge_request.h"

namespace astray::gateway {
namespace {

constexpr SchemePort https443{Scheme::https, Port(443)};
constexpr auto any_depth = WildcardReach::any_depth;
constexpr auto one_label = WildcardReach::one_label;

OwnedName owned(std::string_view text, WildcardReach reach = any_depth) {
  auto name = OwnedName::parse(text, reach);
  EXPECT_TRUE(name) << text;
  return *name;
}

Host host(std::string_view text) {
  auto parsed = Host::parse(text);
  EXPECT_TRUE(parsed) << text;
  return *parsed;
}

/// A world as it is written down; the rules of authority_table.h, read aloud.
struct Model {
  struct VirtualHost {
    Ownership facts;
    std::vector<CertificateName> certificate;
  };
  struct Claimed {
    VirtualHostIndex virtual_host;
    SchemePort at;
    std::optional<OwnedName> name;  ///< none: the default
  };
  std::deque<VirtualHost> virtual_hosts;
  std::vector<Claimed> claims;
  UnownedAnswer if_unowned = UnownedAnswer::misdirected;

  VirtualHostIndex add(std::vector<std::string> certificate, Ownership facts = {.claim = Claim::by_name}) {
    VirtualHost& added = virtual_hosts.emplace_back(VirtualHost{facts, {}});
    for (const std::string& name : certificate)
      added.certificate.push_back(CertificateName::parse_dns(name).value());
    added.facts.certificate_names = added.certificate;
    return static_cast<VirtualHostIndex>(virtual_hosts.size() - 1);
  }

  Result<AuthorityTable, std::vector<ClaimProblem>> build() const {
    AuthorityTableBuilder builder(if_unowned);
    for (size_t i = 0; i < virtual_hosts.size(); ++i)
      builder.add_virtual_host("v" + std::to_string(i), virtual_hosts[i].facts);
    for (const Claimed& claim : claims) {
      if (claim.name) {
        builder.own(claim.virtual_host, claim.at, *claim.name);
      } else {
        builder.own_by_default(claim.virtual_host, claim.at);
      }
    }
    return std::move(builder).build();
  }

  static bool reaches(const OwnedName& wildcard, const Host& asked) {
    if (asked.name() == nullptr) return false;
    std::string name = asked.text();
    std::string end = "." + wildcard.host().text();
    if (name.size() <= end.size() || !name.ends_with(end)) return false;
    return *wildcard.wildcard() == any_depth ||
           name.substr(0, name.size() - end.size()).find('.') == std::string::npos;
  }

  std::optional<AuthorityTable::Found> find(SchemePort at, const Host& asked) const {
    const Claimed* best = nullptr;
    for (const Claimed& claim : claims) {
      if (claim.at == at && claim.name && !claim.name->wildcard() && claim.name->host() == asked)
        return AuthorityTable::Found{claim.virtual_host, AuthorityTable::Match::exact};
    }
    for (const Claimed& claim : claims) {
      if (claim.at != at || !claim.name || !claim.name->wildcard() || !reaches(*claim.name, asked)) continue;
      if (best == nullptr || claim.name->text().size() > best->name->text().size()) best = &claim;
    }
    if (best != nullptr) return AuthorityTable::Found{best->virtual_host, AuthorityTable::Match::wildcard};
    for (const Claimed& claim : claims) {
      if (claim.at == at && !claim.name)
        return AuthorityTable::Found{claim.virtual_host, AuthorityTable::Match::by_default};
    }
    return std::nullopt;
  }

  Ownership owner_of(const Origin& asked, ListenerDigest handshake_listener) const {
    auto found = find({asked.scheme, asked.port}, asked.host);
    if (!found) return {.listener = handshake_listener, .if_unowned = if_unowned};
    Ownership owner = virtual_hosts[found->virtual_host].facts;
    if (owner.claim != Claim::by_name) return owner;
    if (found->match == AuthorityTable::Match::by_default) owner.claim = Claim::by_default;
    if (keeps_promise(asked, owner)) {
      owner.claim = Claim::no_one;
      owner.if_unowned = UnownedAnswer::misdirected;
    }
    return owner;
  }
};

TEST(AuthorityTable, Cases) {
  const std::string label63(63, 'l');
  const std::string name253 = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'm');
  const std::string suffix251 = name253.substr(2);
  Model model;
  for (int i = 0; i < 12; ++i) model.add({}, {.claim = Claim::no_one});
  const SchemePort http80{Scheme::http, Port(80)};
  const SchemePort https8443{Scheme::https, Port(8443)};
  model.claims = {{0, https443, owned("WWW.Example.com.")},
                  {1, https443, owned("*.example.com")},
                  {2, https443, owned("*.b.example.com", one_label)},
                  {3, https443, owned("192.0.2.1")},
                  {4, https443, owned("[2001:db8::1]")},
                  {5, https443, owned(name253)},
                  {6, https443, owned("*." + suffix251)},
                  {7, https8443, owned("www.example.com")},
                  {8, https8443, std::nullopt},
                  {9, http80, owned("www.example.com")},
                  {10, https443, owned(label63 + ".test")},
                  {11, https443, owned("a.io")},
                  {0, https443, owned("www.example.com")}};
  auto table = model.build();
  ASSERT_TRUE(table);
  struct Row {
    SchemePort at;
    std::string host;
    int virtual_host;  ///< -1: nobody
  };
  const Row rows[] = {
      {https443, "www.example.com", 0},
      {https443, "wWw.eXample.com.", 0},  // upper case, trailing dot
      {https8443, "www.example.com", 7},
      {https8443, "other.test", 8},
      {https8443, "192.0.2.1", 8},
      {http80, "www.example.com", 9},
      {http80, "a.example.com", -1},  // no wildcard there
      {{Scheme::http, Port(443)}, "www.example.com", -1},
      {{Scheme::https, Port(80)}, "www.example.com", -1},
      {https443, "a.example.com", 1},
      {https443, "a.b.c.example.com", 1},
      {https443, "example.com", -1},  // a wildcard's parent
      {https443, "com", -1},
      {https443, "aexample.com", -1},
      {https443, "b.example.com", 1},      // the parent of a wildcard under a wildcard
      {https443, "a.b.example.com", 2},    // longest suffix first
      {https443, "a.a.b.example.com", 1},  // which does not reach that far
      {https443, "x.www.example.com", 1},
      {https443, "192.0.2.1", 3},
      {https443, "192.0.2.2", -1},
      {https443, "[2001:db8::1]", 4},
      {https443, "[2001:DB8:0::0:1]", 4},
      {https443, "[::ffff:192.0.2.1]", -1},
      {https443, "a.io", 11},  // four bytes, as those of 97.46.105.111
      {https443, "97.46.105.111", -1},
      {https443, name253, 5},
      {https443, "k." + suffix251, 6},
      {https443, suffix251, -1},
      {https443, label63 + ".test", 10},
      {https443, label63.substr(1) + ".test", -1},
  };
  for (const Row& row : rows) {
    Host asked = host(row.host);
    auto found = table->find(row.at, asked);
    EXPECT_EQ(found ? static_cast<int>(found->virtual_host) : -1, row.virtual_host) << row.host;
    if (const Hostname* name = asked.name()) {
      EXPECT_EQ(table->find(row.at, *name), found) << row.host;
    }
  }
}

TEST(AuthorityTable, DepthOf127Labels) {
  std::string suffix = "a";
  for (int i = 1; i < 126; ++i) suffix += ".a";
  Model model;
  model.add({}, {.claim = Claim::no_one});
  model.claims = {{0, https443, owned("*." + suffix)}};
  auto table = model.build();
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->find(https443, host("a." + suffix)));
  EXPECT_FALSE(table->find(https443, host(suffix)));
}

TEST(OwnedName, Refused) {
  const std::pair<std::string, HostnameError> rows[] = {
      {"*", HostnameError::bad_character},
      {"a.*.example", HostnameError::bad_character},
      {"*a.example", HostnameError::bad_character},
      {"*.*.example", HostnameError::bad_character},
      {"*.", HostnameError::empty},
      {"", HostnameError::empty},
      {"*.192.0.2.1", HostnameError::ip_address},
      {"a.example:443", HostnameError::bad_character},
      {"*." + std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." +
           std::string(60, 'd'),
       HostnameError::too_long}};
  for (const auto& [text, error] : rows) {
    auto name = OwnedName::parse(text, any_depth);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error(), error) << text;
  }
  EXPECT_EQ(owned("*.BÜCHER.example.").text(), "*.xn--bcher-kva.example");
}

TEST(AuthorityTable, RefusedClaimsNameBothSides) {
  Model model;
  model.add({"a.example", "*.example"});
  model.add({"a.example", "*.example"});
  Ownership no_protocol{.claim = Claim::by_name};
  no_protocol.protocols = {};
  model.add({"b.example"}, no_protocol);
  model.claims = {{0, https443, owned("a.example")},   {1, https443, owned("A.example.")},
                  {0, https443, owned("*.example")},   {0, https443, owned("*.example", one_label)},
                  {0, https443, std::nullopt},         {1, https443, std::nullopt},
                  {0, https443, owned("x.a.example")}, {0, {Scheme::http, Port(80)}, owned("x.a.example")},
                  {2, https443, owned("b.example")}};
  auto table = model.build();
  ASSERT_FALSE(table);
  std::vector<std::string> messages;
  for (const ClaimProblem& problem : table.error()) messages.push_back(describe(problem));
  std::sort(messages.begin(), messages.end());
  EXPECT_EQ(messages,
            (std::vector<std::string>{
                "https port 443: \"*.example\" is claimed twice by virtual host \"v0\", with different "
                "reach: remove one",
                "https port 443: \"a.example\" is claimed by virtual host \"v0\" and by \"v1\": a name has "
                "one owner, remove one",
                "https port 443: the default is claimed by virtual host \"v0\" and by \"v1\": a name has "
                "one owner, remove one",
                "https port 443: virtual host \"v0\" claims \"x.a.example\" but could not answer for it: "
                "no certificate of it covers that; add one or remove the name",
                "https port 443: virtual host \"v2\" claims \"b.example\" but could not answer for it: no "
                "HTTP version is on; allow one or remove the name"}));
}

TEST(AuthorityTable, WildcardsAndDefaultsPromiseOnlyWhatACertificateCovers) {
  Model model;
  model.add({"*.example"});
  model.claims = {{0, https443, owned("*.example")}, {0, https443, std::nullopt}};
  auto table = model.build();
  ASSERT_TRUE(table);
  auto claim_of = [&](std::string_view name) {
    return table->owner_of({Scheme::https, host(name), Port(443)}, {}).claim;
  };
  EXPECT_EQ(claim_of("a.example"), Claim::by_name);
  EXPECT_EQ(claim_of("a.b.example"), Claim::no_one);
  EXPECT_EQ(claim_of("a.test"), Claim::no_one);
}

/// Small worlds over few labels, so that names meet.
class RandomWorlds {
 public:
  explicit RandomWorlds(uint64_t seed) : random_(seed) {}

  size_t below(size_t limit) { return random_() % limit; }

  std::string name() {
    static constexpr std::string_view labels[] = {"a", "b", "xn--d"};
    std::string text(labels[below(3)]);
    for (size_t more = below(3); more > 0; --more) text += "." + std::string(labels[below(3)]);
    return text;
  }
  std::string host_text() {
    if (below(8) != 0) return name();
    return below(2) == 0 ? "192.0.2." + std::to_string(below(3))
                         : "[2001:db8::" + std::to_string(below(3)) + "]";
  }
  SchemePort at() { return {below(3) == 0 ? Scheme::http : Scheme::https, Port(below(2) == 0 ? 443 : 8443)}; }
  WildcardReach reach() { return below(2) == 0 ? any_depth : one_label; }

  Ownership facts() {
    static constexpr Claim claims[] = {Claim::by_name, Claim::by_name, Claim::by_name, Claim::no_one,
                                       Claim::unknowable};
    Ownership facts{.claim = claims[below(5)]};
    facts.policy = {below(2), below(2)};
    facts.listener = {below(2)};
    if (below(4) == 0) facts.protocols = ProtocolSet::of(Protocol::h1);
    facts.if_unowned = below(2) == 0 ? UnownedAnswer::misdirected : UnownedAnswer::not_found;
    return facts;
  }

  Model world() {
    Model model;
    model.if_unowned = below(2) == 0 ? UnownedAnswer::misdirected : UnownedAnswer::not_found;
    for (size_t i = 1 + below(4); i > 0; --i) {
      std::vector<std::string> certificate;
      for (size_t n = below(6); n > 0; --n) certificate.push_back(below(2) == 0 ? "*." + name() : name());
      model.add(certificate, facts());
    }
    for (size_t i = below(16); i > 0; --i) {
      auto virtual_host = static_cast<VirtualHostIndex>(below(model.virtual_hosts.size()));
      std::optional<OwnedName> claimed;
      if (below(6) != 0) claimed = owned(below(2) == 0 ? host_text() : "*." + name(), reach());
      const auto& certificate = model.virtual_hosts[virtual_host].certificate;
      if (claimed && !certificate.empty() && below(2) == 0)
        claimed = owned(certificate[below(certificate.size())].text(), reach());
      model.claims.push_back({virtual_host, at(), claimed});
      if (!model.build()) model.claims.pop_back();  // taken, or a promise that cannot be kept
    }
    return model;
  }

  ConnectionFacts connection(const Model& model) {
    ConnectionFacts connection;
    connection.scheme = at().scheme;
    connection.local_port = at().port;
    if (below(3) != 0) connection.sni = RawHost(name());
    connection.protocol = below(2) == 0 ? Protocol::h1 : Protocol::h2;
    connection.certificate_names = model.virtual_hosts[below(model.virtual_hosts.size())].certificate;
    connection.policy = {below(2), below(2)};
    connection.listener = {below(2)};
    if (below(8) == 0) connection.peer = Peer::trusted_gateway;
    return connection;
  }

 private:
  std::mt19937_64 random_;
};

TEST(AuthorityTable, ThousandsOfSmallWorldsAgreeWithTheModel) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomWorlds worlds(seed);
  size_t named = 0, wildcards = 0, defaults = 0, nobody = 0, served = 0;
  for (int round = 0; round < 3000 && !testing::Test::HasFailure(); ++round) {
    Model model = worlds.world();
    auto table = model.build();
    ASSERT_TRUE(table);
    for (int i = 0; i < 40; ++i) {
      SchemePort at = worlds.at();
      Origin asked{at.scheme, host(worlds.host_text()), at.port};
      auto expected = model.find(at, asked.host);
      EXPECT_EQ(table->find(at, asked.host), expected) << asked.text();
      named += expected && expected->match == AuthorityTable::Match::exact;
      wildcards += expected && expected->match == AuthorityTable::Match::wildcard;
      defaults += expected && expected->match == AuthorityTable::Match::by_default;
      nobody += !expected;

      ConnectionFacts connection = worlds.connection(model);
      Asked request{asked, AuthorityField::host, {}};
      Verdict wanted = judge_request(connection, request, model.owner_of(asked, connection.listener));
      Verdict got = judge_request(connection, request, table->owner_of(asked, connection.listener));
      EXPECT_EQ(got.answer, wanted.answer) << asked.text();
      EXPECT_EQ(got.reason, wanted.reason) << asked.text();
      EXPECT_EQ(got.evidence.owner_policy, wanted.evidence.owner_policy) << asked.text();
      served += got.answer == Answer::serve;
    }
  }
  for (size_t seen : {named, wildcards, defaults, nobody, served}) EXPECT_GT(seen, 1000u);
}

TEST(AuthorityTable, ManyNames) {
  std::mt19937_64 random(7);
  AuthorityTableBuilder builder(UnownedAnswer::misdirected);
  std::vector<std::string> names;
  for (int i = 0; i < 20'000; ++i) {
    names.push_back("n" + std::to_string(i) + "." + std::string(random() % 60 + 1, 'x') + ".example");
    VirtualHostIndex owner = builder.add_virtual_host({}, {.claim = Claim::no_one});
    builder.own(owner, https443, owned(names.back()));
  }
  auto table = std::move(builder).build();
  ASSERT_TRUE(table);
  for (size_t i = 0; i < names.size(); ++i) {
    auto found = table->find(https443, host(names[i]));
    ASSERT_TRUE(found) << names[i];
    EXPECT_EQ(found->virtual_host, i);
    EXPECT_FALSE(table->find(https443, host("o" + names[i].substr(1)))) << names[i];
  }
}

}  // namespace
}  // namespace astray::gateway
