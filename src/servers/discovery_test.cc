#include "servers/discovery.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace astray {
namespace {

constexpr std::string_view nginx_text = "events {}\nhttp { server { listen 443 ssl; server_name a.test; } }\n";
constexpr std::string_view httpd_text =
    "Listen 8443\n<VirtualHost *:8443>\nServerName a.test\nSSLEngine on\n</VirtualHost>\n";
constexpr std::string_view haproxy_text =
    "defaults\n  mode http\nfrontend f\n  bind :443 ssl crt /c.pem\n  default_backend b\nbackend b\n  server s 127.0.0.1:80\n";

/// "path server" by line, in order.
std::string found(FileSource& files, std::string_view folder) {
  std::string text;
  for (const FoundConfiguration& each : discover(files, folder).found)
    text += each.path + ' ' + std::string(each.server->id) + '\n';
  return text;
}

TEST(Discovery, AFolderOfOneServerIsOneConfiguration) {
  MemoryFiles files;
  files.add("/etc/nginx/nginx.conf", std::string(nginx_text));
  files.add("/etc/nginx/conf.d/a.conf", "server { listen 80; server_name b.test; }\n");
  files.add("/etc/nginx/sites-available/old.conf", "server { listen 80; server_name c.test; }\n");
  EXPECT_EQ(found(files, "/etc/nginx"), "/etc/nginx nginx\n");
  EXPECT_EQ(found(files, "/etc/nginx/"), "/etc/nginx nginx\n");
}

TEST(Discovery, TiersOfSeveralMakesLieBesideAndBelowOneAnother) {
  MemoryFiles files;
  files.add("/site/nginx.conf", std::string(nginx_text));
  files.add("/site/apps/blog/httpd.conf", std::string(httpd_text));
  files.add("/site/apps/shop/nginx.conf", std::string(nginx_text));
  files.add("/site/edge/haproxy.cfg", std::string(haproxy_text));
  files.add("/site/edge/certs/c.pem", "-----BEGIN CERTIFICATE-----\n");
  EXPECT_EQ(found(files, "/site"),
            "/site nginx\n/site/apps/blog httpd\n/site/apps/shop nginx\n/site/edge haproxy\n");
  EXPECT_GE(discover(files, "/site").unrecognised_files, 1u);
}

TEST(Discovery, InAFolderThatSeveralServersTakeForTheirsTheCustomaryNamesTell) {
  MemoryFiles files;
  files.add("/site/nginx.conf", std::string(nginx_text));
  files.add("/site/apache2.conf", std::string(httpd_text));
  EXPECT_EQ(found(files, "/site"), "/site/nginx.conf nginx\n/site/apache2.conf httpd\n");
}

TEST(Discovery, HiddenEntriesArePassedBy) {
  MemoryFiles files;
  files.add("/site/.git/nginx.conf", std::string(nginx_text));
  files.add("/site/readme.txt", "hello");
  EXPECT_EQ(found(files, "/site"), "");
}

TEST(Discovery, LinksToFoldersArePassedBySoThatACircleEnds) {
  const std::string folder = testing::TempDir() + "astray_discovery_" + std::to_string(getpid());
  std::filesystem::create_directories(folder + "/releases/12");
  std::ofstream(folder + "/releases/12/nginx.conf") << nginx_text;
  std::filesystem::create_directory_symlink("releases/12", folder + "/current");
  std::filesystem::create_directory_symlink("..", folder + "/releases/up");
  DiskFiles files;
  EXPECT_EQ(found(files, folder), folder + "/releases/12 nginx\n");
  std::filesystem::remove_all(folder);
}

TEST(Discovery, DeepFoldersAreLeftOutAndCounted) {
  MemoryFiles files;
  std::string deep = "/site";
  for (int level = 0; level < most_levels + 2; ++level) deep += "/x";
  files.add(deep + "/nginx.conf", std::string(nginx_text));
  const Discovery discovery = discover(files, "/site");
  EXPECT_TRUE(discovery.found.empty());
  EXPECT_EQ(discovery.files_left_out, 1u);
}

}  // namespace
}  // namespace astray
