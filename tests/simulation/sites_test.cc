// What a whole run says about origins that are right, and about those that are wrong in one way.
#include <gtest/gtest.h>

#include "simulation/world.h"
#include "support/certificates.h"

namespace astray::simulation {
namespace {

class Sites : public ::testing::TestWithParam<AxesPreset> {
 protected:
  void run(OriginOptions options) { run(std::move(options), axes_of(GetParam())); }
  void run(OriginOptions options, Axes axes, ProbeOptions probe = {}) {
    axes.resume = true;
    origin = &world.add_origin(only_node, std::move(options));
    probe.connections_per_second = 0;
    world.run({node(only_node, three_names)}, axes, probe);
  }
  World world;
  Origin* origin = nullptr;
};
INSTANTIATE_TEST_SUITE_P(BothPresets, Sites, ::testing::Values(AxesPreset::polite, AxesPreset::full));

TEST_P(Sites, ATruthfulOriginAnswersEveryNameAsItself) {
  run(sites_of(three_names));
  EXPECT_EQ(world.count(CellVerdict::misdirected), 0u) << world.told();
  EXPECT_EQ(world.count(CellVerdict::failed), 0u) << world.told();
  EXPECT_EQ(world.count(CellVerdict::could_not_tell), 0u) << world.told();
  for (const std::string& name : three_names) {
    const SeenCell* cell = world.find(name, name, ConnectionUse::fresh);
    ASSERT_NE(cell, nullptr) << name;
    EXPECT_EQ(cell->verdict, CellVerdict::own);
    EXPECT_EQ(cell->seen.status, 200);
    EXPECT_EQ(cell->seen.stage, Stage::done);
    EXPECT_EQ(cell->seen.alpn, "h2");
    EXPECT_EQ(cell->seen.tls_version, "TLSv1.3");
    EXPECT_EQ(cell->seen.request_index, 0u);
    EXPECT_EQ(cell->seen.body.excerpt, "<h1>This is " + name + "</h1>");
    EXPECT_FALSE(cell->seen.resumed);
  }
  const SeenCell* reused = world.find("a.example", "b.example", ConnectionUse::reused);
  ASSERT_NE(reused, nullptr);
  EXPECT_EQ(reused->verdict, CellVerdict::own);
  EXPECT_GE(reused->seen.request_index, 1u);
  EXPECT_EQ(world.summary().connections, origin->traffic().connections);
  EXPECT_FALSE(world.summary().interrupted);
}

TEST_P(Sites, AnOriginThatAnswersByTheHandshakeMisdirects) {
  OriginOptions options = sites_of(three_names);
  options.answer = [](const Asked& asked) { return Answered{200, "<h1>This is " + asked.sni + "</h1>"}; };
  run(std::move(options));
  const SeenCell* cell = world.find("a.example", "b.example", ConnectionUse::reused);
  ASSERT_NE(cell, nullptr);
  EXPECT_EQ(cell->verdict, CellVerdict::misdirected) << world.told();
  EXPECT_EQ(world.find("b.example", "b.example", ConnectionUse::fresh)->verdict, CellVerdict::own);
}

TEST_P(Sites, AnOriginThatInsistsOnTheHandshakesNameRejectsWith421) {
  OriginOptions options = sites_of(three_names);
  options.answer = [](const Asked& asked) -> std::optional<Answered> {
    if (asked.sni.empty() || asked.sni == asked.host) return std::nullopt;
    return Answered{421, "<h1>Misdirected Request</h1>"};
  };
  run(std::move(options));
  EXPECT_EQ(world.find("a.example", "b.example", ConnectionUse::reused)->verdict, CellVerdict::rejected_421);
  EXPECT_EQ(world.count(CellVerdict::false_421), 0u) << world.told();
  EXPECT_EQ(world.count(CellVerdict::misdirected), 0u) << world.told();
}

TEST_P(Sites, A421OnANamesOwnConnectionIsFalse) {
  OriginOptions options = sites_of(three_names);
  options.answer = [](const Asked& asked) -> std::optional<Answered> {
    if (asked.host == "c.example") return Answered{421, "<h1>Misdirected Request</h1>"};
    return std::nullopt;
  };
  run(std::move(options));
  EXPECT_EQ(world.find("c.example", "c.example", ConnectionUse::fresh)->verdict, CellVerdict::false_421);
  EXPECT_EQ(world.find("a.example", "a.example", ConnectionUse::fresh)->verdict, CellVerdict::own);
}

TEST_P(Sites, OriginFramesAreTold) {
  OriginOptions options = sites_of(three_names);
  options.origin_frame = {"https://a.example", "https://b.example"};
  run(options);
  const SeenCell* cell = world.find("a.example", "a.example", ConnectionUse::fresh);
  EXPECT_TRUE(cell->seen.origin_frame);
  EXPECT_EQ(cell->seen.origin_set, options.origin_frame);
}

const test::TestCertificate& client_authority() {
  static const test::TestCertificate made =
      test::CertificateBuilder().common_name("Clients").authority().build();
  return made;
}

OriginOptions with_private_site(const std::string& scope) {
  OriginOptions options = sites_of(three_names);
  options.sites[2].demand = Demand::client_certificate;
  for (Site& site : options.sites) site.session_scope = scope.empty() ? site.name : scope;
  options.client_authorities = client_authority().pem();
  // Nobody comes in by another name's handshake.
  options.answer = [](const Asked& asked) -> std::optional<Answered> {
    if (asked.host == "c.example" && asked.sni != "c.example")
      return Answered{421, "<h1>Misdirected Request</h1>"};
    return std::nullopt;
  };
  return options;
}

/// Without a client certificate, and with one that the private site accepts.
Axes both_ways(AxesPreset preset) {
  Axes axes = axes_of(preset);
  axes.client_certificates = {std::nullopt, 0};
  axes.snis = {{Spelling::plain, {}}};
  axes.hosts = {{Spelling::plain, {}}};
  return axes;
}

ProbeOptions with_client_certificate() {
  const test::TestCertificate client =
      test::CertificateBuilder().common_name("me").issued_by(client_authority()).build();
  ProbeOptions options;
  options.contact.client_certificates = {
      tls::Identity::parse(client.pem(), client.key_pem(), "me.pem").value()};
  return options;
}

/// A session of another name, offered to the name that wants a certificate.
size_t count_bypasses(const World& world) {
  size_t bypasses = 0;
  for (const SeenCell& cell : world.cells()) {
    if (cell.verdict != CellVerdict::authentication_bypass) continue;
    EXPECT_EQ(cell.request.name, "c.example") << to_string(cell);
    ++bypasses;
  }
  return bypasses;
}

TEST_P(Sites, ResumptionOpensWhatNeedsACertificate) {
  run(with_private_site("everyone"), both_ways(GetParam()), with_client_certificate());
  EXPECT_GT(origin->traffic().resumed, 0u);
  EXPECT_GT(count_bypasses(world), 0u) << world.told();
}

TEST_P(Sites, ASessionOfItsOwnScopeOpensNothing) {
  run(with_private_site(""), both_ways(GetParam()), with_client_certificate());
  EXPECT_EQ(count_bypasses(world), 0u) << world.told();
  const SeenCell* refused = world.find("c.example", "c.example", ConnectionUse::fresh);
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->verdict, CellVerdict::rejected_handshake);
  EXPECT_EQ(refused->seen.alert, "certificate_required");
  EXPECT_EQ(refused->seen.stage, Stage::handshake);
}

}  // namespace
}  // namespace astray::simulation
