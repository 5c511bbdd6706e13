#include <gtest/gtest.h>

#include "servers/kubernetes/kubernetes.h"
#include "servers/model/reader_case_test.h"

namespace astray {
namespace {

class KubernetesReader : public testing::TestWithParam<std::string> {};

TEST_P(KubernetesReader, ReadsTheCase) {
  test::expect_reader_case(kubernetes_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, KubernetesReader, testing::ValuesIn(test::reader_cases(kubernetes_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(KubernetesRecognise, TellsItsObjectsFromOthers) {
  constexpr std::string_view gateway = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: a}\n";
  MemoryFiles files;
  files.add("/gateway.yaml", std::string(gateway));
  files.add("/list.json", R"({"apiVersion": "v1", "kind": "List", "items": [
      {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress"}]})");
  files.add("/folder/a.yaml", "kind: Service\napiVersion: v1\n---\n" + std::string(gateway));
  files.add("/istio.yaml", "apiVersion: networking.istio.io/v1\nkind: Gateway\n");
  files.add("/route.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute # Gateway\n");
  files.add("/policy.yaml", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy # Ingress\n");
  const struct {
    std::string_view path;
    bool is_kubernetes;
  } rows[] = {{"/gateway.yaml", true}, {"/list.json", true},    {"/folder", true}, {"/istio.yaml", false},
              {"/route.yaml", false},  {"/policy.yaml", false}, {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(kubernetes_server.recognise(files, row.path), row.is_kubernetes) << row.path;
}

}  // namespace
}  // namespace astray
