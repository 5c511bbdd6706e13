#include <gtest/gtest.h>

#include "servers/istio/istio.h"
#include "servers/istio/mesh.h"
#include "servers/model/reader_case_test.h"

namespace astray {
namespace {

class IstioReader : public testing::TestWithParam<std::string> {};

TEST_P(IstioReader, ReadsTheCase) {
  test::expect_reader_case(istio_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, IstioReader, testing::ValuesIn(test::reader_cases(istio_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(IstioRecognise, TellsItsObjectsFromOthers) {
  constexpr std::string_view gateway = "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\n";
  MemoryFiles files;
  files.add("/gateway.yaml", std::string(gateway));
  files.add("/list.json", R"({"apiVersion": "v1", "kind": "List", "items": [
      {"apiVersion": "networking.istio.io/v1beta1", "kind": "Gateway"}]})");
  files.add("/folder/a.yaml", "kind: Service\napiVersion: v1\n---\n" + std::string(gateway));
  files.add("/gateway_api.yaml", "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\n");
  files.add("/rule.yaml", "apiVersion: networking.istio.io/v1\nkind: DestinationRule # Gateway\n");
  const struct {
    std::string_view path;
    bool is_istio;
  } rows[] = {{"/gateway.yaml", true},     {"/list.json", true}, {"/folder", true},
              {"/gateway_api.yaml", false}, {"/rule.yaml", false}, {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(istio_server.recognise(files, row.path), row.is_istio) << row.path;
}

// Rows of Istio's own TestNameMatches and TestNameSubsetOf (pkg/config/host/name_test.go, commit 2c9ac959f), told again:
// where one is a part of the other, both have the smaller one in common.
TEST(IstioHosts, MatchAsPilotHasThem) {
  const struct {
    std::string_view a, b, both;
  } rows[] = {{"foo.com", "foo.com", "foo.com"},
              {"bar.com", "foo.com", ""},
              {"*", "foo.com", "foo.com"},
              {"*.com", "foo.com", "foo.com"},
              {"*.com", "*.foo.com", "*.foo.com"},
              {"*", "*.com", "*.com"},
              {"*.foo.com", "foo.com", ""},
              {"*.foo.com", "bar.com", ""},
              {"bar.foo.com", "foo.com", ""},
              {"*.foo.com", "bar.foo.com", "bar.foo.com"},
              {"*", "*", "*"},
              {"*", "com", "com"},
              {"*.foo.bar.baz", "baz", ""},
              {"*.foo.bar.baz", "*.baz", "*.foo.bar.baz"},
              {"foo.bar.baz", "*.baz", "foo.bar.baz"}};
  for (const auto& row : rows) {
    EXPECT_EQ(istio::common(row.a, row.b), row.both) << row.a << ' ' << row.b;
    EXPECT_EQ(istio::common(row.b, row.a), row.both) << row.b << ' ' << row.a;
  }
}

}  // namespace
}  // namespace astray
