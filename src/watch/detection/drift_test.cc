// Live against configured: what differs is told, and is over when both say the same again.
#include <gtest/gtest.h>

#include "servers/nginx/nginx.h"
#include "tls/fake_certificate_source.h"
#include "watch/detection/small_world_test.h"

namespace astray::watch::test {
namespace {

/// An nginx of the names a.example and b.example, as World::of(…, 2) is one; `of_b`: more directives of
/// b.example.
class Configured {
 public:
  explicit Configured(const std::string& of_b) {
    certificates_.declare("/all.pem", {"a.example", "b.example"});
    certificates_.declare("/fallback.pem", {"fallback.test"});
    certificates_.declare_authorities("/ca.pem", {"CN=CA"});
    files_.add("/nginx.conf", R"(events {}
http {
  ssl_certificate /all.pem; ssl_certificate_key /all.key;
  server { listen 443 ssl http2 default_server; server_name fallback.test;
    ssl_certificate /fallback.pem; ssl_certificate_key /fallback.key; }
  server { listen 443 ssl http2; server_name a.example; }
  server { listen 443 ssl http2; server_name b.example; )" +
                                  of_b + "}\n}\n");
    const ReadOptions options{Version{1, 22, 1}, VersionBasis::given, "", {}, files_, certificates_};
    Result<Deployment> read = nginx_server.read("/nginx.conf", options);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    deployment_ = std::move(*read);
    behaviour_ = nginx_server.behaviour(deployment_);
    predictor_.emplace(std::vector<PredictedSite>{{&deployment_, behaviour_.get()}},
                       std::vector<ClientCertificate>());
  }
  const Predictor* predictor() const { return &*predictor_; }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
  std::optional<Predictor> predictor_;
};

constexpr const char* demands = "ssl_client_certificate /ca.pem; ssl_verify_client on; ";

World demanding(World world, std::initializer_list<size_t> nodes) {
  for (const size_t node : nodes) world.host(node, "b.example").demand = Demand::required;
  return world;
}

TEST(Drift, WhatIsAsConfiguredIsNotTold) {
  const Configured plain("");
  const World world = World::of(2, 2);
  Rounds rounds;
  rounds.predictor = plain.predictor();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rounds.ask(world), "");
  for (const CellRecord& record : rounds.last().answers) {
    if (!record.key.is_baseline()) continue;
    EXPECT_EQ(to_string(record.answer.agreement), "agrees") << record.key.authority;
  }
}

TEST(Drift, ANodeThatWasNotReloadedIsToldAtFirstSightAndEndsWithTheReload) {
  const Configured configured(demands);
  const World world = World::of(2, 2);
  Rounds rounds;
  rounds.predictor = configured.predictor();
  EXPECT_EQ(rounds.ask(demanding(world, {1})), "opened drift b.example 2\n");
  ASSERT_NE(rounds.problem(), nullptr);
  const Problem opened = *rounds.problem();
  EXPECT_NE(opened.sentence.find("otherwise than configured"), std::string::npos) << opened.sentence;
  EXPECT_NE(opened.sentence.find("nginx.conf"), std::string::npos) << opened.sentence;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rounds.ask(demanding(world, {1})), "");
  // That it demands a certificate now is a change; but it is the one that was wanted.
  EXPECT_EQ(rounds.ask(demanding(world, {1, 2})), "resolved drift b.example 2\n");
  EXPECT_EQ(rounds.last().events.front().problem.id, opened.id);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rounds.ask(demanding(world, {1, 2})), "");
  EXPECT_EQ(rounds.problem(), nullptr);
}

TEST(Drift, EndsAlsoWhenTheConfigurationFollowsWhatIsLive) {
  const Configured configured(demands), followed("");
  const World world = World::of(2, 2);
  Rounds rounds;
  rounds.predictor = configured.predictor();
  EXPECT_EQ(rounds.ask(world), "opened drift b.example 1,2\n");
  EXPECT_EQ(rounds.ask(world), "");
  rounds.predictor = followed.predictor();
  EXPECT_EQ(rounds.ask(world), "resolved drift b.example 1,2\n");
  EXPECT_EQ(rounds.ask(world), "");
}

TEST(Drift, AFaultThatDiffersFromTheConfigurationTooIsOneProblem) {
  const Configured plain("");
  const World well = World::of(2, 2);
  World broken = well;
  broken.host(2, "b.example").demand = Demand::required;
  Rounds rounds;
  rounds.predictor = plain.predictor();
  EXPECT_EQ(rounds.ask(well), "");
  EXPECT_EQ(rounds.ask(broken), "opened authentication-changed b.example 2\n");
  EXPECT_EQ(rounds.ask(broken), "");
  EXPECT_EQ(rounds.ask(well), "resolved authentication-changed b.example 2\n");
}

}  // namespace
}  // namespace astray::watch::test
