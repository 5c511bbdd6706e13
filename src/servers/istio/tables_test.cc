// Istio's own public tests of its gateways, told again as rows of ours: TestGatewayHTTPRouteConfig and
// TestBuildGatewayListeners (pilot/pkg/networking/core/gateway_test.go). Names and expectations are those tests'; what
// they say of stateful sessions and of pods' target ports is left out.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "servers/envoy/parts.h"
#include "servers/istio/istio.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

std::string istio_gateway(std::string_view name, std::string_view servers, std::string_view name_space = "default") {
  return fmt::format("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {{name: {}, namespace: {}}}\nspec: "
                     "{{selector: {{istio: ingressgateway}}, servers: [{}]}}\n---\n",
                     name, name_space, servers);
}

std::string istio_service(std::string_view name, std::string_view hosts, std::string_view gateways, std::string_view match) {
  return fmt::format("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: {}, namespace: "
                     "default}}\nspec: {{hosts: [{}], gateways: [{}], http: [{{{}route: [{{destination: {{host: "
                     "example.org, port: {{number: 80}}}}}}]}}]}}\n---\n",
                     name, hosts, gateways, match);
}

constexpr std::string_view clear_80 = "{hosts: [example.org], port: {name: http, number: 80, protocol: HTTP}}";
constexpr std::string_view redirect_80 =
    "{hosts: [example.org], port: {name: http, number: 80, protocol: HTTP}, tls: {httpsRedirect: true}}";
constexpr std::string_view simple_443 =
    "{hosts: [example.org], port: {name: https, number: 443, protocol: HTTPS}, tls: {mode: SIMPLE, serverCertificate: /a.pem}}";
constexpr std::string_view redirect_443 = "{hosts: [example.org], port: {name: https, number: 443, protocol: HTTPS}, tls: "
                                          "{httpsRedirect: true, mode: SIMPLE, serverCertificate: /a.pem}}";

Deployment read_istio(std::string text) {
  MemoryFiles files;
  files.add("/a.yaml", std::move(text));
  FakeCertificateSource certificates;
  certificates.declare("/a.pem", {"example.org"});
  return istio_server.read("/a.yaml", {std::nullopt, VersionBasis::given, "", {}, files, certificates}).value();
}

/// "example.org 2 redirect" for each virtual host of the port: its domain, its routes, whether it asks for TLS.
std::string hosts_of(const Deployment& deployment, Port port) {
  std::string all;
  for (const envoy::ListenerPart& part : deployment.envoy->listeners)
    if (part.addresses.front().port == port)
      for (const envoy::Chain& chain : part.chains)
        for (const envoy::RouteVirtualHost& host : chain.http->routes.virtual_hosts)
          all += fmt::format("{}{} {}{}", all.empty() ? "" : ", ", host.domains.front().text, host.routes.size(),
                             host.requires_tls ? " redirect" : "");
  return all;
}

TEST(IstioTables, TestGatewayHTTPRouteConfig) {
  const std::string http = istio_gateway("gateway", clear_80);
  const std::string redirect = istio_gateway("gateway-redirect", redirect_80);
  const std::string redirect_alone = istio_gateway("gateway-redirect-noroutes", redirect_80);
  const std::string upper =
      istio_gateway("case-insensitive-gateway", "{hosts: [Example.org], port: {name: http, number: 80, protocol: HTTP}}");
  const std::string every = istio_gateway("gateway", "{hosts: [\"*\"], port: {name: http, number: 80, protocol: HTTP}}");
  const std::string https = istio_gateway("gateway-https", fmt::format("{}, {}", redirect_80, simple_443));
  const std::string https_redirect = istio_gateway("gateway-https", fmt::format("{}, {}", redirect_80, redirect_443));
  const std::string service = istio_service("virtual-service", "example.org", "gateway, gateway-redirect", "");
  const std::string copy = istio_service("virtual-service-copy", "example.org", "gateway, gateway-redirect", "");
  const std::string upper_service =
      istio_service("virtual-service-case-insensitive", "Example.org", "case-insensitive-gateway, gateway-redirect", "");
  const std::string wildcard = istio_service("virtual-service-wildcard", "\"*.org\"", "gateway, gateway-redirect", "");
  const std::string https_alone =
      istio_service("virtual-service-https", "example.org", "gateway-https", "match: [{port: 443}], ");
  const struct {
    std::string_view name;
    std::string objects;
    uint16_t port;
    std::string_view hosts;  ///< "": Istio has a virtual host "blackhole" without routes
  } rows[] = {
      {"404 when no services", http, 80, ""},
      {"tls redirect without virtual services", redirect_alone + service, 80, "example.org 0 redirect"},
      {"virtual services with tls redirect", redirect + service, 80, "example.org 1 redirect"},
      {"merging of virtual services when tls redirect is set", redirect + http + service + copy, 80, "example.org 4 redirect"},
      {"reverse merging of virtual services", http + redirect + service + copy, 80, "example.org 4 redirect"},
      {"merging when tls redirect is set without VS", http + redirect_alone + service + copy, 80, "example.org 2 redirect"},
      {"reverse merging without VS", redirect_alone + http + service + copy, 80, "example.org 2 redirect"},
      {"add a route for a virtual service", http + service, 80, "example.org 1"},
      {"duplicate virtual service should merge", http + service + copy, 80, "example.org 2"},
      {"duplicate virtual service case insensitive", http + upper + service + upper_service, 80, "example.org 2"},
      {"duplicate by wildcard should merge", http + service + wildcard, 80, "example.org 2"},
      {"wildcard virtual service", every + wildcard, 80, "*.org 1"},
      {"virtual service does not match the http port, https", https + https_alone, 443, "example.org 1"},
      {"virtual service does not match the http port, http", https + https_alone, 80, "example.org 0 redirect"},
      {"http & https redirection, https", https_redirect + https_alone, 443, "example.org 1 redirect"},
      {"http & https redirection, http", https_redirect + https_alone, 80, "example.org 0 redirect"},
  };
  for (const auto& row : rows) EXPECT_EQ(hosts_of(read_istio(row.objects), Port(row.port)), row.hosts) << row.name;
}

TEST(IstioTables, TestBuildGatewayListeners) {
  const auto https = [](std::string_view name, std::string_view host, std::string_view more = "") {
    return fmt::format("{{port: {{name: {}, number: 443, protocol: HTTPS}}, hosts: [\"{}\"], tls: {{mode: SIMPLE, "
                       "serverCertificate: /a.pem}}{}}}",
                       name, host, more);
  };
  const std::string two = istio_gateway("gateway1", https("http", "*.example.com") + ", " + std::string(clear_80), "testns") +
                          istio_gateway("gateway2", https("http", "*.exampleone.com") + ", " + std::string(clear_80), "testns");
  const std::string bound = istio_gateway("gateway1", https("https", "*", ", bind: 10.0.0.1"), "testns") +
                            istio_gateway("gateway2", https("https", "*", ", bind: 10.0.0.2"), "testns");
  const std::string named_alike = istio_gateway(
      "gateway1", "{port: {name: tcp, number: 443, protocol: TLS}, hosts: [\"*.example.com\"], tls: {mode: SIMPLE, "
                  "serverCertificate: /a.pem}}, " + https("tcp", "https.example.com"), "testns");
  const struct {
    std::string_view name;
    std::string objects;
    std::string_view listeners;
    size_t chains;
  } rows[] = {{"gateway with multiple http servers", two, "*:443 *:80", 3},
              {"gateway with HTTPS servers with bind", bound, "10.0.0.1:443 10.0.0.2:443", 2},
              {"gateway with multiple TLS HTTPS TCP servers", named_alike, "*:443", 2}};
  for (const auto& row : rows) {
    const Deployment deployment = read_istio(row.objects);
    std::string listeners;
    size_t chains = 0;
    for (const envoy::ListenerPart& part : deployment.envoy->listeners) {
      listeners += (listeners.empty() ? "" : " ") + part.addresses.front().text();
      chains += part.chains.size();
    }
    EXPECT_EQ(listeners, row.listeners) << row.name;
    EXPECT_EQ(chains, row.chains) << row.name;
  }
}

}  // namespace
}  // namespace astray
