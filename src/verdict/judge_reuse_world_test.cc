// A small world taken whole: the golden table of every ladder, and what must hold for every combination of
// facts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "support/golden.h"
#include "verdict/every_combination.h"
#include "verdict/judge_reuse.h"
#include "verdict/reuse_world.h"

namespace astray::judge_reuse_world_test {
namespace {

using test::EveryCombination;
using test::ReuseWorld;

/// How the addresses of the request's name relate to the connection's.
enum class Addresses { same, overlapping, disjoint, unknown };

std::string_view to_string(Addresses addresses) {
  switch (addresses) {
    case Addresses::same:
      return "same";
    case Addresses::overlapping:
      return "overlap";
    case Addresses::disjoint:
      return "other";
    case Addresses::unknown:
      return "unknown";
  }
  return {};
}

void resolve(ReuseWorld& world, Addresses addresses) {
  switch (addresses) {
    case Addresses::same:
      return world.resolve({"192.0.2.1", "192.0.2.2"});
    case Addresses::overlapping:  // not the one that the connection reached
      return world.resolve({"192.0.2.2"});
    case Addresses::disjoint:
      return world.resolve({"198.51.100.1"});
    case Addresses::unknown:
      world.request.dns.reset();
      return;
  }
}

enum class OriginFrame { none, includes, excludes };

void receive(ReuseWorld& world, OriginFrame frame) {
  if (frame == OriginFrame::includes) world.list_origins({"https://b.example"});
  if (frame == OriginFrame::excludes) world.list_origins({"https://c.example"});
}

/// One profile stands for all that share its ladder, as most do that never coalesce.
std::vector<const ClientProfile*> distinct_ladders() {
  std::vector<const ClientProfile*> profiles;
  for (const ClientProfile* profile : all_client_profiles()) {
    bool seen = std::any_of(profiles.begin(), profiles.end(), [&](const ClientProfile* other) {
      return other->ladder.data() == profile->ladder.data();
    });
    if (!seen) profiles.push_back(profile);
  }
  return profiles;
}

std::string_view title(const ClientProfile& profile) {
  return profile.id == "curl" ? "curl, go, java, …" : profile.id;
}

std::string lines(const ReuseWorld& world) {
  std::string text;
  for (const ClientProfile* profile : distinct_ladders()) {
    ReuseVerdict verdict = judge_reuse(*profile, world.connection, world.request);
    text += fmt::format("{:<22} {:<15} {:<26} {}\n", title(*profile), to_string(verdict.answer),
                        to_string(verdict.reason), verdict.rung == nullptr ? "-" : verdict.rung->id);
  }
  return text;
}

TEST(JudgeReuseWorld, OutcomeTable) {
  std::string table =
      "# judge_reuse: a request for https://b.example and a connection that was opened for "
      "https://a.example.\n"
      "# Client, answer, reason, rung that decided (\"-\": the end of the ladder).\n"
      "# addresses overlap: DNS shares an address of a.example, though not the one that the connection "
      "reached.\n";
  EveryCombination::run([&](EveryCombination& choose) {
    ReuseWorld world;
    Protocol protocol = choose.of({Protocol::h2, Protocol::h3});
    Addresses addresses =
        choose.of({Addresses::same, Addresses::overlapping, Addresses::disjoint, Addresses::unknown});
    OriginFrame frame = choose.of({OriginFrame::none, OriginFrame::includes, OriginFrame::excludes});
    std::string_view certificate = choose.of<std::string_view>({"b.example", "a.example"});
    world.over(protocol);
    resolve(world, addresses);
    receive(world, frame);
    world.certify({"a.example", certificate});
    std::string_view frames[] = {"no ORIGIN frame", "ORIGIN names b", "ORIGIN leaves b out"};
    table += fmt::format("\n## {}; addresses {}; {}; certificate {} b\n{}", to_string(protocol),
                         to_string(addresses), frames[static_cast<size_t>(frame)],
                         certificate == "b.example" ? "covers" : "does not cover", lines(world));
  });
  test::expect_golden(ASTRAY_SOURCE_DIR "/src/verdict/golden/judge_reuse.txt", table);
}

struct Deviation {
  std::string_view title;
  void (*apply)(ReuseWorld&);
};

const Deviation deviations[] = {
    {"nothing (h2, same addresses, covered)", [](ReuseWorld&) {}},
    {"the same origin", [](ReuseWorld& w) { w.request.origin = w.connection.origin; }},
    {"the same origin, another partition",
     [](ReuseWorld& w) {
       w.request.origin = w.connection.origin;
       w.request.partition = Partition::other;
     }},
    {"the same origin, retried after a 421",
     [](ReuseWorld& w) {
       w.request.origin = w.connection.origin;
       w.request.attempt = Attempt::after_421;
     }},
    {"the same origin, draining",
     [](ReuseWorld& w) {
       w.request.origin = w.connection.origin;
       w.connection.liveness = Liveness::draining;
     }},
    {"the same origin, the request is proxied",
     [](ReuseWorld& w) {
       w.request.origin = w.connection.origin;
       w.request.route = Route::proxied;
     }},
    {"an alternative on another port answered", [](ReuseWorld& w) { w.connection.peer_port = Port(8443); }},
    {"the same host, another port",
     [](ReuseWorld& w) { w.request.origin = test::origin("https://a.example:8443"); }},
    {"http for the other name", [](ReuseWorld& w) { w.request.origin = test::origin("http://b.example"); }},
    {"h1", [](ReuseWorld& w) { w.over(Protocol::h1); }},
    {"another port", [](ReuseWorld& w) { w.request.origin = test::origin("https://b.example:8443"); }},
    {"DNS gives no address", [](ReuseWorld& w) { w.resolve({}); }},
    {"the reached address is unknown", [](ReuseWorld& w) { w.connection.peer.reset(); }},
    {"the certificate was clicked through",
     [](ReuseWorld& w) { w.connection.trust = CertificateTrust::overridden; }},
    {"a client certificate was sent",
     [](ReuseWorld& w) { w.connection.client_certificate = ClientCertificateUse::sent; }},
    {"both proxied", [](ReuseWorld& w) { w.connection.route = w.request.route = Route::proxied; }},
    {"the request is proxied", [](ReuseWorld& w) { w.request.route = Route::proxied; }},
    {"another partition", [](ReuseWorld& w) { w.request.partition = Partition::other; }},
    {"SETTINGS awaited", [](ReuseWorld& w) { w.connection.settings = SettingsState::awaited; }},
    {"draining", [](ReuseWorld& w) { w.connection.liveness = Liveness::draining; }},
    {"no stream left", [](ReuseWorld& w) { w.connection.streams_left = 0; }},
    {"the same origin, after a 421 for it",
     [](ReuseWorld& w) {
       w.request.origin = w.connection.origin;
       w.connection.misdirected = {&w.connection.origin, 1};
     }},
    {"after a 421 for this origin",
     [](ReuseWorld& w) {
       w.connection.misdirected = {&w.request.origin, 1};
     }},
    {"marked by an earlier 421", [](ReuseWorld& w) { w.connection.mark = CoalescingMark::marked; }},
    {"retried after a 421", [](ReuseWorld& w) { w.request.attempt = Attempt::after_421; }},
    {"carried b before, DNS moved since",
     [](ReuseWorld& w) {
       w.listed_origins = {w.request.origin};
       w.connection.aliases = w.listed_origins;
       w.resolve({"198.51.100.1"});
     }},
    {"a pin is violated", [](ReuseWorld& w) { w.request.pins = KeyPins::violated; }},
    {"no Certificate Transparency", [](ReuseWorld& w) { w.request.transparency = Transparency::not_met; }},
    {"the HTTPS record excludes the protocol",
     [](ReuseWorld& w) { w.request.service_record = ServiceRecord::forbids_protocol; }},
    {"a WebSocket without extended CONNECT", [](ReuseWorld& w) { w.request.kind = RequestKind::websocket; }},
    {"WebTransport with extended CONNECT",
     [](ReuseWorld& w) {
       w.request.kind = RequestKind::webtransport;
       w.connection.extended_connect = ExtendedConnect::on;
     }},
    {"an application's own host name verifier",
     [](ReuseWorld& w) { w.request.verifier = HostnameVerifier::custom; }},
};

std::vector<size_t> every_deviation() {
  std::vector<size_t> indices(std::size(deviations));
  std::iota(indices.begin(), indices.end(), size_t{0});
  return indices;
}

TEST(JudgeReuseWorld, OneDeviationAtATime) {
  std::string table =
      "# judge_reuse: a request for https://b.example that may go on the h2 connection to https://a.example "
      "in every\n"
      "# respect but the one in the heading. Client, answer, reason, rung that decided.\n";
  for (const Deviation& deviation : deviations) {
    ReuseWorld world;
    deviation.apply(world);
    table += fmt::format("\n## {}\n{}", deviation.title, lines(world));
  }
  test::expect_golden(ASTRAY_SOURCE_DIR "/src/verdict/golden/judge_reuse_deviations.txt", table);
}

// A rung that never decides is dead, or stands behind another one that says the same.
TEST(JudgeReuseWorld, EveryRungDecidesSomewhere) {
  for (const ClientProfile* profile : distinct_ladders()) {
    std::set<const Rung*> deciders;
    EveryCombination::run([&](EveryCombination& choose) {
      ReuseWorld world;
      Protocol protocol = choose.of({Protocol::h1, Protocol::h2, Protocol::h3});
      world.over(protocol);
      resolve(world, choose.of({Addresses::same, Addresses::overlapping, Addresses::disjoint}));
      receive(world, choose.of({OriginFrame::none, OriginFrame::includes, OriginFrame::excludes}));
      world.certify({"a.example", choose.of<std::string_view>({"b.example", "a.example"})});
      uint32_t streams = choose.of({1u, 0u});
      const Deviation* deviation = &deviations[choose.of(every_deviation())];
      world.connection.streams_left = streams;
      deviation->apply(world);
      world.over(protocol);
      deciders.insert(judge_reuse(*profile, world.connection, world.request).rung);
    });
    for (const Rung& rung : profile->ladder) {
      EXPECT_TRUE(deciders.contains(&rung)) << profile->id << ": " << rung.id << " decides nothing";
    }
  }
}

// ---- Properties over every combination

/// Runs visit(world, addresses) for a product of facts; the request is for another origin.
template <typename Visit>
size_t for_every_world(Visit visit) {
  ReuseWorld world;
  const Origin same_port = test::origin("https://b.example"),
               other_port = test::origin("https://b.example:8443");
  return EveryCombination::run([&](EveryCombination& choose) {
    world.over(choose.of({Protocol::h1, Protocol::h2, Protocol::h3}));
    Addresses addresses =
        choose.of({Addresses::same, Addresses::overlapping, Addresses::disjoint, Addresses::unknown});
    resolve(world, addresses);
    world.connection.origin_set.reset();
    receive(world, choose.of({OriginFrame::none, OriginFrame::includes, OriginFrame::excludes}));
    world.certify({"a.example", choose.of<std::string_view>({"b.example", "a.example"})});
    world.request.origin =
        choose.of({&same_port, &other_port})->text() == same_port.text() ? same_port : other_port;
    world.connection.trust = choose.of({CertificateTrust::accepted, CertificateTrust::overridden});
    world.connection.client_certificate =
        choose.of({ClientCertificateUse::not_sent, ClientCertificateUse::sent});
    world.connection.route = choose.of({Route::direct, Route::proxied});
    world.connection.settings = choose.of({SettingsState::received, SettingsState::awaited});
    world.connection.mark = choose.of({CoalescingMark::none, CoalescingMark::marked});
    world.request.partition = choose.of({Partition::same, Partition::other});
    world.request.attempt = choose.of({Attempt::first, Attempt::after_421});
    world.request.kind = choose.of({RequestKind::plain, RequestKind::websocket});
    visit(world, addresses);
  });
}

ReuseAnswer answer(const ClientProfile& profile, const ReuseWorld& world,
                   UnknownAddresses unknown = UnknownAddresses::could_not_tell) {
  return judge_reuse(profile, world.connection, world.request, unknown).answer;
}

TEST(JudgeReuseWorld, ANeverCoalescerNeverReusesForAnotherOrigin) {
  std::vector<const ClientProfile*> never;
  for (const ClientProfile* profile : all_client_profiles()) {
    if (profile->coalescing == Coalescing::never) never.push_back(profile);
  }
  ASSERT_EQ(never.size(), 13u);
  for_every_world([&](const ReuseWorld& world, Addresses) {
    for (const ClientProfile* profile : never) ASSERT_EQ(answer(*profile, world), ReuseAnswer::open_new);
  });
}

TEST(JudgeReuseWorld, WhatOurOwnPoliciesReuseTheRfcsAllow) {
  const ClientProfile& rfc = *find_client_profile("rfc9113");
  for (const std::string_view policy : {"strict", "origin-frame"}) {
    const ClientProfile& own = *find_client_profile(policy);
    size_t own_reuses = 0, rfc_reuses = 0;
    for_every_world([&](const ReuseWorld& world, Addresses) {
      bool allowed = answer(rfc, world) == ReuseAnswer::reuse;
      rfc_reuses += allowed ? 1 : 0;
      if (answer(own, world) != ReuseAnswer::reuse) return;
      ++own_reuses;
      ASSERT_TRUE(allowed) << policy;
    });
    EXPECT_GT(own_reuses, 0u) << policy;
    EXPECT_GT(rfc_reuses, own_reuses) << policy;
  }
}

TEST(JudgeReuseWorld, AnOriginFrameAloneCoalescesUnderOriginFrame) {
  const ClientProfile& profile = *find_client_profile("origin-frame");
  for_every_world([&](const ReuseWorld& world, Addresses) {
    if (answer(profile, world) != ReuseAnswer::reuse) return;
    ASSERT_TRUE(world.connection.origin_set.has_value());
    ASSERT_EQ(judge_reuse(profile, world.connection, world.request).reason, Reason::origin_set_includes);
  });
}

// strict is an extract of them all: a browser reuses whatever strict reuses over HTTP/2.
TEST(JudgeReuseWorld, WhatStrictReusesEveryCoalescerReuses) {
  const ClientProfile& strict = *find_client_profile("strict");
  for_every_world([&](const ReuseWorld& world, Addresses) {
    if (world.connection.protocol != Protocol::h2 || answer(strict, world) != ReuseAnswer::reuse) return;
    for (const char* id : {"chromium-h2", "firefox-h2", "firefox-h2-aggressive", "safari", "okhttp"})
      ASSERT_EQ(answer(*find_client_profile(id), world), ReuseAnswer::reuse) << id;
  });
}

TEST(JudgeReuseWorld, NobodyReusesBeyondTheCertificate) {
  size_t gaps = 0;
  auto profiles = distinct_ladders();
  for_every_world([&](const ReuseWorld& world, Addresses) {
    if (world.certificate.back() == test::dns_name("b.example")) return;
    ++gaps;
    for (const ClientProfile* profile : profiles)
      ASSERT_EQ(answer(*profile, world), ReuseAnswer::open_new) << profile->id;
  });
  EXPECT_GT(gaps, 0u);
}

// What is decided without DNS stays decided whatever DNS then says.
TEST(JudgeReuseWorld, KnowingMoreNeverOverturnsADecision) {
  auto profiles = distinct_ladders();
  size_t undecided = 0;
  for_every_world([&](ReuseWorld& world, Addresses addresses) {
    if (addresses != Addresses::unknown) return;
    for (const ClientProfile* profile : profiles) {
      ReuseAnswer blind = answer(*profile, world);
      std::set<ReuseAnswer> informed;
      for (Addresses known : {Addresses::same, Addresses::overlapping, Addresses::disjoint}) {
        resolve(world, known);
        informed.insert(answer(*profile, world));
      }
      world.request.dns.reset();
      if (blind == ReuseAnswer::could_not_tell) {
        ++undecided;
        ASSERT_TRUE(informed.size() > 1 || informed.contains(ReuseAnswer::could_not_tell)) << profile->id;
      } else {
        ASSERT_EQ(informed, std::set<ReuseAnswer>{blind}) << profile->id;
      }
    }
  });
  EXPECT_GT(undecided, 0u);
}

TEST(JudgeReuseWorld, AssumingAddressesIsKnowingThemEqual) {
  auto profiles = distinct_ladders();
  for_every_world([&](ReuseWorld& world, Addresses addresses) {
    if (addresses != Addresses::unknown) return;
    for (const ClientProfile* profile : profiles) {
      ReuseVerdict assumed =
          judge_reuse(*profile, world.connection, world.request, UnknownAddresses::assume_same_address);
      resolve(world, Addresses::same);
      ReuseVerdict known = judge_reuse(*profile, world.connection, world.request);
      world.request.dns.reset();
      ASSERT_EQ(assumed.answer, known.answer) << profile->id;
      ASSERT_EQ(assumed.reason, known.reason) << profile->id;
      if (assumed.basis == AddressBasis::assumed) {
        ASSERT_NE(assumed.answer, ReuseAnswer::open_new) << profile->id;
      }
    }
  });
}

}  // namespace
}  // namespace astray::judge_reuse_world_test
