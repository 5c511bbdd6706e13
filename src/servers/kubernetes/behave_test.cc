// ingress-nginx, by reading its sources and nginx's rule (ngx_http_set_virtual_server), and what the API says beyond its
// tables. Each row: SNI, Host, whether the client holds a certificate, what is answered.
#include <gtest/gtest.h>

#include "servers/kubernetes/kubernetes.h"
#include "servers/kubernetes/parts.h"
#include "tls/fake_certificate_source.h"

namespace astray {
namespace {

constexpr std::string_view ingresses = R"(
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: open}
spec:
  ingressClassName: nginx
  tls: [{hosts: [open.test], secretName: wild}]
  rules: [{host: open.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: priv
  annotations: {nginx.ingress.kubernetes.io/auth-tls-secret: default/ca, nginx.ingress.kubernetes.io/server-alias: alias.test}
spec:
  ingressClassName: nginx
  tls: [{hosts: [priv.test], secretName: wild}]
  rules: [{host: priv.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: b, port: {number: 80}}}}]}}]
)";

struct IngressRow {
  std::string_view sni, host;
  bool holds_certificate;
  std::string_view answer;
};

TEST(KubernetesBehaviour, IngressNginxGoesByTheAuthorityAndBy421WhereCertificatesAreAskedFor) {
  MemoryFiles files;
  files.add("/k/a.yaml", std::string(ingresses));
  FakeCertificateSource certificates;
  certificates.declare("/k/default/wild.pem", {"open.test", "priv.test"});
  const auto deployment =
      kubernetes_server.read("/k/a.yaml", {std::nullopt, VersionBasis::given, "/k", {}, files, certificates}).value();
  const auto behaviour = kubernetes_server.behaviour(deployment);
  const IngressRow rows[] = {
      {"open.test", "open.test", false, "open.test"},
      {"open.test", "priv.test", false, "421"},
      {"open.test", "alias.test", false, "421"},
      {"priv.test", "open.test", false, "open.test"},
      {"priv.test", "priv.test", false, "400"},
      {"priv.test", "priv.test", true, "?"},    // the authorities are not among the objects
      {"priv.test", "alias.test", true, "421"},  // of one server, but names are compared as text
      {"", "open.test", false, "open.test"},
      {"", "priv.test", true, "400"},  // the default server asks for no certificate
      {"other.test", "priv.test", true, "400"},
      {"open.test", "other.test", false, "404"},
  };
  for (const IngressRow& row : rows) {
    ConnectionFacts connection;
    if (!row.sni.empty()) connection.sni = RawHost(std::string(row.sni));
    if (row.holds_certificate) connection.client_certificate = ClientCertificate{"00"};
    RequestFacts request;
    request.host_fields = {RawHost(std::string(row.host))};
    const Expected expected = behave(*behaviour, ListenerId{1}, connection, request);
    std::string answer = expected.answer.outcome == AnswerOutcome::unknowable ? "?"
                         : expected.answer.outcome == AnswerOutcome::reject
                             ? std::to_string(expected.answer.status)
                             : deployment.virtual_host(expected.answer.virtual_host).label();
    EXPECT_EQ(answer, row.answer) << row.sni << " -> " << row.host;
  }
}

}  // namespace
}  // namespace astray
