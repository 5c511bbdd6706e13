// Whole runs against small worlds: what is found, and above all what is not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "probe/fake_world_test.h"

namespace astray::test::worlds_test {
namespace {

const std::vector<std::string> names = {"a.example", "b.example", "c.example"};
const std::vector<std::string> all_names = {"a.example", "b.example", "c.example"};

FakeWorld three_sites(Demand demand_of_c = Demand::nothing) {
  return FakeWorld({{"a.example", "<h1>This is a</h1>", all_names, Demand::nothing},
                    {"b.example", "<h1>This is b</h1>", all_names, Demand::nothing},
                    {"c.example", "<h1>This is c</h1>", all_names, demand_of_c}});
}

std::string told(const RunResult& result) {
  std::string text;
  for (const ProbeFinding& finding : result.summary.findings)
    text += fmt::format("{} {} {} -> {}: {}\n", to_string(finding.severity), rule_id(finding.kind),
                        finding.from, finding.to, finding.sentence);
  return text;
}

std::set<ProbeFindingKind> kinds(const RunResult& result) {
  std::set<ProbeFindingKind> found;
  for (const ProbeFinding& finding : result.summary.findings) found.insert(finding.kind);
  return found;
}

Axes with(AxesPreset preset) {
  Axes axes;
  axes.preset = preset;
  axes.resume = true;
  return axes;
}

class Worlds : public ::testing::TestWithParam<AxesPreset> {};
INSTANTIATE_TEST_SUITE_P(BothPresets, Worlds, ::testing::Values(AxesPreset::polite, AxesPreset::full));

TEST_P(Worlds, ATruthfulServerYieldsNoFinding) {
  const FakeWorld world = three_sites();
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), world.as_function());
  EXPECT_EQ(told(result), "");
  EXPECT_EQ(result.summary.count(CellVerdict::misdirected), 0u);
  EXPECT_EQ(result.cell("a.example", "b.example", ConnectionUse::reused)->verdict, CellVerdict::own);
  EXPECT_EQ(result.cell("a.example", "b.example", ConnectionUse::reused)->reason, Reason::coalesced);
  EXPECT_EQ(result.cell("a.example", "a.example", ConnectionUse::fresh)->verdict, CellVerdict::own);
  EXPECT_EQ(result.summary.count(CellVerdict::could_not_tell), 0u);
}

TEST_P(Worlds, NginxRefusesToCarryProtectedNamesAndNobodyIsHarmed) {
  const FakeWorld world = three_sites(Demand::client_certificate);
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), world.as_function());
  // Refused with 421 on other names' connections, and with 400 on its own: what it gets on its own is no
  // hazard of coalescing.
  EXPECT_EQ(result.cell("a.example", "c.example", ConnectionUse::reused)->verdict, CellVerdict::rejected_421);
  EXPECT_EQ(result.cell("a.example", "c.example", ConnectionUse::reused)->reason,
            Reason::client_authentication_differs);
  EXPECT_EQ(result.cell("c.example", "c.example", ConnectionUse::fresh)->verdict, CellVerdict::rejected_400);
  EXPECT_EQ(result.summary.count(CellVerdict::authentication_bypass), 0u);
  EXPECT_EQ(result.summary.count(CellVerdict::false_421), 0u);
  EXPECT_EQ(told(result), "");
}

TEST_P(Worlds, ConnectionsThatEndAfterARefusalProveNothing) {
  const FakeWorld world = three_sites(Demand::client_certificate);
  const auto closing = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (connection.use == ConnectionUse::fresh || connection.sni != "c.example") return seen;
    Observation over;
    fill_connection(over, connection, seen.certificate);
    over.failure = ProbeFailure::closed_early;
    over.stage = Stage::request;
    return over;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), closing);
  EXPECT_EQ(told(result), "");
  EXPECT_GT(result.summary.count(CellVerdict::failed), 0u);
  for (const OutlookRow& row : result.summary.outlook) EXPECT_NE(row.would_get, CellVerdict::failed);
}

TEST_P(Worlds, AServerThatAnswersByTheHandshakeIsCaught) {
  const FakeWorld world = three_sites();
  const auto by_sni = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200) return seen;
    Observation wrong = page(200, world.site_of(canonical(connection.sni.value_or(""))).body);
    fill_connection(wrong, connection, seen.certificate);
    return wrong;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), by_sni);
  const SeenCell* cell = result.cell("a.example", "b.example", ConnectionUse::reused);
  EXPECT_EQ(cell->verdict, CellVerdict::misdirected);
  EXPECT_EQ(cell->answered_as, "a.example");
  const std::string over = GetParam() == AxesPreset::polite ? "h2" : "h1";
  EXPECT_EQ(cell->sentence, "192.0.2.1:443 answered b.example on the connection opened for a.example (" +
                                over +
                                ") with 200, which is the answer of a.example and not that of b.example");
  ASSERT_GE(result.count(ProbeFindingKind::coalescing_hazard), 3u);
  EXPECT_EQ(result.find(ProbeFindingKind::coalescing_hazard)->severity, ProbeSeverity::error);
  EXPECT_GE(result.count(ProbeFindingKind::misdirected), 6u);
  EXPECT_EQ(result.cell("a.example", "a.example", ConnectionUse::fresh)->verdict, CellVerdict::own);
}

TEST_P(Worlds, AServerThatRefusesEveryOtherNameIsADetour) {
  const FakeWorld world = three_sites();
  const auto strict = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200 || !connection.sni || canonical(*connection.sni) == canonical(*request.host))
      return seen;
    Observation refused = page(421, "");
    fill_connection(refused, connection, seen.certificate);
    return refused;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), strict);
  EXPECT_EQ(result.summary.count(CellVerdict::false_421), 0u);
  EXPECT_EQ(kinds(result), std::set{ProbeFindingKind::coalescing_hazard}) << told(result);
  std::set<ProbeSeverity> severities;
  for (const ProbeFinding& finding : result.summary.findings) severities.insert(finding.severity);
  // Chromium and Firefox try again; of Safari it is not known.
  EXPECT_EQ(severities, (std::set{ProbeSeverity::info, ProbeSeverity::warning}));
}

TEST_P(Worlds, A421ForTheOwnNameIsFalse) {
  const FakeWorld world = three_sites();
  const auto literal_compare = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200 || connection.sni == request.host) return seen;
    Observation refused = page(421, "");
    fill_connection(refused, connection, seen.certificate);
    return refused;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), literal_compare);
  size_t upper = 0, dot = 0, port = 0;
  for (const SeenCell& cell : result.cells) {
    if (cell.verdict != CellVerdict::false_421) continue;
    EXPECT_EQ(cell.reason, Reason::name_differs_from_sni);
    EXPECT_EQ(cell.connection.use, ConnectionUse::fresh);
    if (cell.request.spelling == Spelling::upper_case) ++upper;
    if (cell.request.spelling == Spelling::trailing_dot) ++dot;
    if (cell.request.spelling == Spelling::with_port) ++port;
    EXPECT_NE(cell.request.spelling, Spelling::wrong_port);
  }
  EXPECT_GT(upper, 0u);
  EXPECT_GT(dot, 0u);
  EXPECT_GT(port, 0u);
  ASSERT_NE(result.find(ProbeFindingKind::false_421), nullptr);
  EXPECT_EQ(result.find(ProbeFindingKind::false_421)->to, "a.example");
}

TEST_P(Worlds, ANameThatAlwaysGets421IsNamedAndNotTakenForForeign) {
  const FakeWorld world = three_sites();
  const auto refusing = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200 || canonical(*request.host) != "b.example") return seen;
    Observation refused = page(421, "");
    fill_connection(refused, connection, seen.certificate);
    return refused;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), refusing);
  EXPECT_EQ(kinds(result), std::set{ProbeFindingKind::false_421}) << told(result);
  EXPECT_EQ(result.find(ProbeFindingKind::false_421)->to, "b.example");
}

TEST_P(Worlds, A421OfAServerWhoseCertificateDoesNotCoverTheNameIsNotFalse) {
  const FakeWorld world({{"a.example", "<h1>This is a</h1>", {"a.example"}, Demand::nothing}});
  const auto refusing = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200 || canonical(*request.host) == "a.example") return seen;
    Observation refused = page(421, "");
    fill_connection(refused, connection, seen.certificate);
    return refused;
  };
  const RunResult result =
      run({https_node("192.0.2.1:443", {"a.example", "b.example"})}, with(GetParam()), refusing);
  EXPECT_EQ(result.summary.count(CellVerdict::false_421), 0u);
  const SeenCell* cell = result.cell("b.example", "b.example", ConnectionUse::fresh);
  EXPECT_EQ(cell->verdict, CellVerdict::rejected_421);
  EXPECT_EQ(cell->reason, Reason::unowned);
}

TEST_P(Worlds, AProtectedNameServedUnderAnotherSniIsABypass) {
  const FakeWorld world = three_sites(Demand::client_certificate);
  const auto careless = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 421) return seen;
    Observation served = page(200, world.site_of(canonical(*request.host)).body);
    fill_connection(served, connection, seen.certificate);
    return served;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), careless);
  const SeenCell* cell = result.cell("a.example", "c.example", ConnectionUse::fresh);
  EXPECT_EQ(cell->verdict, CellVerdict::authentication_bypass);
  EXPECT_EQ(cell->reason, Reason::client_authentication_differs);
  EXPECT_EQ(result.cell("a.example", "c.example", ConnectionUse::reused)->verdict,
            CellVerdict::authentication_bypass);
  EXPECT_EQ(result.cell("a.example", "b.example", ConnectionUse::fresh)->verdict, CellVerdict::own);
  ASSERT_NE(result.find(ProbeFindingKind::authentication_bypass), nullptr);
  EXPECT_EQ(result.find(ProbeFindingKind::authentication_bypass)->to, "c.example");
}

TEST_P(Worlds, AnotherSitesPageForAProtectedNameIsNoBypass) {
  const FakeWorld world = three_sites(Demand::client_certificate);
  const auto by_default = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 421) return seen;
    Observation served = page(200, world.site_of("a.example").body);
    fill_connection(served, connection, seen.certificate);
    return served;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), by_default);
  EXPECT_EQ(result.summary.count(CellVerdict::authentication_bypass), 0u);
  EXPECT_EQ(result.cell("b.example", "c.example", ConnectionUse::fresh)->verdict, CellVerdict::misdirected);
}

TEST_P(Worlds, ADefaultPageThatRepeatsTheHostIsNotTakenForABypass) {
  const FakeWorld world = three_sites(Demand::client_certificate);
  const auto by_default = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    const bool unknown = request.host == "unknown.invalid" || request.spelling == Spelling::address;
    if (seen.status != 421 && !unknown) return seen;
    Observation served = page(200, "There is no site " + *request.host);
    fill_connection(served, connection, seen.certificate);
    return served;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), by_default);
  EXPECT_EQ(told(result), "");
  EXPECT_EQ(result.cell("a.example", "c.example", ConnectionUse::fresh)->verdict,
            CellVerdict::could_not_tell);
}

TEST_P(Worlds, AResumedSessionThatPassesTheDemandIsABypass) {
  const FakeWorld world = three_sites(Demand::client_certificate);
  const auto resuming = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (!connection.session_of) return seen;
    seen.resumed = true;
    if (seen.status != 400) return seen;
    Observation served = page(200, world.site_of(canonical(*request.host)).body);
    fill_connection(served, connection, seen.certificate);
    served.resumed = true;
    return served;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), resuming);
  const ProbeFinding* finding = result.find(ProbeFindingKind::authentication_bypass);
  ASSERT_NE(finding, nullptr);
  EXPECT_NE(finding->sentence.find("resuming a session of a.example"), std::string::npos)
      << finding->sentence;
  EXPECT_NE(finding->next_step.find("sessions"), std::string::npos);
}

TEST_P(Worlds, PagesThatRepeatTheHostAreNotMisdirected) {
  const FakeWorld world = three_sites();
  const auto echo = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200) return seen;
    Observation answer = page(200, fmt::format("You asked for {} over {} with SNI {}", *request.host,
                                               to_string(seen.protocol), connection.sni.value_or("-")));
    fill_connection(answer, connection, seen.certificate);
    return answer;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), echo);
  EXPECT_EQ(told(result), "");
  EXPECT_EQ(result.summary.count(CellVerdict::misdirected), 0u);
}

TEST_P(Worlds, PagesWithANonceAreNotMisdirected) {
  const FakeWorld world = three_sites();
  int nonce = 0;
  const auto changing = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200) return seen;
    Observation answer =
        page(200, fmt::format("{} {}", world.site_of(canonical(*request.host)).body, ++nonce));
    fill_connection(answer, connection, seen.certificate);
    return answer;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), changing);
  EXPECT_EQ(told(result), "");
  EXPECT_EQ(result.summary.count(CellVerdict::misdirected), 0u);
  // Every page is new, so nothing tells one name's from another's.
  EXPECT_EQ(result.cell("a.example", "b.example", ConnectionUse::fresh)->verdict, CellVerdict::indistinct);
}

TEST_P(Worlds, OneChangingPageAmongSteadyOnesIsStillTold) {
  const FakeWorld world = three_sites();
  int nonce = 0;
  const auto changing = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200 || canonical(*request.host) != "b.example") return seen;
    Observation answer = page(200, fmt::format("<h1>This is b</h1> {}", ++nonce));
    fill_connection(answer, connection, seen.certificate);
    return answer;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), changing);
  EXPECT_EQ(told(result), "");
  EXPECT_EQ(result.cell("a.example", "b.example", ConnectionUse::fresh)->verdict, CellVerdict::own);
  EXPECT_EQ(result.cell("b.example", "a.example", ConnectionUse::fresh)->verdict, CellVerdict::own);
}

TEST_P(Worlds, OnePageForAllNamesIsIndistinct) {
  const FakeWorld world({{"a.example", "<h1>Everything</h1>", all_names, Demand::nothing}});
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), world.as_function());
  EXPECT_EQ(told(result), "");
  EXPECT_EQ(result.cell("a.example", "b.example", ConnectionUse::fresh)->verdict, CellVerdict::indistinct);
  ASSERT_FALSE(result.summary.notes.empty());
  EXPECT_NE(result.summary.notes.front().find("a.example, b.example, c.example"), std::string::npos);
}

TEST_P(Worlds, NobodyAtHome) {
  const auto refused = [](const ConnectionQuestion&, const RequestQuestion&) {
    Observation seen;
    seen.stage = Stage::connect;
    seen.failure = ProbeFailure::refused;
    seen.message = "connection refused";
    return seen;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), refused);
  EXPECT_EQ(kinds(result), std::set{ProbeFindingKind::not_answered});
  EXPECT_EQ(result.count(ProbeFindingKind::not_answered), 3u);
  EXPECT_EQ(result.summary.count(CellVerdict::failed), result.summary.cells);
  EXPECT_TRUE(result.summary.outlook.empty());
}

TEST_P(Worlds, TwoNodesThatDisagreeAreNamed) {
  const FakeWorld good = three_sites();
  const FakeWorld stale({{"a.example", "<h1>This is a</h1>", all_names, Demand::nothing},
                         {"c.example", "<h1>This is c</h1>", all_names, Demand::nothing}});
  const auto answer = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    return connection.node == endpoint("192.0.2.2:443") ? stale.answer(connection, request)
                                                        : good.answer(connection, request);
  };
  const RunResult result =
      run({https_node("192.0.2.1:443", names), https_node("192.0.2.2:443", names)}, with(GetParam()), answer);
  const ProbeFinding* parity = result.find(ProbeFindingKind::parity);
  ASSERT_NE(parity, nullptr) << told(result);
  EXPECT_EQ(parity->nodes, std::vector<std::string>{"192.0.2.2:443"});
  EXPECT_EQ(parity->to, "b.example");
  EXPECT_EQ(parity->sentence,
            "192.0.2.2:443 answers b.example with 200 as a.example, where 192.0.2.1:443 answers with 200");
  // The stale node's own baseline shows another name's page, which the other node tells apart.
  EXPECT_NE(result.find(ProbeFindingKind::misdirected), nullptr);
}

TEST_P(Worlds, ANodeThatShowsOnePageForAllNamesMisdirectsNobody) {
  const FakeWorld good = three_sites();
  const FakeWorld closed({{"a.example", "<h1>Back soon</h1>", all_names, Demand::nothing}});
  const auto answer = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    return connection.node == endpoint("192.0.2.2:443") ? closed.answer(connection, request)
                                                        : good.answer(connection, request);
  };
  const RunResult result =
      run({https_node("192.0.2.1:443", names), https_node("192.0.2.2:443", names)}, with(GetParam()), answer);
  EXPECT_EQ(told(result), "");
}

TEST_P(Worlds, ProtocolsThatDisagreeAreNamed) {
  const FakeWorld world = three_sites();
  const auto answer = [&](const ConnectionQuestion& connection, const RequestQuestion& request) {
    Observation seen = world.answer(connection, request);
    if (seen.status != 200 || canonical(*request.host) != "b.example" || seen.protocol != Protocol::h2)
      return seen;
    Observation missing = page(404, "");
    fill_connection(missing, connection, seen.certificate);
    return missing;
  };
  const RunResult result = run({https_node("192.0.2.1:443", names)}, with(GetParam()), answer);
  const ProbeFinding* parity = result.find(ProbeFindingKind::parity);
  ASSERT_NE(parity, nullptr) << told(result);
  EXPECT_EQ(parity->sentence,
            "192.0.2.1:443 answers b.example with 200 where h1 is offered, and with 404 where h2 is");
}

}  // namespace
}  // namespace astray::test::worlds_test
