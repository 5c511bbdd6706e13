#include "cli/waivers_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace astray {
namespace {

namespace fs = std::filesystem;

class WaiversFile : public ::testing::Test {
 protected:
  WaiversFile() : root_(fs::path(::testing::TempDir()) / ("waivers_" + std::to_string(::getpid()))) {
    fs::create_directories(root_ / "a" / "b");
    fs::create_directories(root_ / "other");
  }
  ~WaiversFile() override { fs::remove_all(root_); }
  std::string path(std::string_view below) const { return (root_ / below).string(); }
  void write(std::string_view below, std::string_view text = "[]") { std::ofstream(root_ / below) << text; }
  std::string found(const std::vector<std::string>& configurations) {
    const Result<std::optional<std::string>> file = find_waivers_file(configurations);
    return file ? file->value_or("none") : "refused";
  }
  fs::path root_;
};

TEST_F(WaiversFile, TheNearestOneAboveCounts) {
  write("a/b/n.conf", "");
  EXPECT_EQ(found({path("a/b/n.conf")}), "none");
  write(".astray-ignore.yaml");
  EXPECT_EQ(found({path("a/b/n.conf")}), path(".astray-ignore.yaml"));
  EXPECT_EQ(found({path("a/b")}), path(".astray-ignore.yaml"));
  EXPECT_EQ(found({path("a/b/")}), path(".astray-ignore.yaml"));
  write("a/b/.astray-ignore.yaml");
  EXPECT_EQ(found({path("a/b/n.conf")}), path("a/b/.astray-ignore.yaml"));
  EXPECT_EQ(found({path("a/b/")}), path("a/b/.astray-ignore.yaml"));
  EXPECT_EQ(found({path("other/../a/b/n.conf")}), path("a/b/.astray-ignore.yaml"));
  EXPECT_EQ(found({path("a/missing.conf")}), path(".astray-ignore.yaml"));
}

TEST_F(WaiversFile, TwoDifferentOnesAreRefused) {
  write("a/.astray-ignore.yaml");
  EXPECT_EQ(found({path("a/b"), path("a/n.conf")}), path("a/.astray-ignore.yaml"));
  EXPECT_EQ(found({path("a/b"), path("other")}), path("a/.astray-ignore.yaml"));
  write("other/.astray-ignore.yaml");
  EXPECT_EQ(found({path("a/b"), path("other")}), "refused");
}

TEST_F(WaiversFile, ProblemsNameTheFile) {
  EXPECT_FALSE(read_waivers(path("missing.yaml")).has_value());
  write("bad.yaml", "- {rule: nothing}");
  const Result<Waivers> bad = read_waivers(path("bad.yaml"));
  ASSERT_FALSE(bad.has_value());
  EXPECT_NE(bad.error().message.find("bad.yaml:1"), std::string::npos) << bad.error().message;
}

}  // namespace
}  // namespace astray
