// What `astray gateway` makes of manifests: expected values are the API's own words for conditions and reasons.
#include <gtest/gtest.h>

#include <algorithm>

#include "servers/kubernetes/gateway_configuration.h"

namespace astray::kubernetes {
namespace {

std::string own_gateway(std::string_view listeners, std::string_view more = "") {
  return "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: astray}\nspec: {controllerName: "
         "astray.dev/gateway}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: n}\n"
         "spec:\n  gatewayClassName: astray\n  listeners: [" +
         std::string(listeners) + "]\n" + std::string(more);
}

ManifestGateway made_of(const std::string& text, PrivateKeys keys = PrivateKeys::left) {
  MemoryFiles files;
  files.add("/m.yaml", text);
  return read_manifest_gateway(files, "/m.yaml", keys).value();
}

bool is_told(const ManifestGateway& made, std::string_view words) {
  return std::ranges::any_of(made.problems, [&](const gateway::ConfigurationProblem& problem) {
    return problem.message.find(words) != std::string::npos;
  });
}

std::string route(std::string_view name, std::string_view rule, std::string_view hostnames = "a.test") {
  return "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: " + std::string(name) +
         ", namespace: n}\nspec: {parentRefs: [{name: edge}], hostnames: [" + std::string(hostnames) + "], rules: [" +
         std::string(rule) + "]}\n";
}

constexpr std::string_view clear = "{name: http, port: 8080, protocol: HTTP}";
constexpr std::string_view to_a = "{backendRefs: [{name: a, port: 80}]}";

TEST(ManifestGateway, SaysWhatItDoesNotSupport) {
  const struct {
    std::string_view listeners;
    std::string rule;
    std::string_view told;
  } rows[] = {
      {"{name: t, port: 443, protocol: TLS, tls: {mode: Passthrough}}", std::string(to_a), "UnsupportedProtocol"},
      {clear, "{matches: [{queryParams: [{name: a, value: b}]}], backendRefs: [{name: a, port: 80}]}", "queryParams of a match"},
      {clear, "{timeouts: {request: 1s}, backendRefs: [{name: a, port: 80}]}", "timeouts of a rule"},
      {clear, "{filters: [{type: RequestMirror, requestMirror: {}}], backendRefs: [{name: a, port: 80}]}", "UnsupportedValue"},
      {clear, "{backendRefs: [{kind: Bucket, name: a, port: 80}]}", "InvalidKind"},
      {clear, "{backendRefs: [{name: a, namespace: other, port: 80}]}", "RefNotPermitted"},
      {clear, "{backendRefs: []}", "leads nowhere"},
      {"{name: s, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: none}]}}", std::string(to_a), "InvalidCertificateRef"},
      {"{name: s, port: 443, protocol: HTTPS, tls: {options: {x.test/y: z}, certificateRefs: [{name: none}]}}", std::string(to_a),
       "options of a listener's tls"},
  };
  for (const auto& row : rows) {
    const ManifestGateway made = made_of(own_gateway(row.listeners, route("r", row.rule)));
    EXPECT_TRUE(is_told(made, row.told)) << row.told;
    for (const gateway::ConfigurationProblem& problem : made.problems) {
      if (problem.severity == gateway::Severity::error) {
        EXPECT_NE(problem.place.line, 0U) << problem.message;
      }
    }
  }
  EXPECT_TRUE(is_told(made_of("kind: Service\napiVersion: v1\n"), "controllerName astray.dev/gateway"));
}

TEST(ManifestGateway, PutsRoutesIntoTheOrderOfTheApi) {
  const std::string rule =
      "{matches: [{path: {value: /}}, {path: {value: /long/er}}, {path: {value: /long}}, {path: {value: /long}, method: GET}, "
      "{path: {type: Exact, value: /e}}], backendRefs: [{name: a, port: 80}]}";
  const ManifestGateway made = made_of(own_gateway(clear, route("r", rule)));
  ASSERT_EQ(made.configuration.virtual_hosts.size(), 1U);
  const auto& routes = made.configuration.virtual_hosts.front().routes;
  ASSERT_EQ(routes.size(), 5U);
  EXPECT_EQ(routes[0].match.exact.value().text, "/e");
  EXPECT_EQ(routes[1].match.prefix.value().text, "/long/er");
  EXPECT_EQ(routes[2].match.methods.size(), 1U);
  EXPECT_EQ(routes[3].match.prefix.value().text, "/long");
  EXPECT_FALSE(routes[4].match.prefix);
}

TEST(ManifestGateway, TakesKeysOnlyWhereItIsToRun) {
  const std::string text =
      own_gateway("{name: s, hostname: a.test, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}",
                  route("r", std::string(to_a))) +
      "---\napiVersion: v1\nkind: Secret\nmetadata: {name: c, namespace: n}\ndata: {tls.crt: Y2VydA==, tls.key: a2V5}\n";
  EXPECT_FALSE(made_of(text).pem.contains("Secret n/c tls.key"));
  EXPECT_EQ(made_of(text, PrivateKeys::taken).pem.at("Secret n/c tls.key"), "key");
  EXPECT_EQ(made_of(text).pem.at("Secret n/c tls.crt"), "cert");
}

TEST(ManifestGateway, BacksAreReadyEndpointsWhereTheyAreGiven) {
  const std::string service =
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: n}\nspec: {ports: [{name: web, port: 80}]}\n";
  const std::string slice =
      "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a-1, namespace: n, labels: "
      "{kubernetes.io/service-name: a}}\nports: [{name: web, port: 8080}]\nendpoints: [{addresses: [10.0.0.1]}, {addresses: "
      "[10.0.0.2], conditions: {ready: false}}]\n";
  const ManifestGateway by_name = made_of(own_gateway(clear, route("r", std::string(to_a)) + service));
  const ManifestGateway by_slice = made_of(own_gateway(clear, route("r", std::string(to_a)) + service + slice));
  ASSERT_EQ(by_name.configuration.backs.front().addresses.size(), 1U);
  EXPECT_EQ(by_name.configuration.backs.front().addresses.front().value.host.text(), "a.n.svc.cluster.local");
  ASSERT_EQ(by_slice.configuration.backs.front().addresses.size(), 1U);
  EXPECT_EQ(by_slice.configuration.backs.front().addresses.front().value.host.text(), "10.0.0.1");
  EXPECT_EQ(by_slice.configuration.backs.front().addresses.front().value.port, Port(8080));
}

TEST(ManifestGateway, ConditionsOfConflictsAndOverlaps) {
  const ManifestGateway made =
      made_of(own_gateway("{name: one, port: 80, protocol: HTTP}, {name: two, port: 80, protocol: HTTP}, {name: three, hostname: "
                          "a.test, port: 80, protocol: HTTP}",
                          route("r", std::string(to_a))));
  std::string all;
  for (const Condition& condition : made.conditions) all += condition.text() + "\n";
  EXPECT_NE(all.find("listener one of Gateway n/edge: Accepted=False (HostnameConflict)\n"), std::string::npos) << all;
  EXPECT_NE(all.find("listener two of Gateway n/edge: Conflicted=True (HostnameConflict)\n"), std::string::npos) << all;
  EXPECT_NE(all.find("listener three of Gateway n/edge: Programmed=True (Programmed)\n"), std::string::npos) << all;
  EXPECT_NE(all.find("Gateway n/edge: Accepted=True (ListenersNotValid)\n"), std::string::npos) << all;
  EXPECT_NE(all.find("HTTPRoute n/r on Gateway n/edge: Accepted=True (Accepted)\n"), std::string::npos) << all;
}

}  // namespace
}  // namespace astray::kubernetes
