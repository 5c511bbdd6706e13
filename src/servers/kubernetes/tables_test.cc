// The Gateway API's own conformance tests, told again as rows of ours: which routes a request meets, by the tests of
// kubernetes-sigs/gateway-api (conformance/tests) that each test here is named after. Those tell routes apart by paths; here
// each route has a back of its own name, and a row names the backs that the answering routes lead to.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "servers/kubernetes/kubernetes.h"
#include "servers/kubernetes/parts.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

struct TableListener {
  std::string_view name, hostname;  ///< "": none
};
struct TableRoute {
  std::string_view name;
  std::string_view section;    ///< "": all listeners
  std::string_view hostnames;  ///< "": none
};

std::string manifests(std::string_view protocol, const std::vector<TableListener>& listeners,
                      const std::vector<TableRoute>& routes) {
  std::string text = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: n}\nspec:\n  "
                     "gatewayClassName: c\n  listeners:\n";
  const bool passes = protocol == "TLS";
  const std::string_view tls = passes ? ", tls: {mode: Passthrough}"
                               : protocol == "HTTPS" ? ", tls: {certificateRefs: [{name: all}]}"
                                                     : "";
  for (const TableListener& listener : listeners)
    text += fmt::format("  - {{name: {}, port: 443, protocol: {}{}{}}}\n", listener.name, protocol, tls,
                        listener.hostname.empty() ? "" : fmt::format(", hostname: \"{}\"", listener.hostname));
  for (const TableRoute& route : routes)
    text += fmt::format("---\napiVersion: gateway.networking.k8s.io/v1\nkind: {}\nmetadata: {{name: {}, namespace: n}}\n"
                        "spec: {{parentRefs: [{{name: g{}}}]{}, rules: [{{backendRefs: [{{name: {}, port: 8080}}]}}]}}\n",
                        passes ? "TLSRoute" : "HTTPRoute", route.name,
                        route.section.empty() ? "" : fmt::format(", sectionName: {}", route.section),
                        route.hostnames.empty() ? "" : fmt::format(", hostnames: [{}]", route.hostnames), route.name);
  return text;
}

class ReadTable {
 public:
  explicit ReadTable(std::string text, Version version = {1, 6, 0}) {
    files_.add("/k/a.yaml", std::move(text));
    certificates_.declare("/k/n/all.pem", {"example.org", "second-example.org", "*.wildcard.org"});
    deployment_ = kubernetes_server.read("/k/a.yaml", {version, VersionBasis::given, "/k", {}, files_, certificates_}).value();
    behaviour_ = kubernetes_server.behaviour(deployment_);
  }

  /// "404", "421", "?", or the backs that the answering routes lead to, with a blank between.
  std::string ask(Scheme scheme, std::string_view sni, std::string_view host) const {
    ConnectionFacts connection;
    connection.scheme = scheme;
    connection.alpn = AlpnOffer::h1;
    if (!sni.empty()) connection.sni = RawHost(std::string(sni));
    RequestFacts request;
    request.host_fields = {RawHost(std::string(host))};
    const Expected expected = behave(*behaviour_, ListenerId{0}, connection, request);
    if (expected.handshake.outcome == HandshakeOutcome::rejected) return "closed";
    if (expected.answer.outcome == AnswerOutcome::unknowable) return "?";
    if (expected.answer.outcome == AnswerOutcome::reject) return std::to_string(expected.answer.status);
    std::string backs;
    for (const BackEdge& edge : deployment_.virtual_host(expected.answer.virtual_host).back_edges)
      backs += (backs.empty() ? "" : " ") + edge.target.substr(0, edge.target.find('.'));
    return backs;
  }

  /// Where a connection goes that is passed through.
  std::string pass(std::string_view sni) const {
    std::string wide = "closed";
    for (const PassthroughRoute& route : deployment_.listeners.front().routes) {
      const std::string target = route.back.target.substr(0, route.back.target.find('.'));
      if (route.name && route.name->kind == PatternKind::exact && route.name->text == sni) return target;
      if (route.name && route.name->kind == PatternKind::leading_wildcard && sni.ends_with("." + route.name->text)) wide = target;
    }
    return wide;
  }

  const Deployment& deployment() const { return deployment_; }

 private:
  MemoryFiles files_{};
  FakeCertificateSource certificates_{};
  Deployment deployment_{};
  std::unique_ptr<Behaviour> behaviour_{};
};

struct HostRow {
  std::string_view host, answer;
};

void expect_rows(const ReadTable& table, const std::vector<HostRow>& rows) {
  for (const HostRow& row : rows) EXPECT_EQ(table.ask(Scheme::http, "", row.host), row.answer) << row.host;
}

TEST(GatewayApiTables, HTTPRouteHostnameIntersection) {
  const ReadTable table(manifests("HTTP",
                                  {{"listener-1", "very.specific.com"}, {"listener-2", "*.wildcard.io"}, {"listener-3", "*.anotherwildcard.io"}},
                                  {{"s1", "", "non.matching.com, '*.nonmatchingwildcard.io', very.specific.com"},
                                   {"s2", "", "non.matching.com, wildcard.io, foo.wildcard.io, bar.wildcard.io, foo.bar.wildcard.io"},
                                   {"s3", "", "non.matching.com, '*.specific.com'"},
                                   {"s4", "", "'*.anotherwildcard.io'"},
                                   {"s5", "", "specific.but.wrong.com, wildcard.io"}}));
  expect_rows(table, {{"very.specific.com", "s1 s3"},
                      {"very.specific.com:1234", "s1 s3"},
                      {"non.matching.com", "404"},
                      {"foo.nonmatchingwildcard.io", "404"},
                      {"foo.wildcard.io", "s2"},
                      {"bar.wildcard.io", "s2"},
                      {"foo.bar.wildcard.io", "s2"},
                      {"wildcard.io", "404"},
                      {"foo.specific.com", "404"},
                      {"foo.anotherwildcard.io", "s4"},
                      {"bar.anotherwildcard.io", "s4"},
                      {"foo.bar.anotherwildcard.io", "s4"},
                      {"anotherwildcard.io", "404"},
                      {"specific.but.wrong.com", "404"}});
  bool told = false;
  for (const ReadProblem& problem : table.deployment().problems)
    told = told || problem.message == "HTTPRoute n/s5 is not attached to Gateway n/g (NoMatchingListenerHostname)";
  EXPECT_TRUE(told);
}

TEST(GatewayApiTables, HTTPRouteListenerHostnameMatching) {
  const ReadTable table(manifests(
      "HTTP", {{"listener-1", "bar.com"}, {"listener-2", "foo.bar.com"}, {"listener-3", "*.bar.com"}, {"listener-4", "*.foo.com"}},
      {{"v1", "listener-1", ""}, {"v2", "listener-2", ""}, {"v3", "listener-3", ""}, {"v4", "listener-4", ""}}));
  expect_rows(table, {{"bar.com", "v1"},
                      {"foo.bar.com", "v2"},
                      {"baz.bar.com", "v3"},
                      {"boo.bar.com", "v3"},
                      {"multiple.prefixes.bar.com", "v3"},
                      {"multiple.prefixes.foo.com", "v4"},
                      {"foo.com", "404"},
                      {"no.matching.host", "404"}});
}

const std::vector<TableListener> isolated = {{"empty", ""},
                                             {"wild", "*.example.com"},
                                             {"wild-foo", "*.foo.example.com"},
                                             {"abc-foo", "abc.foo.example.com"}};
const std::vector<HostRow> isolated_rows = {
    {"bar.com", "a"}, {"bar.example.com", "b"}, {"bar.foo.example.com", "c"}, {"abc.foo.example.com", "d"}};

TEST(GatewayApiTables, GatewayHTTPListenerIsolation) {
  expect_rows(ReadTable(manifests("HTTP", isolated, {{"a", "empty", ""}, {"b", "wild", ""}, {"c", "wild-foo", ""}, {"d", "abc-foo", ""}})),
              isolated_rows);
  constexpr std::string_view all = "bar.com, '*.example.com', '*.foo.example.com', abc.foo.example.com";
  expect_rows(ReadTable(manifests("HTTP", isolated, {{"a", "empty", all}, {"b", "wild", all}, {"c", "wild-foo", all}, {"d", "abc-foo", all}})),
              isolated_rows);
}

TEST(GatewayApiTables, HTTPRouteMatchingAcrossRoutes) {
  const ReadTable table(
      manifests("HTTP", {{"l", ""}}, {{"part1", "", "example.com, example.net"}, {"part2", "", "example.com"}}));
  expect_rows(table, {{"example.com", "part1 part2"}, {"example.net", "part1"}, {"example.org", "404"}});
}

TEST(GatewayApiTables, TLSRouteHostnameIntersection) {
  const ReadTable exact(manifests("TLS", {{"l", "abc.example.com"}}, {{"b", "", "'*.example.com'"}}));
  EXPECT_EQ(exact.pass("abc.example.com"), "b");
  EXPECT_EQ(exact.pass("non.matching.com"), "closed");
  const ReadTable wide(manifests("TLS", {{"l", "*.example.com"}}, {{"b", "", "abc.example.com"}, {"b2", "", "'*.com'"}}));
  EXPECT_EQ(wide.pass("abc.example.com"), "b");
  EXPECT_EQ(wide.pass("other.example.com"), "b2");
  EXPECT_EQ(wide.pass("non.matching.com"), "closed");
}

struct MisdirectedRow {
  std::string_view sni, host, answer, by_connection;
};
// HTTPRouteHTTPSListenerDetectMisdirectedRequests. `by_connection`: what Envoy's filter chains answer instead, by reading.
const std::vector<MisdirectedRow> misdirected_rows = {
    {"example.org", "example.org", "v1", "v1"},
    {"example.org", "second-example.org", "421", "404"},
    {"example.org", "unknown-example.org", "404", "404"},
    {"second-example.org", "second-example.org", "v2", "v2"},
    {"second-example.org", "example.org", "421", "404"},
    {"second-example.org", "unknown-example.org", "421", "404"},
    {"third-example.wildcard.org", "third-example.wildcard.org", "v3", "v3"},
    {"third-example.wildcard.org", "fith-example.wildcard.org", "v3", "v3"},
    {"third-example.wildcard.org", "fourth-example.wildcard.org", "421", "v3"},
    {"third-example.wildcard.org", "second-example.org", "421", "404"},
    {"third-example.wildcard.org", "unknown-example.org", "421", "404"},
    {"fourth-example.wildcard.org", "fourth-example.wildcard.org", "v4", "v4"},
    {"fourth-example.wildcard.org", "fith-example.wildcard.org", "421", "404"},
    {"unknown-example.org", "example.org", "v1", "v1"},
    {"unknown-example.org", "unknown-example.org", "404", "404"}};

std::string misdirected_manifests(std::string_view controller) {
  std::string text = manifests("HTTPS",
                               {{"https", ""},
                                {"second", "second-example.org"},
                                {"wildcard", "*.wildcard.org"},
                                {"fourth", "fourth-example.wildcard.org"}},
                               {{"v1", "https", "example.org"},
                                {"v2", "second", "second-example.org"},
                                {"v3", "wildcard", ""},
                                {"v4", "fourth", ""}});
  if (!controller.empty())
    text += fmt::format("---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {{name: c}}\nspec: "
                        "{{controllerName: {}}}\n",
                        controller);
  return text;
}

TEST(GatewayApiTables, HTTPRouteHTTPSListenerDetectMisdirectedRequests) {
  const ReadTable conformant(misdirected_manifests(""));
  const ReadTable istio(misdirected_manifests("istio.io/gateway-controller"));
  const ReadTable other(misdirected_manifests("example.com/unheard-of"));
  const ReadTable old(misdirected_manifests(""), Version{1, 2, 0});
  for (const MisdirectedRow& row : misdirected_rows) {
    const auto shown = fmt::format("{} -> {}", row.sni, row.host);
    EXPECT_EQ(conformant.ask(Scheme::https, row.sni, row.host), row.answer) << shown;
    EXPECT_EQ(istio.ask(Scheme::https, row.sni, row.host), row.by_connection) << shown;
    // Of these only what stays on one listener is certain.
    const bool crosses = row.answer == "421";
    EXPECT_EQ(other.ask(Scheme::https, row.sni, row.host), crosses ? "?" : row.answer) << shown;
    EXPECT_EQ(old.ask(Scheme::https, row.sni, row.host), crosses ? "?" : row.answer) << shown;
  }
}

TEST(GatewayApiTables, TheConditionOverlappingTLSConfig) {
  // The example of the condition's own text (apis/v1, ListenerConditionOverlappingTLSConfig).
  const ReadTable table(manifests("HTTPS", {{"a", "foo.example.com"}, {"b", "foo.example.org"}, {"c", "*.example.com"}}, {}));
  const auto& overlaps = table.deployment().kubernetes->ports.front().overlaps;
  ASSERT_EQ(overlaps.size(), 1U);
  EXPECT_EQ(overlaps.front().first + overlaps.front().second, 2U);
  EXPECT_FALSE(overlaps.front().by_certificate);
}

}  // namespace
}  // namespace astray
