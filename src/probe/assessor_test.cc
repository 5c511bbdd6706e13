// Single answers, each with its verdict, reason and sentence.
#include "probe/assessor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "probe/fake_world_test.h"

namespace astray::test {
namespace {

const std::vector<std::string> both = {"a.example", "b.example"};

/// An assessor that knows a.example and b.example, each with its own page over both protocols.
class Fixture {
 public:
  Fixture() : assessor_({https_node("192.0.2.1:443", both)}, {}, nullptr, {}) {
    for (const std::string& name : both) {
      for (const AlpnOffer alpn : {AlpnOffer::h1, AlpnOffer::h2})
        assess(connection_to("192.0.2.1:443", name, alpn), request_of(name), page(200, "page of " + name));
    }
  }
  ProbeCell assess(ConnectionQuestion connection, RequestQuestion request, Observation seen,
                   const std::vector<std::string>& certificate = both) {
    if (seen.failure == ProbeFailure::none) fill_connection(seen, connection, certificate_for(certificate));
    connection_ = std::move(connection);
    request_ = std::move(request);
    return assessor_.assess(connection_, request_, std::move(seen));
  }
  Assessor& assessor() { return assessor_; }

 private:
  Assessor assessor_;
  ConnectionQuestion connection_ = connection_to("192.0.2.1:443", "");
  RequestQuestion request_;
};

ConnectionQuestion reused(const std::string& name) {
  ConnectionQuestion connection = connection_to("192.0.2.1:443", name);
  connection.use = ConnectionUse::reused;
  return connection;
}
ConnectionQuestion fresh(const std::string& name) {
  return connection_to("192.0.2.1:443", name);
}

RequestQuestion spelled(const std::string& name, const std::string& sent, Spelling spelling) {
  RequestQuestion request = request_of(name);
  request.host = sent;
  request.spelling = spelling;
  return request;
}
RequestQuestion placed(const std::string& host, const std::string& other, Placement placement) {
  RequestQuestion request = request_of(host);
  request.other = other;
  request.placement = placement;
  return request;
}
RequestQuestion unnamed(Spelling spelling) {
  RequestQuestion request;
  request.spelling = spelling;
  if (spelling == Spelling::unknown) request.host = "unknown.invalid";
  if (spelling == Spelling::empty) request.host = "";
  if (spelling == Spelling::address) request.host = "192.0.2.1";
  return request;
}
Observation broken(ProbeFailure failure, std::string_view alert = {}, Stage stage = Stage::handshake) {
  Observation seen;
  seen.failure = failure;
  seen.alert = alert;
  seen.stage = stage;
  seen.message = "what went wrong";
  return seen;
}
Observation requesting(Observation seen) {
  seen.client_certificate_requested = true;
  return seen;
}

struct Case {
  std::string_view what;
  ConnectionQuestion connection;
  RequestQuestion request;
  Observation seen;
  CellVerdict verdict;
  Reason reason;
  std::string_view answered_as = {};
};

TEST(Assessor, JudgesSingleAnswers) {
  ConnectionQuestion resumed = fresh("b.example");
  resumed.session_of = "a.example";
  Observation seen_resumed = page(421, "");
  seen_resumed.resumed = true;
  const Case cases[] = {
      {"own page, coalesced", reused("a.example"), request_of("b.example"), page(200, "page of b.example"),
       CellVerdict::own, Reason::coalesced, "b.example"},
      {"own page without SNI", fresh(""), request_of("b.example"), page(200, "page of b.example"),
       CellVerdict::own, Reason::own_name, "b.example"},
      {"own page in other letters", fresh("a.example"),
       spelled("a.example", "A.EXAMPLE", Spelling::upper_case), page(200, "page of a.example"),
       CellVerdict::own, Reason::own_name, "a.example"},
      {"the opener's page", reused("a.example"), request_of("b.example"), page(200, "page of a.example"),
       CellVerdict::misdirected, Reason::name_differs_from_sni, "a.example"},
      {"another's page without SNI", fresh(""), request_of("b.example"), page(200, "page of a.example"),
       CellVerdict::misdirected, Reason::sni_missing, "a.example"},
      {"another's page for a dotted name", fresh("b.example"),
       spelled("b.example", "b.example.", Spelling::trailing_dot), page(200, "page of a.example"),
       CellVerdict::misdirected, Reason::default_virtual_host, "a.example"},
      {"nobody's page", reused("a.example"), request_of("b.example"), page(200, "something new"),
       CellVerdict::could_not_tell, Reason::facts_missing},
      {"a redirect where a page was", reused("a.example"), request_of("b.example"),
       page(302, "", "https://login.example/"), CellVerdict::could_not_tell, Reason::facts_missing},
      {"a failing back", reused("a.example"), request_of("b.example"), page(502, "Bad Gateway"),
       CellVerdict::could_not_tell, Reason::facts_missing},

      {"421 on another's connection", reused("a.example"), request_of("b.example"), page(421, ""),
       CellVerdict::rejected_421, Reason::name_differs_from_sni},
      {"421 without SNI", fresh(""), request_of("b.example"), page(421, ""), CellVerdict::rejected_421,
       Reason::sni_missing},
      {"421 for nobody", fresh("a.example"), unnamed(Spelling::unknown), page(421, ""),
       CellVerdict::rejected_421, Reason::unowned},
      {"421 on a connection of its own", fresh("b.example"), request_of("b.example"), page(421, ""),
       CellVerdict::false_421, Reason::own_name},
      {"421 for upper case", fresh("b.example"), spelled("b.example", "B.EXAMPLE", Spelling::upper_case),
       page(421, ""), CellVerdict::false_421, Reason::name_differs_from_sni},
      {"421 for the own port", fresh("b.example"), spelled("b.example", "b.example:443", Spelling::with_port),
       page(421, ""), CellVerdict::false_421, Reason::name_differs_from_sni},
      {"421 for another port", fresh("b.example"),
       spelled("b.example", "b.example:444", Spelling::wrong_port), page(421, ""), CellVerdict::rejected_421,
       Reason::port_differs},
      {"421 for a resumed session", resumed, request_of("b.example"), seen_resumed, CellVerdict::rejected_421,
       Reason::client_authentication_differs},
      {"421 where the session was not taken", resumed, request_of("b.example"), page(421, ""),
       CellVerdict::false_421, Reason::own_name},
      {"421 for two names in h2", fresh("a.example"),
       placed("a.example", "b.example", Placement::authority_conflict), page(421, ""),
       CellVerdict::rejected_421, Reason::authority_host_conflict},

      {"400 without Host", fresh("a.example"), unnamed(Spelling::none), page(400, ""),
       CellVerdict::rejected_400, Reason::authority_missing},
      {"400 for an empty Host", fresh("a.example"), unnamed(Spelling::empty), page(400, ""),
       CellVerdict::rejected_400, Reason::authority_missing},
      {"400 for two Host fields", fresh("a.example"),
       placed("a.example", "b.example", Placement::two_host_fields), page(400, ""), CellVerdict::rejected_400,
       Reason::authority_duplicated},
      {"400 for two names in h2", fresh("a.example"),
       placed("a.example", "b.example", Placement::authority_conflict), page(400, ""),
       CellVerdict::rejected_400, Reason::authority_host_conflict},
      {"400 for two names in h1", fresh("a.example"),
       placed("a.example", "b.example", Placement::absolute_conflict), page(400, ""),
       CellVerdict::rejected_400, Reason::authority_target_conflict},
      {"Jetty", reused("a.example"), request_of("b.example"),
       page(400, "<h2>HTTP ERROR 400 Invalid SNI</h2>"), CellVerdict::rejected_400, Reason::certificate_gap},
      {"400 for a trailing dot", fresh("a.example"),
       spelled("a.example", "a.example.", Spelling::trailing_dot), page(400, ""), CellVerdict::rejected_400,
       Reason::authority_malformed},
      {"400 for want of a certificate", reused("a.example"), request_of("b.example"),
       page(400, "<center>No required SSL certificate was sent</center>"), CellVerdict::rejected_400,
       Reason::client_certificate_required},
      {"400 for no known cause", reused("a.example"), request_of("b.example"), page(400, "no"),
       CellVerdict::rejected_400, Reason::facts_missing},
      {"404 of Envoy", reused("a.example"), request_of("b.example"), page(404, ""), CellVerdict::rejected_404,
       Reason::unowned},
      {"403 without SNI", fresh(""), request_of("b.example"), page(403, ""), CellVerdict::rejected_403,
       Reason::sni_missing},
      {"403 of Traffic Server", reused("a.example"), request_of("b.example"), page(403, "Access Denied"),
       CellVerdict::rejected_403, Reason::name_differs_from_sni},

      // RFC 9112 §3.2.2: the target counts.
      {"the target's page", fresh("a.example"),
       placed("a.example", "b.example", Placement::absolute_conflict), page(200, "page of b.example"),
       CellVerdict::own, Reason::coalesced, "b.example"},
      {"Host's page against the target", fresh("a.example"),
       placed("a.example", "b.example", Placement::absolute_conflict), page(200, "page of a.example"),
       CellVerdict::could_not_tell, Reason::authority_target_conflict, "a.example"},
      {"the second Host's page", fresh("a.example"),
       placed("a.example", "b.example", Placement::two_host_fields), page(200, "page of b.example"),
       CellVerdict::could_not_tell, Reason::authority_duplicated, "b.example"},

      {"the default's page", fresh(""), unnamed(Spelling::unknown), page(200, "page of a.example"),
       CellVerdict::default_answer, Reason::default_virtual_host, "a.example"},
      {"a page of nobody by default", fresh(""), unnamed(Spelling::address), page(200, "welcome"),
       CellVerdict::default_answer, Reason::default_virtual_host},
      {"404 for nobody", fresh(""), unnamed(Spelling::unknown), page(404, ""), CellVerdict::rejected_404,
       Reason::unowned},

      {"an unknown SNI refused", fresh(""), request_of("a.example"),
       broken(ProbeFailure::tls_alert, "unrecognized_name"), CellVerdict::rejected_handshake,
       Reason::sni_required},
      {"a known SNI refused", fresh("a.example"), request_of("a.example"),
       broken(ProbeFailure::tls_alert, "unrecognized_name"), CellVerdict::rejected_handshake,
       Reason::handshake_rejected},
      {"no common protocol", fresh("a.example"), request_of("a.example"),
       broken(ProbeFailure::tls_alert, "no_application_protocol"), CellVerdict::rejected_handshake,
       Reason::no_common_protocol},
      {"TLS 1.3 wants a certificate", fresh("a.example"), request_of("a.example"),
       broken(ProbeFailure::tls_alert, "certificate_required"), CellVerdict::rejected_handshake,
       Reason::client_certificate_required},
      {"TLS 1.2 wants a certificate", fresh("a.example"), request_of("a.example"),
       requesting(broken(ProbeFailure::tls_alert, "handshake_failure")), CellVerdict::rejected_handshake,
       Reason::client_certificate_required},
      {"TLS does not like the certificate", fresh("a.example"), request_of("a.example"),
       requesting(broken(ProbeFailure::tls_alert, "unknown_ca")), CellVerdict::rejected_handshake,
       Reason::client_certificate_untrusted},
      {"nobody there", fresh("a.example"), request_of("a.example"),
       broken(ProbeFailure::refused, {}, Stage::connect), CellVerdict::failed, Reason::facts_missing},
      {"no session to offer", resumed, request_of("b.example"), broken(ProbeFailure::no_session),
       CellVerdict::could_not_tell, Reason::facts_missing},
      {"FTP on the port", fresh("a.example"), request_of("a.example"), broken(ProbeFailure::other_protocol),
       CellVerdict::other_protocol, Reason::facts_missing},
  };
  for (const Case& given : cases) {
    Fixture fixture;
    const ProbeCell cell = fixture.assess(given.connection, given.request, given.seen);
    EXPECT_EQ(to_string(cell.verdict), to_string(given.verdict)) << given.what << ": " << cell.sentence;
    EXPECT_EQ(to_string(cell.reason), to_string(given.reason)) << given.what << ": " << cell.sentence;
    EXPECT_EQ(cell.answered_as, given.answered_as) << given.what;
    EXPECT_NE(cell.sentence.find("192.0.2.1:443"), std::string::npos) << given.what << ": " << cell.sentence;
  }
}

TEST(Assessor, SentencesNameBothNamesTheNodeAndWhatWasSeen) {
  Fixture fixture;
  EXPECT_EQ(fixture.assess(reused("a.example"), request_of("b.example"), page(404, "")).sentence,
            "192.0.2.1:443 answered b.example on the connection opened for a.example (h2) with 404, although "
            "b.example answers 200 on a connection of its own");
  Observation refused = page(421,
                             "<html><body><h1>421 Misdirected Request</h1>\nRequest sent to a "
                             "non-authoritative server.\n</body></html>\n");
  const ProbeCell cell = fixture.assess(reused("a.example"), request_of("b.example"), refused);
  EXPECT_EQ(cell.answered_by, HopSoftware::haproxy);
  EXPECT_TRUE(
      cell.sentence.starts_with("192.0.2.1:443 answered b.example on the connection opened for a.example "
                                "(h2) with 421 (written by HAProxy): "))
      << cell.sentence;
}

TEST(Assessor, ACertificateOfAnotherVirtualHostIsMisdirection) {
  Fixture fixture;
  // The name's own handshake.
  ProbeCell cell = fixture.assess(connection_to("192.0.2.1:443", "b.example"), request_of("b.example"),
                                  page(200, "page of b.example"), {"a.example"});
  EXPECT_EQ(cell.verdict, CellVerdict::misdirected);
  EXPECT_EQ(cell.reason, Reason::certificate_gap);
  // Only in another spelling of SNI.
  ConnectionQuestion upper = fresh("b.example");
  upper.sni = "B.EXAMPLE";
  upper.sni_spelling = Spelling::upper_case;
  cell = fixture.assess(upper, request_of("b.example"), page(200, "page of b.example"), {"a.example"});
  EXPECT_EQ(cell.verdict, CellVerdict::misdirected);
  EXPECT_EQ(cell.reason, Reason::certificate_gap);
  // A certificate that covers no known name says nothing about virtual hosts.
  Assessor fresh_start({https_node("192.0.2.1:443", both)}, {}, nullptr, {});
  const ConnectionQuestion connection = connection_to("192.0.2.1:443", "b.example");
  const RequestQuestion request = request_of("b.example");
  Observation seen = page(200, "page");
  fill_connection(seen, connection, certificate_for({"localhost"}));
  cell = fresh_start.assess(connection, request, seen);
  EXPECT_EQ(cell.verdict, CellVerdict::own);
  EXPECT_NE(cell.sentence.find("does not cover b.example"), std::string::npos);
}

TEST(Assessor, ANameServedInOneVersionAloneIsRefusedForTheVersion) {
  Assessor assessor({https_node("192.0.2.1:443", both)}, {}, nullptr, {});
  const RequestQuestion request = request_of("b.example");
  const ConnectionQuestion h1 = connection_to("192.0.2.1:443", "b.example", AlpnOffer::h1);
  const ConnectionQuestion h2 = connection_to("192.0.2.1:443", "b.example", AlpnOffer::h2);
  Observation served = page(200, "page"), refused = page(421, "");
  fill_connection(served, h1, certificate_for(both));
  fill_connection(refused, h2, certificate_for(both));
  assessor.assess(h1, request, served);
  const ProbeCell cell = assessor.assess(h2, request, refused);
  EXPECT_EQ(cell.verdict, CellVerdict::false_421);
  EXPECT_EQ(cell.reason, Reason::protocol_off);
}

TEST(Assessor, A421OfFtpIsTold) {
  Assessor assessor({}, {}, nullptr, {});
  ConnectionQuestion connection = connection_to("192.0.2.1:21", "");
  RequestQuestion request = request_of("files.example");
  connection.protocol = PortProtocol::ftp;
  Observation seen = broken(ProbeFailure::other_protocol);
  seen.status = 421;
  seen.message = "FTP answered \"421 Too many connections\"";
  ProbeCell cell = assessor.assess(connection, request, seen);
  EXPECT_EQ(cell.verdict, CellVerdict::other_protocol);
  EXPECT_EQ(cell.sentence,
            "192.0.2.1:21 does not speak HTTP: FTP answered \"421 Too many connections\"; 421 there is FTP's "
            "\"service not available, closing control connection\" (RFC 959 §4.2.2), often too many "
            "connections; it has nothing to do with HTTP's 421");
  // Said once.
  seen.message = "FTP answered 421 (service not available), which is not HTTP's 421 Misdirected Request";
  EXPECT_EQ(assessor.assess(connection, request, seen).sentence,
            "192.0.2.1:21 does not speak HTTP: " + seen.message);
  connection.protocol = PortProtocol::smtp;
  seen.message = "SMTP answered \"421 4.3.2 Service not available\"";
  cell = assessor.assess(connection, request, seen);
  EXPECT_NE(cell.sentence.find("SMTP's"), std::string::npos) << cell.sentence;
  const ProbeSummary summary = assessor.summarize();
  EXPECT_TRUE(summary.findings.empty());
}

TEST(Assessor, TheFirst421OfANameThatDemandsCertificatesIsForThat) {
  Assessor assessor({https_node("192.0.2.1:443", both)}, {}, nullptr, {});
  const auto assess = [&](const ConnectionQuestion& connection, const RequestQuestion& request,
                          Observation seen) {
    fill_connection(seen, connection, certificate_for(both));
    return assessor.assess(connection, request, seen);
  };
  const RequestQuestion b = request_of("b.example");
  assess(fresh("a.example"), request_of("a.example"), page(200, "page of a"));
  assess(fresh("b.example"), b, requesting(page(400, "No required SSL certificate was sent")));
  EXPECT_EQ(assess(reused("a.example"), b, page(421, "")).reason, Reason::client_authentication_differs);
  // With a certificate that fits, the name is served; without, on another's connection, that is a bypass.
  ConnectionQuestion holder = fresh("b.example");
  holder.client_certificate = 0;
  EXPECT_EQ(assess(holder, b, requesting(page(200, "page of b"))).verdict, CellVerdict::own);
  const ProbeCell bypass = assess(reused("a.example"), b, page(200, "page of b"));
  EXPECT_EQ(bypass.verdict, CellVerdict::authentication_bypass);
  EXPECT_EQ(bypass.answered_as, "b.example");
  // With the certificate it is allowed.
  ConnectionQuestion carried = reused("a.example");
  carried.client_certificate = 0;
  EXPECT_EQ(assess(carried, b, page(200, "page of b")).verdict, CellVerdict::own);
}

TEST(Assessor, IdsAreThePlansOrCounted) {
  Fixture fixture;
  const ConnectionQuestion connection = fresh("a.example");
  const RequestQuestion request = request_of("a.example");
  EXPECT_EQ(fixture.assessor().assess(connection, request, page(200, "")).id, 5u);
  EXPECT_EQ(fixture.assessor().assess(connection, request, page(200, ""), 40).id, 40u);
  EXPECT_EQ(fixture.assessor().assess(connection, request, page(200, "")).id, 41u);
}

}  // namespace
}  // namespace astray::test
