#include "probe/predictor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "probe/fake_world_test.h"
#include "servers/nginx/nginx.h"
#include "tls/fake_certificate_source.h"

namespace astray::test {
namespace {

constexpr std::string_view three_servers = R"(http {
  server { listen 192.0.2.1:443 ssl http2; server_name a.example;
    ssl_certificate /all.pem; ssl_certificate_key /all.key; }
  server { listen 192.0.2.1:443 ssl http2; server_name b.example;
    ssl_certificate /all.pem; ssl_certificate_key /all.key; }
  server { listen 192.0.2.1:443 ssl http2; server_name c.example;
    ssl_certificate /all.pem; ssl_certificate_key /all.key;
    ssl_client_certificate /ca1.pem;
    ssl_verify_client on; }
  server { listen *:443 ssl; server_name other.example;
    ssl_certificate /other.pem; ssl_certificate_key /other.key; }
  server { listen 8443 ssl; server_name gone.example; return 444;
    ssl_certificate /other.pem; ssl_certificate_key /other.key; }
  server { listen 9443 ssl; server_name strict.example; ssl_reject_handshake on; }
}
events {}
)";

const std::vector<std::string> all_names = {"a.example", "b.example", "c.example"};

class Configuration {
 public:
  explicit Configuration(std::string_view text) {
    certificates_.declare("/all.pem", all_names);
    certificates_.declare("/other.pem", std::vector<std::string>{"other.example"});
    certificates_.declare_authorities("/ca1.pem", {"CN=CA1"});
    files_.add("/nginx.conf", std::string(text));
    const ReadOptions options{Version{1, 22, 1}, VersionBasis::given, "", {}, files_, certificates_};
    Result<Deployment> read = nginx_server.read("/nginx.conf", options);
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    deployment_ = std::move(*read);
    behaviour_ = nginx_server.behaviour(deployment_);
  }
  PredictedSite site() const { return {&deployment_, behaviour_.get()}; }
  Predictor predictor() const { return Predictor({site()}, {}); }

 private:
  MemoryFiles files_;
  FakeCertificateSource certificates_;
  Deployment deployment_;
  std::unique_ptr<Behaviour> behaviour_;
};

FakeWorld truthful() {
  return FakeWorld({{"a.example", "<h1>This is a</h1>", all_names, Demand::nothing},
                    {"b.example", "<h1>This is b</h1>", all_names, Demand::nothing},
                    {"c.example", "<h1>This is c</h1>", all_names, Demand::client_certificate}});
}

Axes usual_placements() {
  Axes axes;
  axes.preset = AxesPreset::full;
  axes.placements = {Placement::usual};
  axes.resume = true;
  return axes;
}

struct Asked {
  ConnectionQuestion connection;
  RequestQuestion request;
};

Asked asked(std::string_view node, const std::string& sni, const std::string& host,
            AlpnOffer alpn = AlpnOffer::h2) {
  return {connection_to(node, sni, alpn), request_of(host)};
}

/// "agrees", "differs status: predicted 421, was 200".
std::string compared(const Predictor& predictor, const Asked& question, Observation seen,
                     std::string_view answered_as = {}) {
  Prediction prediction = predictor.predict(question.connection, question.request);
  predictor.compare(prediction, seen, answered_as);
  std::string text(to_string(prediction.agreement));
  if (!prediction.difference.empty()) text += " " + prediction.difference;
  return text;
}

Observation answered(const Asked& question, Observation seen,
                     const std::vector<std::string>& certificate = all_names) {
  fill_connection(seen, question.connection, certificate_for(certificate));
  return seen;
}

Observation failed(ProbeFailure failure, std::string_view alert = {}) {
  Observation seen;
  seen.failure = failure;
  seen.alert = alert;
  return seen;
}

TEST(Predictor, ATruthfulConfigurationAgreesInEveryCell) {
  const Configuration configuration(three_servers);
  const Predictor predictor = configuration.predictor();
  const FakeWorld world = truthful();
  const RunResult result =
      run({https_node("192.0.2.1:443", all_names)}, usual_placements(), world.as_function(), &predictor);
  EXPECT_EQ(result.count(ProbeFindingKind::drift), 0u)
      << (result.find(ProbeFindingKind::drift) ? result.find(ProbeFindingKind::drift)->sentence : "");
  EXPECT_EQ(result.summary.predicted, result.summary.cells);
  EXPECT_EQ(result.summary.agreeing, result.summary.cells);
}

TEST(Predictor, AnEditedVirtualHostIsNamedWithItsLine) {
  // The node's c.example demands a client certificate; the configuration at hand says that b.example does.
  std::string text(three_servers);
  const std::string demand = "\n    ssl_client_certificate /ca1.pem;\n    ssl_verify_client on;";
  text.erase(text.find(demand), demand.size());
  text.insert(text.find("}", text.find("b.example")), demand.substr(1) + " ");
  const Configuration configuration(text);
  const Predictor predictor = configuration.predictor();
  const FakeWorld world = truthful();
  const RunResult result =
      run({https_node("192.0.2.1:443", all_names)}, usual_placements(), world.as_function(), &predictor);
  EXPECT_LT(result.summary.agreeing, result.summary.predicted);
  std::vector<std::string> sentences;
  for (const ProbeFinding& finding : result.summary.findings) {
    if (finding.kind != ProbeFindingKind::drift) continue;
    EXPECT_EQ(finding.severity, ProbeSeverity::error);
    EXPECT_EQ(finding.nodes, std::vector<std::string>{"192.0.2.1:443"});
    EXPECT_GT(finding.cell_count, 0u);
    EXPECT_LE(finding.cells.size(), 10u);
    sentences.push_back(finding.sentence);
  }
  // Few findings for many cells: by what differs and the line that decided.
  EXPECT_LT(sentences.size(), 8u);
  EXPECT_NE(
      std::find(sentences.begin(), sentences.end(),
                "b.example on a fresh connection with SNI b.example (h1): status: predicted 400, was 200 "
                "(decided by /nginx.conf:6:5)"),
      sentences.end())
      << fmt::format("{}", fmt::join(sentences, "\n"));
}

TEST(Predictor, APredictionSaysWhoseConfigurationItIs) {
  const Configuration configuration(three_servers);
  const Asked question = asked("192.0.2.1:443", "b.example", "b.example");
  const Prediction prediction = configuration.predictor().predict(question.connection, question.request);
  EXPECT_EQ(prediction.deployment, configuration.site().deployment);
  const Asked elsewhere = asked("192.0.2.1:80", "b.example", "b.example");
  EXPECT_EQ(configuration.predictor().predict(elsewhere.connection, elsewhere.request).deployment, nullptr);
}

TEST(Predictor, TheListenerIsFoundByAddressAndPort) {
  const Configuration configuration(three_servers);
  const Predictor predictor = configuration.predictor();
  const auto virtual_host = [&](std::string_view node, const std::string& name) {
    const Asked question = asked(node, name, name);
    const Prediction prediction = predictor.predict(question.connection, question.request);
    return fmt::format("{} {}", to_string(prediction.agreement), prediction.virtual_host);
  };
  EXPECT_EQ(virtual_host("192.0.2.1:443", "b.example"), "unknowable b.example");
  EXPECT_EQ(virtual_host("192.0.2.2:443", "b.example"), "unknowable other.example");
  EXPECT_EQ(virtual_host("[2001:db8::1]:443", "b.example"), "unknowable other.example");
  EXPECT_EQ(virtual_host("192.0.2.2:8443", "b.example"), "unknowable gone.example");
  EXPECT_EQ(virtual_host("192.0.2.1:80", "b.example"), "not-predicted ");
  Asked ftp = asked("192.0.2.1:443", "a.example", "a.example");
  ftp.connection.protocol = PortProtocol::ftps;
  EXPECT_EQ(predictor.predict(ftp.connection, ftp.request).agreement, Agreement::not_predicted);
}

TEST(Predictor, ASiteOnTheVeryAddressComesBeforeOneOnEveryAddress) {
  const Configuration everywhere(
      "events {} http { server { listen 443 ssl; server_name w.example; ssl_certificate /all.pem; "
      "ssl_certificate_key /k; } }");
  const Configuration here(
      "events {} http { server { listen 192.0.2.1:443 ssl; server_name h.example; ssl_certificate /all.pem; "
      "ssl_certificate_key /k; } }");
  const Asked question = asked("192.0.2.1:443", "a.example", "a.example");
  const Asked elsewhere = asked("192.0.2.9:443", "a.example", "a.example");
  for (const auto& sites : {std::vector{everywhere.site(), here.site()}, {here.site(), everywhere.site()}}) {
    const Predictor predictor(sites, {});
    EXPECT_EQ(predictor.predict(question.connection, question.request).virtual_host, "h.example");
    EXPECT_EQ(predictor.predict(elsewhere.connection, elsewhere.request).virtual_host, "w.example");
  }
}

TEST(Predictor, DifferencesAreTold) {
  const Configuration configuration(three_servers);
  const Predictor predictor = configuration.predictor();
  const Asked a = asked("192.0.2.1:443", "a.example", "a.example");
  const Asked a_b = asked("192.0.2.1:443", "a.example", "b.example");
  const Asked a_c = asked("192.0.2.1:443", "a.example", "c.example");
  const Asked gone = asked("192.0.2.1:8443", "gone.example", "gone.example", AlpnOffer::h1);
  const Asked strict = asked("192.0.2.1:9443", "strict.example", "strict.example", AlpnOffer::h1);

  EXPECT_EQ(compared(predictor, a, answered(a, page(200, "x"))), "agrees");
  EXPECT_EQ(compared(predictor, a, answered(a, page(404, "x"))), "agrees");
  EXPECT_EQ(compared(predictor, a, answered(a, page(421, "x"))),
            "differs status: predicted an answer of a.example, was 421");
  EXPECT_EQ(compared(predictor, a, answered(a, page(400, "x"))),
            "differs status: predicted an answer of a.example, was 400");
  // 400 is what the name always gets.
  EXPECT_EQ(compared(predictor, a, answered(a, page(400, "x")), "a.example"), "agrees");
  EXPECT_EQ(compared(predictor, a_c, answered(a_c, page(421, "x"))), "agrees");
  EXPECT_EQ(compared(predictor, a_c, answered(a_c, page(200, "x"))),
            "differs status: predicted 421, was 200");
  EXPECT_EQ(compared(predictor, a_b, answered(a_b, page(200, "x")), "b.example"), "agrees");
  EXPECT_EQ(compared(predictor, a_b, answered(a_b, page(200, "x")), "a.example"),
            "differs virtual host: predicted b.example, was a.example (the answer of a.example)");
  // Without evidence whose page it was, a status of the site is no difference.
  EXPECT_EQ(compared(predictor, a_b, answered(a_b, page(200, "x"))), "agrees");

  EXPECT_EQ(compared(predictor, a, answered(a, page(200, "x"), {"x.example", "y.example"})),
            "differs certificate: predicted a.example, b.example, c.example, was x.example, y.example");
  // The same names in another order, or in a renewed certificate, are no difference.
  EXPECT_EQ(compared(predictor, a, answered(a, page(200, "x"), {"c.example", "b.example", "a.example"})),
            "agrees");
  Observation resumed = answered(a, page(200, "x"), {"x.example"});
  resumed.resumed = true;
  EXPECT_EQ(compared(predictor, a, resumed), "agrees");
  Observation refused = answered(a, page(421, "x"));
  refused.resumed = true;
  EXPECT_EQ(compared(predictor, a, refused), "unknowable");
  Observation h1 = answered(a, page(200, "x"));
  h1.protocol = Protocol::h1;
  EXPECT_EQ(compared(predictor, a, h1), "differs protocol: predicted h2, was h1");

  EXPECT_EQ(compared(predictor, a, failed(ProbeFailure::tls_alert, "unrecognized_name")),
            "differs handshake: predicted to be completed, was the alert unrecognized_name");
  EXPECT_EQ(compared(predictor, a, failed(ProbeFailure::closed_early)),
            "differs handshake: predicted to be completed, was closed-early");
  EXPECT_EQ(compared(predictor, a, failed(ProbeFailure::refused)), "unknowable");
  EXPECT_EQ(compared(predictor, a, failed(ProbeFailure::timed_out)), "unknowable");

  EXPECT_EQ(compared(predictor, strict, failed(ProbeFailure::tls_alert, "unrecognized_name")), "agrees");
  EXPECT_EQ(compared(predictor, strict, failed(ProbeFailure::tls_alert, "handshake_failure")),
            "differs alert: predicted unrecognized_name, was handshake_failure");
  EXPECT_EQ(compared(predictor, strict, answered(strict, page(200, "x"))),
            "differs handshake: predicted the alert unrecognized_name, was completed");

  Observation closed = failed(ProbeFailure::closed_early);
  fill_connection(closed, gone.connection, certificate_for({"other.example"}));
  EXPECT_EQ(compared(predictor, gone, closed), "agrees");
  EXPECT_EQ(compared(predictor, gone, answered(gone, page(200, "x"), {"other.example"})),
            "differs status: predicted no answer, was 200");
}

TEST(Predictor, AClientCertificateIsPartOfTheQuestion) {
  const Configuration configuration(three_servers);
  FakeCertificateSource authorities;
  authorities.declare_authorities("/ca1.pem", {"CN=CA1"});
  const std::string digest = to_hex((*authorities.load_authorities("/ca1.pem"))->digest);
  const Predictor predictor({configuration.site()}, {ClientCertificate{"00"}, ClientCertificate{digest}});
  Asked c = asked("192.0.2.1:443", "c.example", "c.example");
  EXPECT_EQ(predictor.predict(c.connection, c.request).expected.answer.status, 400);
  c.connection.client_certificate = 0;
  EXPECT_EQ(predictor.predict(c.connection, c.request).expected.answer.status, 400);
  c.connection.client_certificate = 1;
  EXPECT_EQ(predictor.predict(c.connection, c.request).expected.answer.outcome, AnswerOutcome::serve);
}

}  // namespace
}  // namespace astray::test
