#include "report/predictions.h"

#include <gtest/gtest.h>

#include "report/text_sink_test.h"

namespace astray {
namespace {

class Predictions : public ::testing::Test {
 protected:
  Predictions() {
    const SourceFileId file = deployment.files.add("/srv/\"n\".conf");
    deployment.server = ServerKind::nginx;
    deployment.version = {1, 22, 1};
    deployment.version_basis = VersionBasis::given;
    VirtualHost host;
    host.span = {file, 7, 1};
    host.names.push_back({{PatternKind::leading_wildcard, "a.test"}, host.span});
    deployment.virtual_hosts = {host, VirtualHost{}};
    Listener listener;
    listener.span = {file, 3, 1};
    deployment.listeners = {listener};
    certificate.certificate = std::make_shared<const Certificate>([] {
      Certificate made;
      made.names = {{*CertificateName::parse_dns("*.a.test"), *CertificateName::parse_dns("a.test")}};
      return made;
    }());
    accepted.outcome = HandshakeOutcome::ok;
    accepted.protocol = Protocol::h2;
    accepted.certificate = &certificate;
    rejected.outcome = HandshakeOutcome::rejected;
    rejected.alert = "unrecognized_name";
    served.outcome = AnswerOutcome::serve;
    served.reason = Reason::own_name;
    served.virtual_host = VirtualHostId{0};
    served.source = {file, 7, 1};
    refused.outcome = AnswerOutcome::reject;
    refused.reason = Reason::unowned;
    refused.status = 421;
  }

  void ask(PredictionWriter& writer) {
    writer.begin_deployment(deployment);
    writer.begin_listener("*:443", deployment.listeners[0], snis, hosts);
    writer.begin_connection({snis[0], AlpnOffer::h2, accepted});
    writer.answer(0, served);
    writer.answer(1, refused);
    writer.begin_connection({snis[1], AlpnOffer::h1, rejected});
    ExpectedAnswer alert;
    alert.outcome = AnswerOutcome::reject;
    alert.reason = Reason::handshake_rejected;
    writer.answer(0, alert);
    writer.finish();
  }

  Deployment deployment;
  CertificateUse certificate;
  ExpectedHandshake accepted, rejected;
  ExpectedAnswer served, refused;
  std::vector<AskedName> snis = {{"any.a.test", "*.a.test"}, {}};
  std::vector<AskedName> hosts = {{"x\"\x1b", ""}, {}};
  test::TextSink sink;
  ShownPaths paths{"/srv"};
};

TEST_F(Predictions, JsonLineByLine) {
  JsonPredictions writer(sink, paths);
  ask(writer);
  const std::string begin =
      R"({"server":"nginx","version":"1.22.1","version_basis":"given","address":"*:443",)";
  EXPECT_EQ(
      sink.text,
      begin +
          R"("sni":"any.a.test","sni_sample_of":"*.a.test","host":"x\"\u001b","alpn":"h2","protocol":"h2","handshake":"ok","alert":null,"certificate":["*.a.test","a.test"],"virtual_host":"*.a.test","outcome":"serve","status":null,"reason":"own-name","source":{"file":"\"n\".conf","line":7}})"
          "\n" +
          begin +
          R"("sni":"any.a.test","sni_sample_of":"*.a.test","host":null,"alpn":"h2","protocol":"h2","handshake":"ok","alert":null,"certificate":["*.a.test","a.test"],"virtual_host":null,"outcome":"reject","status":421,"reason":"unowned","source":null})"
          "\n" +
          begin +
          R"("sni":null,"host":"x\"\u001b","alpn":"h1","protocol":null,"handshake":"rejected","alert":"unrecognized_name","certificate":null,"virtual_host":null,"outcome":"reject","status":null,"reason":"handshake-rejected","source":null})"
          "\n");
}

TEST_F(Predictions, JsonIsHandedOverInLargePieces) {
  struct Counting : test::TextSink {
    void write(std::string_view bytes) override {
      ++writes;
      total += bytes.size();
    }
    size_t writes = 0, total = 0;
  } counting;
  JsonPredictions writer(counting, paths);
  writer.begin_deployment(deployment);
  writer.begin_listener("*:443", deployment.listeners[0], snis, hosts);
  writer.begin_connection({snis[0], AlpnOffer::h2, accepted});
  for (int i = 0; i < 100'000; ++i) writer.answer(0, served);
  writer.finish();
  EXPECT_GT(counting.total, 20u << 20);
  EXPECT_LE(counting.writes, counting.total / (1 << 20) + 1);
}

TEST_F(Predictions, TableShowsEveryCell) {
  const Palette palette;
  PredictionTable writer(sink, paths, palette);
  ask(writer);
  const auto line = [&](size_t number) {
    size_t at = 0;
    for (size_t i = 0; i < number; ++i) at = sink.text.find('\n', at) + 1;
    return sink.text.substr(at, sink.text.find('\n', at) - at);
  };
  EXPECT_EQ(line(0), "*:443  nginx 1.22.1 (given)  \"n\".conf:3");
  EXPECT_EQ(line(2),
            "  any.a.test  x\"\\x1b  h2          serve       own-name                       *.a.test  "
            "\"n\".conf:7");
  EXPECT_EQ(line(3), "  any.a.test  (none)  h2          reject 421  unowned                        ");
  EXPECT_EQ(
      line(4),
      "  (none)      x\"\\x1b  h1          alert       handshake-rejected             unrecognized_name");
}

}  // namespace
}  // namespace astray
