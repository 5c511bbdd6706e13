#include "gateway/ownership/owners.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/configuration/read_configuration.h"
#include "support/certificates.h"
#include "support/temporary_folder.h"
#include "tls/file_certificate_source.h"
#include "verdict/ownership.h"

namespace astray::gateway {
namespace {

using test::CertificateBuilder;
using test::TestCertificate;

const SchemePort https{Scheme::https, Port(443)}, http{Scheme::http, Port(80)};

/// Files of one configuration over its reloads.
class OwnersWorld {
 public:
  OwnersWorld() {
    issue("both", {"a.example", "b.example"});
    issue("a", {"a.example"});
    issue("wild", {"*.w.example"});
    folder.write("people.pem", CertificateBuilder().common_name("People").authority().build().pem());
    folder.write("others.pem", CertificateBuilder().common_name("Others").authority().build().pem());
  }
  void issue(const std::string& name, const std::vector<std::string>& names) const {
    const TestCertificate made = CertificateBuilder().common_name(name).names(names).build();
    folder.write(name + ".pem", made.pem());
  }
  /// `virtual_hosts`: one on each line, "label: {…}" without routes.
  std::shared_ptr<const Owners> owners(const std::vector<std::string>& virtual_hosts) const {
    std::string yaml =
        "listeners:\n"
        "  tls: {address: \"10.0.0.1:443\"}\n"
        "  clear: {address: \"10.0.0.1:80\", tls: false}\n"
        "  moved: {address: \"10.0.0.1:8443\", public_port: 444}\n"
        "backs: {app: {addresses: [\"10.0.0.9:80\"]}}\n"
        "virtual_hosts:\n";
    for (const std::string& each : virtual_hosts) {
      yaml += "  " + each.substr(0, each.size() - 1) + ", routes: [{backs: [app]}]}\n";
    }
    ReadConfiguration read = read_configuration(yaml, folder.path());
    for (const auto& problem : read.problems) ADD_FAILURE() << describe(problem, "owners");
    FileCertificateSource certificates;
    auto made = owners_of(read.configuration, certificates);
    if (!made) {
      told = describe(made.error().at(0), "owners");
      return nullptr;
    }
    return *made;
  }
  test::TemporaryFolder folder;
  mutable std::string told;
};

Ownership owner(const Owners& owners, SchemePort at, std::string_view host) {
  return owners.table->owner_of(Origin{at.scheme, Host::parse(host).value(), at.port}, {});
}

constexpr const char* with_both = "certificates: [{certificate: both.pem, key: both.key}]";

TEST(Owners, TlsAndClearHaveFactsOfTheirOwn) {
  const OwnersWorld world;
  const auto owners = world.owners(
      {fmt::format("a: {{names: [a.example], listeners: [tls, clear], {}, "
                   "client_authentication: {{mode: required, authorities: people.pem}}, protocols: [h2]}}",
                   with_both)});
  ASSERT_NE(owners, nullptr);
  const Ownership over_tls = owner(*owners, https, "a.example");
  EXPECT_EQ(over_tls.claim, Claim::by_name);
  EXPECT_NE(over_tls.policy.client_authentication, 0u);
  EXPECT_NE(over_tls.policy.tls, 0u);
  const auto found = owners->table->find(https, Host::parse("a.example").value());
  ASSERT_TRUE(found);
  EXPECT_EQ(owners->table->certificate_names_of(found->virtual_host).size(), 2u);
  EXPECT_EQ(over_tls.protocols, ProtocolSet::of(Protocol::h2));
  // Nothing is settled without a handshake.
  const Ownership clear = owner(*owners, http, "a.example");
  EXPECT_EQ(clear.claim, Claim::by_name);
  EXPECT_EQ(clear.policy, PolicyDigest{});
  EXPECT_EQ(clear.listener, ListenerDigest{});
  EXPECT_TRUE(clear.certificate_names.empty());
  // Both lead to the one virtual host of the configuration.
  EXPECT_EQ(owners->configured, (std::vector<uint32_t>{0, 0}));
}

TEST(Owners, ANameIsOwnedWhereItsVirtualHostListens) {
  const OwnersWorld world;
  const auto owners =
      world.owners({fmt::format("a: {{names: [a.example], {}}}", with_both),
                    fmt::format("b: {{names: [b.example], listeners: [moved], {}}}", with_both),
                    "plain: {names: [plain.example], listeners: [clear]}"});
  ASSERT_NE(owners, nullptr);
  const struct {
    SchemePort at;
    const char* host;
    Claim claim;
  } cases[] = {
      {https, "a.example", Claim::by_name},
      {{Scheme::https, Port(444)}, "a.example", Claim::by_name},  // the port that clients name
      {{Scheme::https, Port(8443)}, "a.example", Claim::no_one},
      {http, "a.example", Claim::no_one},  // all listeners means all with TLS
      {https, "b.example", Claim::no_one},
      {{Scheme::https, Port(444)}, "b.example", Claim::by_name},
      {http, "plain.example", Claim::by_name},
      {https, "plain.example", Claim::no_one},
      {https, "c.example", Claim::no_one},
      {{Scheme::http, Port(443)}, "a.example", Claim::no_one},
  };
  for (const auto& each : cases)
    EXPECT_EQ(owner(*owners, each.at, each.host).claim, each.claim)
        << each.host << " at " << each.at.port.number();
  EXPECT_EQ(owners->configured, (std::vector<uint32_t>{0, 1, 2, 2}));
}

TEST(Owners, OfSeveralCertificatesOnlyWhatAllHaveIsPromised) {
  const OwnersWorld world;
  const auto owners =
      world.owners({"a: {names: [a.example], certificates: [{certificate: both.pem, key: k}, {certificate: "
                    "a.pem, key: k}]}"});
  ASSERT_NE(owners, nullptr);
  ASSERT_EQ(owners->promised_names.at(0).size(), 1u);
  EXPECT_EQ(owners->promised_names[0][0].text(), "a.example");
}

TEST(Owners, WildcardsReachAnyDepthAndPromiseWhatTheCertificateCovers) {
  const OwnersWorld world;
  const auto owners =
      world.owners({"w: {names: [\"*.w.example\"], certificates: [{certificate: wild.pem, key: k}]}"});
  ASSERT_NE(owners, nullptr);
  EXPECT_EQ(owner(*owners, https, "x.w.example").claim, Claim::by_name);
  // RFC 9525: the certificate's wildcard is one label, so nobody could answer for two.
  EXPECT_EQ(owner(*owners, https, "x.y.w.example").claim, Claim::no_one);
  EXPECT_EQ(owner(*owners, https, "w.example").claim, Claim::no_one);
}

TEST(Owners, ALaboratoryPromisesItsNamesWhateverItsCertificate) {
  const OwnersWorld world;
  const auto owners =
      world.owners({"lab: {names: [lab.example, 192.0.2.1], certificates: [{certificate: a.pem, "
                    "key: k}], certificate_need_not_cover_names: true}"});
  ASSERT_NE(owners, nullptr);
  EXPECT_EQ(owner(*owners, https, "lab.example").claim, Claim::by_name);
  EXPECT_EQ(owner(*owners, https, "192.0.2.1").claim, Claim::by_name);
  EXPECT_EQ(owner(*owners, https, "a.example").claim, Claim::no_one)
      << "the certificate's name is nobody's here";
}

TEST(Owners, ANameThatTheCertificateDoesNotCoverCannotStand) {
  const OwnersWorld world;
  EXPECT_EQ(world.owners({"b: {names: [b.example], certificates: [{certificate: a.pem, key: k}]}"}), nullptr);
  EXPECT_NE(world.told.find("b.example"), std::string::npos) << world.told;
}

TEST(Owners, TwoOwnersOfOneNameCannotStand) {
  const OwnersWorld world;
  EXPECT_EQ(world.owners({fmt::format("one: {{names: [a.example], {}}}", with_both),
                          fmt::format("two: {{names: [a.example], {}}}", with_both)}),
            nullptr);
  EXPECT_NE(world.told.find("a.example"), std::string::npos) << world.told;
}

// ---- policies, by content

struct Comparison {
  const char* name;
  std::string one, other;
  bool same_clients, same_tls, same_listener;
};

TEST(Owners, PoliciesAreComparedByContent) {
  const OwnersWorld world;
  // The same content under another path, and in another order.
  const TestCertificate first = CertificateBuilder().common_name("First").authority().build();
  const TestCertificate second = CertificateBuilder().common_name("Second").authority().build();
  world.folder.write("two.pem", first.pem() + second.pem());
  world.folder.write("elsewhere/two.pem", second.pem() + first.pem() + second.pem());
  const std::string people = "client_authentication: {mode: required, authorities: people.pem}";
  const Comparison cases[] = {
      {"nothing said", "", "", true, true, true},
      {"the same set of authorities", "client_authentication: {mode: required, authorities: two.pem}",
       "client_authentication: {mode: required, authorities: elsewhere/two.pem}", true, true, true},
      {"another set", people, "client_authentication: {mode: required, authorities: others.pem}", false, true,
       true},
      {"another mode", people, "client_authentication: {mode: optional, authorities: people.pem}", false,
       true, true},
      {"another depth", people, "client_authentication: {mode: required, authorities: people.pem, depth: 1}",
       false, true, true},
      {"none at all", people, "", false, true, true},
      {"versions", "tls: {minimum: TLSv1.3}", "", true, false, true},
      {"the default spelled out", "tls: {minimum: TLSv1.2}", "", true, true, true},
      {"ciphers", "tls: {ciphers: [TLS_AES_128_GCM_SHA256]}", "", true, false, true},
      {"connections of its own", "coalesce: never", "", true, true, false},
      {"both their own", "coalesce: never", "coalesce: never", true, true, false},
  };
  for (const Comparison& each : cases) {
    SCOPED_TRACE(each.name);
    const auto line = [&](const char* label, const std::string& more) {
      return fmt::format("{0}: {{names: [{0}.example], {1}{2}{3}}}", label, with_both,
                         more.empty() ? "" : ", ", more);
    };
    const auto owners = world.owners({line("a", each.one), line("b", each.other)});
    ASSERT_NE(owners, nullptr);
    const Ownership one = owner(*owners, https, "a.example"), other = owner(*owners, https, "b.example");
    EXPECT_EQ(one.policy.client_authentication == other.policy.client_authentication, each.same_clients);
    EXPECT_EQ(one.policy.tls == other.policy.tls, each.same_tls);
    EXPECT_EQ(one.listener == other.listener, each.same_listener);
  }
}

TEST(Owners, AReloadOfTheSameContentChangesNothing) {
  const OwnersWorld world;
  const std::string one =
      "a: {names: [a.example, b.example], certificates: [{certificate: both.pem, key: k}], coalesce: never, "
      "client_authentication: {mode: required, authorities: people.pem}}";
  const std::string respelled =
      "renamed: {names: [B.example, a.EXAMPLE.], certificates: [{certificate: moved/both.pem, key: k}], "
      "coalesce: "
      "never, client_authentication: {mode: required, authorities: ./people.pem}}";
  world.issue("moved/both", {"b.example", "a.example"});
  const auto before = world.owners({one}), same = world.owners({one}), after = world.owners({respelled});
  ASSERT_TRUE(before && same && after);
  for (const auto& each : {same, after}) {
    EXPECT_EQ(owner(*each, https, "a.example").policy, owner(*before, https, "a.example").policy);
    EXPECT_EQ(owner(*each, https, "a.example").listener, owner(*before, https, "a.example").listener);
  }
}

}  // namespace
}  // namespace astray::gateway
