#include "servers/model/file_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace astray {
namespace {

class DiskFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "astray_files_" + std::to_string(getpid());
    std::filesystem::create_directories(folder_ + "/conf.d");
    std::ofstream(folder_ + "/conf.d/b.conf") << "b";
    std::ofstream(folder_ + "/conf.d/a.conf") << std::string("a\0c", 3);
    std::ofstream(folder_ + "/conf.d/.hidden.conf") << "h";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(DiskFilesTest, ReadsBytesAsTheyAre) {
  DiskFiles files;
  EXPECT_EQ(files.read(folder_ + "/conf.d/a.conf").value(), std::string("a\0c", 3));
}

TEST_F(DiskFilesTest, GlobIsSortedAndLeavesHiddenFilesOut) {
  DiskFiles files;
  EXPECT_EQ(files.glob(folder_ + "/conf.d/*"),
            (std::vector<std::string>{folder_ + "/conf.d/a.conf", folder_ + "/conf.d/b.conf"}));
  EXPECT_TRUE(files.glob(folder_ + "/none/*").empty());
}

TEST_F(DiskFilesTest, TellsWhyAFileCannotBeRead) {
  DiskFiles files(2);
  EXPECT_NE(files.read(folder_ + "/x").error().message.find("no such file"), std::string::npos);
  EXPECT_NE(files.read(folder_).error().message.find("is a directory"), std::string::npos);
  EXPECT_NE(files.read(folder_ + "/conf.d/a.conf").error().message.find("--max-file-size"), std::string::npos);
}

TEST_F(DiskFilesTest, LooksBelowItsRoot) {
  DiskFiles files(DiskFiles::default_max_file_size, folder_);
  EXPECT_EQ(files.kind("/conf.d"), FileSource::Kind::directory);
  EXPECT_EQ(files.read("/conf.d/b.conf").value(), "b");
  EXPECT_EQ(files.glob("/conf.d/b*"), std::vector<std::string>{"/conf.d/b.conf"});
  EXPECT_EQ(files.kind(folder_ + "/conf.d"), FileSource::Kind::missing);
}

TEST(MemoryFiles, LooksLikeADisk) {
  MemoryFiles files;
  files.add("/etc/nginx/nginx.conf", "x");
  files.add("/etc/nginx/conf.d/a.conf", "a");
  EXPECT_EQ(files.kind("/etc/nginx"), FileSource::Kind::directory);
  EXPECT_EQ(files.kind("/etc/ngin"), FileSource::Kind::missing);
  EXPECT_EQ(files.kind("/etc/nginx/nginx.conf"), FileSource::Kind::file);
  EXPECT_EQ(files.glob("/etc/nginx/*.conf"), std::vector<std::string>{"/etc/nginx/nginx.conf"});
  EXPECT_FALSE(files.read("/etc/nginx/conf.d").has_value());
}

TEST(ResolvePath, IsLexical) {
  EXPECT_EQ(resolve_path("/etc/nginx", "conf.d/../a.conf"), "/etc/nginx/a.conf");
  EXPECT_EQ(resolve_path("/etc/nginx", "/srv/./x"), "/srv/x");
}

}  // namespace
}  // namespace astray
