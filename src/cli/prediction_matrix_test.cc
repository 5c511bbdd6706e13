#include "cli/prediction_matrix.h"

#include <gtest/gtest.h>

#include "servers/model/server.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

class Sink : public ByteSink {
 public:
  void write(std::string_view) override {}
  bool wanted() const override { return left-- > 0; }
  mutable int left = 1'000'000;
};

/// Notes what it is told, one line each.
class Notes : public PredictionWriter {
 public:
  void begin_deployment(const Deployment&) override {}
  void begin_listener(std::string_view address, const Listener&, const std::vector<AskedName>&,
                      const std::vector<AskedName>& hosts) override {
    hosts_ = &hosts;
    lines.push_back(std::string(address));
  }
  void begin_connection(const AskedConnection& connection) override {
    connection_ = connection.sni.text.value_or("-") + " " + std::string(to_string(connection.alpn)) + " ";
  }
  void answer(size_t host, const ExpectedAnswer& answer) override {
    const AskedName& name = (*hosts_)[host];
    lines.push_back(connection_ + name.text.value_or("-") + " " + std::string(to_string(answer.reason)) +
                    (answer.status == 0 ? "" : " " + std::to_string(answer.status)));
  }
  void finish() override {}

  std::vector<std::string> lines;

 private:
  const std::vector<AskedName>* hosts_ = nullptr;
  std::string connection_;
};

using Lines = std::vector<std::string>;

class Matrix : public ::testing::Test {
 protected:
  void load(std::string_view http) {
    files.add("/n.conf", "events {}\nhttp {\n" + std::string(http) + "\n}\n");
    certificates.declare("/c.pem", {"*.a.test", "a.test"});
    const Server& nginx = server(ServerKind::nginx);
    Result<Deployment> read =
        nginx.read("/n.conf", {Version{1, 26, 3}, VersionBasis::given, "", {}, files, certificates});
    ASSERT_TRUE(read.has_value()) << read.error().message;
    for (const ReadProblem& problem : read->problems) ADD_FAILURE() << problem.message;
    site.deployment = std::make_unique<const Deployment>(std::move(*read));
    site.behaviour = nginx.behaviour(*site.deployment);
  }
  static Lines texts(const std::vector<AskedName>& names) {
    Lines lines;
    for (const AskedName& name : names) {
      lines.push_back(name.text.value_or("-") + (name.sample_of.empty() ? "" : " of " + name.sample_of));
    }
    return lines;
  }
  Lines ask() {
    Notes notes;
    for (const AskedListener& asked : chosen_listeners(*site.deployment, options)) {
      predict(site, asked, matrix_of(site, asked.listener, options), options, notes, sink);
    }
    return notes.lines;
  }

  MemoryFiles files;
  FakeCertificateSource certificates;
  Site site;
  MatrixOptions options;
  Sink sink;
};

constexpr std::string_view two_hosts =
    "ssl_certificate /c.pem; ssl_certificate_key /c.key;\n"
    "server { listen 443 ssl; server_name open.a.test; }\n"
    "server { listen 443 ssl; server_name private.a.test; ssl_verify_client on; ssl_client_certificate "
    "/ca.pem; }";

TEST_F(Matrix, EveryNameWithEveryOther) {
  certificates.declare_authorities("/ca.pem", {"CN=ca"});
  load(two_hosts);
  options.alpn = {AlpnOffer::h1};
  EXPECT_EQ(
      ask(),
      Lines({"*:443", "- h1 open.a.test own-name", "- h1 private.a.test client-certificate-required 400",
             "- h1 unknown.invalid default-virtual-host", "open.a.test h1 open.a.test own-name",
             "open.a.test h1 private.a.test client-authentication-differs 421",
             "open.a.test h1 unknown.invalid default-virtual-host", "private.a.test h1 open.a.test coalesced",
             "private.a.test h1 private.a.test client-certificate-required 400",
             "private.a.test h1 unknown.invalid default-virtual-host",
             "unknown.invalid h1 open.a.test coalesced",
             "unknown.invalid h1 private.a.test client-certificate-required 400",
             "unknown.invalid h1 unknown.invalid default-virtual-host"}));
}

TEST_F(Matrix, NarrowedAxesTakeAnyValue) {
  certificates.declare_authorities("/ca.pem", {"CN=ca"});
  load(two_hosts);
  options.alpn = {AlpnOffer::none, AlpnOffer::h2};
  options.snis = {{AskedName{"OPEN.a.test.", ""}}};
  options.hosts = {{AskedName{"Open.A.Test.:8443", ""}, AskedName{}, AskedName{"a b", ""}}};
  EXPECT_EQ(
      ask(),
      Lines({"*:443", "OPEN.a.test. none Open.A.Test.:8443 own-name",
             "OPEN.a.test. none - authority-missing 400", "OPEN.a.test. none a b authority-malformed 400",
             "OPEN.a.test. h2 Open.A.Test.:8443 own-name", "OPEN.a.test. h2 - authority-missing 400",
             "OPEN.a.test. h2 a b authority-malformed 400"}));
}

TEST_F(Matrix, ListenersInClearHaveNoHandshakeToVary) {
  load("server { listen 80; server_name a.test; }");
  EXPECT_EQ(ask(), Lines({"*:80", "- none a.test own-name", "- none unknown.invalid default-virtual-host"}));
}

TEST_F(Matrix, PatternsStandInWithASampleThatReachesThem) {
  load(
      "server { listen 80; server_name x.test *.x.test .y.test www.z.* ~^(?<u>.+)\\.re\\.test$ ~(?=q)q \"\" "
      "192.0.2.1; }\n"
      "server { listen 80; server_name any.x.test; }");
  const ListenerMatrix matrix = matrix_of(site, ListenerId{0}, options);
  EXPECT_EQ(texts(matrix.hosts),
            Lines({"x.test", "any-other.x.test of *.x.test", "y.test", "any.y.test of .y.test",
                   "www.z.com of www.z.*", "a.re.test of ~^(?<u>.+)\\.re\\.test$", "192.0.2.1", "any.x.test",
                   "unknown.invalid"}));
  EXPECT_EQ(matrix.without_sample, Lines({"~(?=q)q"}));
  // An address is never sent as SNI (RFC 6066 §3).
  const Lines snis = texts(matrix.snis);
  EXPECT_EQ(snis.front(), "-");
  EXPECT_EQ(std::count(snis.begin(), snis.end(), "192.0.2.1"), 0);
  EXPECT_EQ(snis.size(), matrix.hosts.size());
}

TEST_F(Matrix, NamesStandOnce) {
  load(
      "server { listen 80; server_name a.test b.test; }\nserver { listen 80; server_name c.test *.c.test; }");
  const ListenerMatrix matrix = matrix_of(site, ListenerId{0}, options);
  EXPECT_EQ(texts(matrix.hosts),
            Lines({"a.test", "b.test", "c.test", "any.c.test of *.c.test", "unknown.invalid"}));
}

TEST_F(Matrix, AddressesLeadToTheMostSpecificListener) {
  load(
      "server { listen 80; server_name any.test; }\nserver { listen 192.0.2.1:80; server_name one.test; }\n"
      "server { listen [::]:80; server_name six.test; }\nserver { listen 8080; server_name other.test; }");
  const auto chosen = [&](std::string_view ip, uint16_t port) -> std::string {
    ListenAddress address;
    if (!ip.empty()) address.ip = *IpAddress::parse(ip);
    address.port = Port(port);
    options.addresses = {address};
    const std::vector<AskedListener> found = chosen_listeners(*site.deployment, options);
    return found.empty() ? ""
                         : site.deployment->listener(found.front().listener).address.text() + " as " +
                               found.front().address;
  };
  EXPECT_EQ(chosen("192.0.2.1", 80), "192.0.2.1:80 as 192.0.2.1:80");
  EXPECT_EQ(chosen("192.0.2.2", 80), "*:80 as 192.0.2.2:80");
  EXPECT_EQ(chosen("192.0.2.1", 8080), "*:8080 as 192.0.2.1:8080");
  // nginx's "*" is IPv4 alone.
  EXPECT_EQ(chosen("2001:db8::1", 80), "[::]:80 as [2001:db8::1]:80");
  EXPECT_EQ(chosen("2001:db8::1", 8080), "");
  EXPECT_EQ(chosen("", 8080), "*:8080 as *:8080");
  EXPECT_EQ(chosen("192.0.2.1", 9), "");
}

TEST_F(Matrix, StopsWhenNobodyReads) {
  load("server { listen 80; server_name a.test b.test c.test; }");
  sink.left = 2;
  EXPECT_EQ(ask().size(), 3u);
}

}  // namespace
}  // namespace astray
