// A tshark of the test's own stands on PATH. tests/explain/live_packets.py has the real one.
#include "cli/packet_capture.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace astray {
namespace {

class PacketCapture : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::getenv("PATH");
    folder_ = std::filesystem::temp_directory_path() / ("astray_packet_capture_" + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
    setenv("PATH", (folder_.string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override {
    setenv("PATH", path_.c_str(), 1);
    std::filesystem::remove_all(folder_);
  }
  void tshark_is(const std::string& script) {
    const std::string file = folder_ / "tshark";
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    chmod(file.c_str(), 0755);
  }
  std::string file_with(std::string_view bytes) {
    const std::string file = folder_ / "file";
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  /// What comes until the end, and the error in the end.
  static std::pair<std::string, std::string> all_of(TsharkBytes& tshark) {
    std::string text;
    char piece[64];
    while (true) {
      const Result<size_t> got = tshark.read(piece, sizeof piece);
      if (!got) return {text, got.error().message};
      if (*got == 0) return {text, ""};
      text.append(piece, *got);
    }
  }

  std::string path_;
  std::filesystem::path folder_;
};

TEST_F(PacketCapture, IsKnownByItsContent) {
  EXPECT_TRUE(is_packet_capture_file(file_with("\xd4\xc3\xb2\xa1 and more")));
  EXPECT_FALSE(is_packet_capture_file(file_with("192.0.2.1 - -")));
  EXPECT_FALSE(is_packet_capture_file(file_with("")));
  EXPECT_FALSE(is_packet_capture_file(folder_ / "nothing"));
  EXPECT_FALSE(is_packet_capture_file(folder_));
}

TEST_F(PacketCapture, IsHandedToTshark) {
  tshark_is(
      R"(echo "$1 $2 $3 $4"; echo 'Running as user "root" and group "root". This could be dangerous.' >&2; echo 'odd  bytes' >&2)");
  const auto tshark = TsharkBytes::start("-x.pcap", "keys.txt");
  ASSERT_TRUE(tshark);
  // A file's name is no option.
  EXPECT_EQ(all_of(**tshark),
            std::pair(std::string("-r ./-x.pcap -o tls.keylog_file:keys.txt\n"), std::string()));
  EXPECT_EQ((*tshark)->complaints(), "odd  bytes");
}

TEST_F(PacketCapture, ThatFailsIsReportedBehindWhatItPrinted) {
  tshark_is("echo line; echo 'cut short' >&2; echo 'in a packet' >&2; exit 2");
  const auto tshark = TsharkBytes::start("x.pcap", "");
  ASSERT_TRUE(tshark);
  EXPECT_EQ(all_of(**tshark),
            std::pair(std::string("line\n"),
                      std::string("tshark failed with exit status 2: cut short; in a packet")));
}

TEST_F(PacketCapture, ThatTakesTooLongIsEnded) {
  tshark_is("echo $$; exec sleep 60");
  const auto tshark = TsharkBytes::start("x.pcap", "", std::chrono::milliseconds(300));
  ASSERT_TRUE(tshark);
  const auto [text, error] = all_of(**tshark);
  EXPECT_NE(error.find("took more than 300 ms and was ended"), std::string::npos) << error;
  const pid_t process = std::atoi(text.c_str());
  ASSERT_GT(process, 0);
  EXPECT_NE(kill(process, 0), 0) << "it still runs";
}

TEST_F(PacketCapture, ThatNobodyReadsToItsEndIsEnded) {
  tshark_is("echo $$; exec sleep 60");
  char piece[16] = {};
  {
    const auto tshark = TsharkBytes::start("x.pcap", "");
    ASSERT_TRUE(tshark);
    ASSERT_TRUE((*tshark)->read(piece, sizeof piece - 1));
  }
  ASSERT_GT(std::atoi(piece), 0);
  EXPECT_NE(kill(std::atoi(piece), 0), 0) << "it still runs";
}

TEST_F(PacketCapture, WithoutTsharkSaysHowToInstallIt) {
  setenv("PATH", folder_.c_str(), 1);
  const auto tshark = TsharkBytes::start("x.pcap", "");
  ASSERT_FALSE(tshark);
  EXPECT_NE(tshark.error().message.find("apt-get install tshark"), std::string::npos);
}

}  // namespace
}  // namespace astray
