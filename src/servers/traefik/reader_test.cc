#include <gtest/gtest.h>

#include "servers/model/reader_case_test.h"
#include "servers/traefik/flags.h"
#include "servers/traefik/traefik.h"

namespace astray {
namespace {

class TraefikReader : public testing::TestWithParam<std::string> {};

TEST_P(TraefikReader, ReadsTheCase) {
  test::expect_reader_case(traefik_server, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Cases, TraefikReader, testing::ValuesIn(test::reader_cases(traefik_server)),
                         [](const testing::TestParamInfo<std::string>& one) { return one.param; });

TEST(TraefikRecognise, TellsItsConfigurationsFromOthers) {
  MemoryFiles files;
  files.add("/static.yml", "entryPoints:\n  web: {address: \":80\"}\n");
  files.add("/static.toml", "[entryPoints.web]\naddress = \":80\"\n");
  files.add("/dynamic.yaml", "http:\n  routers:\n    a: {rule: Host(`a.test`)}\n");
  files.add("/options.toml", "[tls.options.default]\nsniStrict = true\n[[tls.certificates]]\ncertFile = \"a\"\n");
  files.add("/compose/docker-compose.yml", "services:\n  a: {image: a, labels: [\"traefik.enable=true\"]}\n");
  files.add("/plain/docker-compose.yml", "services:\n  a: {image: a, labels: [\"other=true\"]}\n");
  files.add("/k8s/route.yaml", "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nmetadata: {name: a}\n");
  files.add("/list.json", R"({"apiVersion": "v1", "kind": "List", "items": [
      {"apiVersion": "traefik.containo.us/v1alpha1", "kind": "IngressRoute"}]})");
  files.add("/ingress.yaml", "apiVersion: networking.k8s.io/v1\nkind: Ingress\n");
  files.add("/torn.toml", "[entryPoints.web\n");
  files.add("/torn.yml", "entryPoints:\n  web: {address\n");
  files.add("/other.toml", "[http]\nrouters = 3\nmiddlewares = []\n");
  files.add("/gateway.yaml", "listeners:\n  web: {address: \":443\"}\nroutes: []\n");
  files.add("/envoy.yaml", "static_resources:\n  listeners: []\n");
  files.add("/folder/static.toml", "[entryPoints.web]\naddress = \":80\"\n");
  files.add("/folder/notes.yaml", "a: 1\n");
  const struct {
    std::string_view path;
    bool is_traefik;
  } rows[] = {{"/static.yml", true},    {"/static.toml", true},  {"/dynamic.yaml", true},   {"/options.toml", true},
              {"/compose", true},       {"/plain", false},       {"/k8s", true},            {"/k8s/", true},
              {"/list.json", true},     {"/ingress.yaml", false}, {"/torn.toml", true},     {"/torn.yml", true},
              {"/other.toml", false},   {"/gateway.yaml", false}, {"/envoy.yaml", false},   {"/folder", true},
              {"/missing", false}};
  for (const auto& row : rows) EXPECT_EQ(traefik_server.recognise(files, row.path), row.is_traefik) << row.path;
  for (const Server& other : all_servers()) {
    if (other.kind == ServerKind::traefik) continue;
    for (const char* path : {"/static.yml", "/static.toml", "/dynamic.yaml", "/compose", "/k8s", "/folder"})
      EXPECT_FALSE(other.recognise(files, path)) << other.id << ' ' << path;
  }
}

TEST(TraefikFlags, ArePathsOfATree) {
  traefik::Node root;
  EXPECT_TRUE(traefik::put(root, "entryPoints.web.address", ":80", {}));
  EXPECT_TRUE(traefik::put(root, "ENTRYPOINTS.web.http.tls", "true", {}));
  EXPECT_TRUE(traefik::put(root, "entrypoints.web.http.tls.options", "a", {}));
  EXPECT_TRUE(traefik::put(root, "entrypoints.web.http.tls", "true", {}));
  EXPECT_TRUE(traefik::put(root, "list[1].name", "b", {}));
  for (const char* wrong : {"", ".", "a.", "a..b", "a[", "a[x]", "a[-1]", "a[1000]", "[0]", "a[0]b"})
    EXPECT_FALSE(traefik::put(root, wrong, "x", {})) << wrong;
  std::string deep = "a";
  for (int i = 0; i < 32; ++i) deep += ".a";
  EXPECT_FALSE(traefik::put(root, deep, "x", {}));
  EXPECT_EQ(traefik::text(traefik::field_at(&root, "entryPoints.web"), "address"), ":80");
  EXPECT_EQ(traefik::text(traefik::field_at(&root, "entrypoints.WEB.http.tls"), "options"), "a");
  EXPECT_EQ(traefik::items(&root, "list").size(), 2U);
}

}  // namespace
}  // namespace astray
