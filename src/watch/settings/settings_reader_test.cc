#include "watch/settings/settings_reader.h"

#include <gtest/gtest.h>

#include "support/certificates.h"
#include "support/golden.h"
#include "support/temporary_folder.h"
#include "tls/fake_certificate_source.h"

namespace astray::watch {
namespace {

using namespace std::chrono_literals;

ReadSettings read_text(const std::string& yaml) {
  MemoryFiles files;
  files.add("/etc/astray/names.txt", "https://c.example # the third\nd.example@192.0.2.1:8443\n");
  files.add("/etc/astray/token", "secret\n");
  FakeCertificateSource certificates;
  return read_settings(yaml, "/etc/astray/watch.yaml", files, certificates);
}

WatchSettings good(const std::string& yaml) {
  ReadSettings read = read_text(yaml);
  EXPECT_EQ(read.problems_text("watch.yaml"), "") << yaml;
  return std::move(read.settings);
}

TEST(SettingsReader, ALineIsEnough) {
  const WatchSettings settings = good("targets: [https://a.example, https://b.example]");
  ASSERT_EQ(settings.targets.size(), 2U);
  EXPECT_EQ(settings.targets[0].host.text(), "a.example");
  EXPECT_EQ(settings.targets[1].port, Port(443));
  EXPECT_EQ(settings.path, "/etc/astray/watch.yaml");
  EXPECT_EQ(settings.pace.interval, 60s);
  EXPECT_DOUBLE_EQ(settings.pace.jitter, 0.1);
  EXPECT_EQ(settings.pace.cells_per_round, 10'000U);
  EXPECT_EQ(settings.probe.connections_per_second, 20);
  EXPECT_EQ(settings.store.path, "");
  ASSERT_TRUE(settings.page.listen);
  EXPECT_EQ(settings.page.listen->text(), "127.0.0.1:9422");
  EXPECT_GT(settings.clients.size(), 2U);
  EXPECT_EQ(settings.axes.client_certificates.size(), 1U);
}

TEST(SettingsReader, ThePageMayHaveNames) {
  const WatchSettings settings = good("targets: [a.example]\npage: {names: [Watch.Example, ops.example.]}");
  ASSERT_EQ(settings.page.names.size(), 2U);
  EXPECT_EQ(settings.page.names[0].text(), "watch.example");
  EXPECT_EQ(settings.page.names[1].text(), "ops.example");
  EXPECT_TRUE(good("targets: [a.example]").page.names.empty());
}

TEST(SettingsReader, EveryKindOfValue) {
  const WatchSettings settings = good(R"(
targets: [a.example]
target_files: [names.txt]
nodes: [192.0.2.10, "[2001:db8::1]:8443"]
configurations: [nginx, {path: /etc/httpd, server: httpd@2.4.66}]
logs: [access.log, {path: /var/log/error.log, node: web1}]
dns_servers: [192.0.2.53:53]
clients: [curl]
questions: {alpn: [h2], connections: [fresh], authorities: none, timeout: 250ms, body_limit: 1KiB, owner_field: X-Host}
pace: {interval: 5m, jitter: 0%, cells_per_round: 7, connections_per_second: 0}
alerts: {for: 2m, settle: 1d, certificate_expiring: 21d}
store: {path: watch.db, keep: 31d}
page: off
webhooks: [https://ops.example/hook, {url: http://127.0.0.1:9, secret: token, timeout: 1s}]
alertmanagers: [http://127.0.0.1:9093]
clickhouse: {url: http://127.0.0.1:8123, password: token}
nats: {url: nats://127.0.0.1:4222, region: eu, agent: berlin}
)");
  ASSERT_EQ(settings.targets.size(), 3U);
  EXPECT_EQ(settings.targets[1].host.text(), "c.example");
  EXPECT_EQ(settings.targets[2].port, Port(8443));
  ASSERT_EQ(settings.nodes.size(), 2U);
  EXPECT_FALSE(settings.nodes[0].port);
  EXPECT_EQ(settings.nodes[1].port, Port(8443));
  ASSERT_EQ(settings.configurations.size(), 2U);
  EXPECT_EQ(settings.configurations[0].path, "/etc/astray/nginx");
  EXPECT_EQ(settings.configurations[1].server, "httpd@2.4.66");
  ASSERT_EQ(settings.logs.size(), 2U);
  EXPECT_EQ(settings.logs[0].node, "/etc/astray/access.log");
  EXPECT_EQ(settings.logs[1].node, "web1");
  ASSERT_EQ(settings.clients.size(), 1U);
  EXPECT_EQ(settings.axes.alpns, std::vector{AlpnOffer::h2});
  EXPECT_TRUE(settings.probe.contact.trust.empty());
  EXPECT_EQ(settings.probe.contact.timeout, 250ms);
  EXPECT_EQ(settings.probe.contact.body_limit, 1024U);
  EXPECT_EQ(settings.probe.contact.owner_field, "x-host");
  EXPECT_EQ(settings.pace.interval, 300s);
  EXPECT_EQ(settings.pace.jitter, 0);
  EXPECT_EQ(settings.alerts.hold, 120s);
  EXPECT_EQ(settings.alerts.settle, 24h);
  EXPECT_EQ(settings.alerts.certificate_expiring, 24h * 21);
  EXPECT_EQ(settings.store.path, "/etc/astray/watch.db");
  EXPECT_EQ(settings.store.keep, 24h * 31);
  EXPECT_FALSE(settings.page.listen);
  ASSERT_EQ(settings.webhooks.size(), 2U);
  EXPECT_EQ(settings.webhooks[0].url, "https://ops.example/hook");
  EXPECT_EQ(settings.webhooks[1].secret_file, "/etc/astray/token");
  ASSERT_TRUE(settings.clickhouse);
  EXPECT_EQ(settings.clickhouse->database, "astray");
  EXPECT_EQ(settings.clickhouse->password_file, "/etc/astray/token");
  ASSERT_TRUE(settings.nats);
  EXPECT_EQ(settings.nats->region, "eu");
  EXPECT_EQ(settings.nats->agent, "berlin");
  EXPECT_EQ(settings.nats->url, "nats://127.0.0.1:4222");
}

struct Refused {
  std::string yaml;
  std::string problem;  ///< how it begins
};

TEST(SettingsReader, SaysWhatIsWrongAndWhere) {
  const std::vector<Refused> cases = {
      {"", "watch.yaml:1:1: watch: expected the keys targets, target_files, nodes,"},
      {"{}", "watch.yaml:1:1: there is nothing to watch; say targets: [https://a.example]"},
      {"tragets: [a.example]", "watch.yaml:1:1: unknown key \"tragets\"; expected one of targets, "},
      {"targets: a.example", "watch.yaml:1:10: targets: expected a list, found \"a.example\"; a list is written as"},
      {"targets: [a.example, https://b.example/path]",
       "watch.yaml:1:22: targets: expected a target such as https://a.example, a.example or a.example@192.0.2.1:8443, "
       "found \"https://b.example/path\": "},
      {"targets: [a.example]\npace: {interval: 60}",
       "watch.yaml:2:18: interval: expected a duration such as 5s, 250ms, 2m, 1h or 7d from 1s to 1d, found \"60\""},
      {"targets: [a.example]\npace: {jitter: 200%}",
       "watch.yaml:2:16: jitter: expected a percentage such as 10%, from 0% to 100%, found \"200%\": it is more than"},
      {"targets: [a.example]\npace: {cells_per_round: 0}",
       "watch.yaml:2:25: cells_per_round: expected a whole number from 1 to 1000000, found \"0\""},
      {"targets: [a.example]\nnodes: [web1]",
       "watch.yaml:2:9: nodes: expected an address such as 192.0.2.1, 192.0.2.1:8443 or \"[2001:db8::1]:8443\", found"},
      {"targets: [a.example]\nclients: [chromiun-h2]",
       "watch.yaml:2:11: clients: expected the id of a client (`astray list clients`), found \"chromiun-h2\": astray "
       "knows"},
      {"targets: [a.example]\nconfigurations: [{path: x, server: nginy}]",
       "watch.yaml:2:36: server: expected a server such as nginx, or with its version nginx@1.22.1, found \"nginy\": "
       "astray reads"},
      {"target_files: [none.txt]", "watch.yaml:1:16: target_files: /etc/astray/none.txt: "},
      {"targets: [a.example]\nwebhooks: [ftp://ops.example]",
       "watch.yaml:2:12: webhooks: expected a URL such as https://ops.example/hook, found \"ftp://ops.example\": "},
      {"targets: [a.example]\nwebhooks: [https://me:secret@ops.example]",
       "watch.yaml:2:12: webhooks: expected a URL such as https://ops.example/hook, found "
       "\"https://me:secret@ops.example\": user and password belong into a file of their own"},
      {"targets: [a.example]\nwebhooks: [{url: https://ops.example, secret: nowhere}]",
       "watch.yaml:2:47: secret: /etc/astray/nowhere is no file; expected one with the secret in it"},
      {"targets: [a.example]\nquestions: {tls_min: TLSv1.3, tls_max: TLSv1.2}",
       "watch.yaml:2:22: tls_min is above tls_max, so no version is left"},
      {"targets: [a.example]\nquestions: {client_certificates: [none.pem]}",
       "watch.yaml:2:35: client_certificates: /etc/astray/none.pem"},
      {"targets: [a.example]\npage: {address: 127.0.0.1:9422, metrics_address: 127.0.0.1:9422}",
       "watch.yaml:2:50: metrics_address is the page's own; leave it out"},
      {"targets: [a.example]\npage: {names: [\"watch.example:9422\"]}",
       "watch.yaml:2:16: names: expected a name such as watch.example.com, found \"watch.example:9422\": "},
      {"targets: [a.example]\nstore: {keep: 31d}", "watch.yaml:2:8: store: the key \"path\" is missing"},
  };
  for (const Refused& each : cases) {
    const std::string text = read_text(each.yaml).problems_text("watch.yaml");
    EXPECT_EQ(text.substr(0, each.problem.size()), each.problem) << each.yaml;
  }
}

TEST(SettingsReader, TakesClientCertificates) {
  const test::TemporaryFolder folder;
  const test::TestCertificate me = test::CertificateBuilder().common_name("me").build();
  folder.write("me.pem", me.pem() + me.key_pem());
  DiskFiles files;
  FakeCertificateSource certificates;
  const ReadSettings read =
      read_settings("targets: [a.example]\nquestions: {client_certificates: [me.pem]}\n",
                    folder.path_of("watch.yaml"), files, certificates);
  EXPECT_EQ(read.problems_text("f"), "");
  EXPECT_EQ(read.settings.probe.contact.client_certificates.size(), 1U);
  EXPECT_EQ(read.settings.axes.client_certificates,
            (std::vector<ClientCertificateIndex>{std::nullopt, ClientCertificateIndex(0)}));
}

const std::string source_root = ASTRAY_SOURCE_DIR;

TEST(SettingsDocuments, TheSchemaIsThatOfTheReader) {
  test::expect_golden(source_root + "/docs/schema/watch.schema.json", settings_schema());
}

TEST(SettingsDocuments, TheReferenceIsThatOfTheReader) {
  const std::string path = source_root + "/docs/watch-configuration.md";
  const std::string page = test::read_file(path);
  const std::string heading = "\n## Every key\n\n";
  const size_t at = page.find(heading);
  ASSERT_NE(at, std::string::npos);
  test::expect_golden(path, page.substr(0, at) + heading + settings_reference());
}

TEST(SettingsDocuments, TheExamplesAreGoodAndTheFullOneHasEveryKey) {
  MemoryFiles files;
  const std::string folder = source_root + "/examples/watch/";
  for (const char* name : {"names.txt", "page.token", "webhook.secret", "clickhouse.password", "nats.creds"})
    files.add(folder + name, "d.example\n");
  FakeCertificateSource certificates;
  for (const std::string name : {"minimal", "full"}) {
    const std::string path = folder + name + ".yaml";
    EXPECT_EQ(read_settings(test::read_file(path), path, files, certificates).problems_text(name), "");
  }
  const std::string example = test::read_file(folder + "full.yaml");
  const std::string reference = settings_reference();
  for (size_t at = reference.find("\n| `"); at != std::string::npos; at = reference.find("\n| `", at + 1)) {
    const size_t begin = at + 4;
    const std::string key = reference.substr(begin, reference.find('`', begin) - begin);
    EXPECT_NE(example.find(key + ":"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace astray::watch
