#include "probe/outlook.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "probe/fake_world_test.h"

namespace astray::test::outlook_test {
namespace {

const std::vector<std::string> both = {"a.example", "b.example"};

std::vector<IpAddress> addresses(std::initializer_list<std::string_view> texts) {
  std::vector<IpAddress> parsed;
  for (const std::string_view text : texts) parsed.push_back(IpAddress::parse(text).value());
  return parsed;
}

struct World {
  std::vector<std::string> certificate = both;
  ChainTrust trust = ChainTrust::trusted;
  AlpnOffer alpn = AlpnOffer::h2;
  ClientCertificateIndex client_certificate{};
  std::vector<std::string> origin_set{};
  bool origin_frame = false;
  size_t pinned = 0;  ///< ProbeNode::name_addresses
  std::vector<ResolvedName> resolved = {{"a.example", addresses({"192.0.2.1"})},
                                        {"b.example", addresses({"192.0.2.1", "192.0.2.2"})}};
  int status_of_b = 200;
  ConnectionUse use = ConnectionUse::reused;
};

ProbeSummary outlook_of(const World& world, std::vector<std::string_view> client_ids) {
  std::vector<const ClientProfile*> clients;
  for (const std::string_view id : client_ids) clients.push_back(find_client_profile(id));
  ProbeNode node = https_node("192.0.2.1:443", both);
  node.name_addresses.assign(2, world.pinned);
  Assessor assessor({node}, world.resolved, nullptr, clients);
  const auto ask = [&](ConnectionQuestion connection, const RequestQuestion& request, Observation seen) {
    connection.client_certificate = world.client_certificate;
    fill_connection(seen, connection, certificate_for(world.certificate));
    seen.trust = world.trust;
    seen.client_certificate_requested = world.client_certificate.has_value();
    seen.origin_frame = world.origin_frame;
    seen.origin_set = world.origin_set;
    assessor.assess(connection, request, std::move(seen));
  };
  for (const std::string& name : both)
    ask(connection_to("192.0.2.1:443", name, world.alpn), request_of(name), page(200, name));
  ConnectionQuestion reused = connection_to("192.0.2.1:443", "a.example", world.alpn);
  reused.use = world.use;
  ask(reused, request_of("b.example"), page(world.status_of_b, world.status_of_b == 200 ? "b.example" : ""));
  return assessor.summarize();
}

std::string told(const ProbeSummary& summary) {
  std::string text;
  for (const OutlookRow& row : summary.outlook) {
    text += fmt::format("{}>{} {}: {} {}", row.from, row.to, fmt::join(row.clients, "+"),
                        to_string(row.answer), to_string(row.reason));
    if (row.answer == ReuseAnswer::reuse)
      text += fmt::format(", gets {} by {}", to_string(row.would_get), to_string(row.evidence));
    text += "; ";
  }
  return text;
}

TEST(Outlook, ClientsThatDecideAlikeShareARow) {
  EXPECT_EQ(
      told(outlook_of({}, {"chromium-h2", "firefox-h2", "okhttp"})),
      "a.example>b.example chromium-h2+firefox-h2+okhttp: reuse coalesced, gets own by reused-connection; ");
}

TEST(Outlook, ClientsThatNeverCoalesceAreLeftOut) {
  EXPECT_EQ(told(outlook_of({}, {"curl", "go"})), "");
}

TEST(Outlook, FactsOfTheRunDecide) {
  World world;
  world.certificate = {"a.example"};
  EXPECT_EQ(told(outlook_of(world, {"chromium-h2"})),
            "a.example>b.example chromium-h2: open-new certificate-gap; ");
  world = {};
  world.trust = ChainTrust::untrusted;
  EXPECT_EQ(told(outlook_of(world, {"chromium-h2"})),
            "a.example>b.example chromium-h2: open-new certificate-error; ");
  world = {};
  world.alpn = AlpnOffer::h1;
  EXPECT_EQ(told(outlook_of(world, {"okhttp"})), "a.example>b.example okhttp: open-new not-multiplexed; ");
  world = {};
  world.client_certificate = 0;
  EXPECT_EQ(told(outlook_of(world, {"firefox-h2"})),
            "a.example>b.example firefox-h2: open-new client-certificate-sent; ");
  world = {};
  world.resolved[1].addresses = addresses({"192.0.2.9"});
  EXPECT_EQ(told(outlook_of(world, {"chromium-h2"})),
            "a.example>b.example chromium-h2: open-new address-differs; ");
  // Firefox asks the ORIGIN set first, and keeps to it; Chromium does not read it over HTTP/2.
  world = {};
  world.origin_frame = true;
  world.origin_set = {"https://c.example"};
  EXPECT_EQ(
      told(outlook_of(world, {"chromium-h2", "firefox-h2"})),
      "a.example>b.example chromium-h2: reuse coalesced, gets own by reused-connection; a.example>b.example "
      "firefox-h2: open-new origin-set-excludes; ");
}

TEST(Outlook, WhatHttp2GotCountsBeforeHttp1) {
  Assessor assessor({https_node("192.0.2.1:443", both)}, {}, nullptr, {find_client_profile("chromium-h2")});
  const auto ask = [&](ConnectionQuestion connection, const std::string& host, ConnectionUse use,
                       Observation seen) {
    connection.use = use;
    const RequestQuestion request = request_of(host);
    if (seen.failure == ProbeFailure::none) fill_connection(seen, connection, certificate_for(both));
    assessor.assess(connection, request, std::move(seen));
  };
  const auto h1 = connection_to("192.0.2.1:443", "a.example", AlpnOffer::h1);
  const auto h2 = connection_to("192.0.2.1:443", "a.example", AlpnOffer::h2);
  ask(h2, "a.example", ConnectionUse::fresh, page(200, "a"));
  ask(connection_to("192.0.2.1:443", "b.example"), "b.example", ConnectionUse::fresh, page(200, "b"));
  Observation over;
  over.failure = ProbeFailure::closed_early;
  ask(h2, "b.example", ConnectionUse::reused, over);
  ask(h1, "b.example", ConnectionUse::reused, page(404, ""));
  ask(h2, "b.example", ConnectionUse::reused, page(200, "b"));
  ask(h1, "b.example", ConnectionUse::reused, page(404, ""));
  EXPECT_EQ(told(assessor.summarize()),
            "a.example>b.example chromium-h2: reuse coalesced, gets own by reused-connection; ");
}

TEST(Outlook, AddressesNobodyKnowsAreNotGuessed) {
  World world;
  world.resolved.clear();
  world.pinned = 1;  // one node answers for each name, by DNS that is not at hand
  EXPECT_EQ(told(outlook_of(world, {"chromium-h2"})),
            "a.example>b.example chromium-h2: could-not-tell dns-unanswered; ");
  // The user said where both names are.
  world.pinned = 0;
  EXPECT_EQ(told(outlook_of(world, {"chromium-h2"})),
            "a.example>b.example chromium-h2: reuse coalesced, gets own by reused-connection; ");
}

TEST(Outlook, WithoutAReusedConnectionTheFreshOneIsTaken) {
  World world;
  world.use = ConnectionUse::fresh;
  world.status_of_b = 404;
  const ProbeSummary summary = outlook_of(world, {"chromium-h2"});
  EXPECT_EQ(told(summary),
            "a.example>b.example chromium-h2: reuse coalesced, gets rejected-404 by fresh-connection; ");
  ASSERT_EQ(summary.findings.size(), 1u);
  EXPECT_NE(summary.findings[0].sentence.find("seen on a fresh connection"), std::string::npos);
}

TEST(Outlook, HazardsWeighAsMuchAsPeopleSeeOfThem) {
  const struct {
    int status;
    std::string_view client;
    std::string_view expected;
  } cases[] = {
      {200, "chromium-h2", ""}, {404, "chromium-h2", "error"}, {403, "firefox-h2", "error"},
      {400, "okhttp", "error"}, {421, "chromium-h2", "info"},  {421, "firefox-h2", "info"},
      {421, "okhttp", "info"},  {421, "safari", "warning"},
  };
  for (const auto& given : cases) {
    World world;
    world.status_of_b = given.status;
    const ProbeSummary summary = outlook_of(world, {given.client});
    std::string severities;
    for (const ProbeFinding& finding : summary.findings) {
      EXPECT_EQ(finding.kind, ProbeFindingKind::coalescing_hazard);
      EXPECT_EQ(finding.from, "a.example");
      EXPECT_EQ(finding.to, "b.example");
      EXPECT_EQ(finding.cells, std::vector<uint64_t>{3});
      EXPECT_NE(finding.sentence.find(given.client), std::string::npos);
      severities += to_string(finding.severity);
    }
    EXPECT_EQ(severities, given.expected) << given.status << " " << given.client;
  }
}

}  // namespace
}  // namespace astray::test::outlook_test
