#include "cli/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "support/golden.h"

namespace astray {
namespace {

TEST(Output, WritesEverythingInOrder) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::string received;
  std::thread reader([&] {
    char piece[4096];
    for (ssize_t size = 0; (size = read(ends[0], piece, sizeof piece)) > 0;)
      received.append(piece, static_cast<size_t>(size));
  });
  std::string expected;
  {
    Output output(ends[1], "a pipe");
    for (size_t i = 0; i < 40; ++i) {
      // Smaller than the buffer, larger, and exactly as large.
      const size_t size = i % 3 == 0 ? 100 : i % 3 == 1 ? Output::buffer_bytes + i : Output::buffer_bytes;
      const std::string text(size, static_cast<char>('a' + i % 26));
      output.write(text);
      expected += text;
    }
    EXPECT_EQ(output.finish(), std::nullopt);
    EXPECT_TRUE(output.wanted());
  }
  close(ends[1]);
  reader.join();
  close(ends[0]);
  EXPECT_TRUE(received == expected);
}

TEST(Output, AReaderThatGoesAwayIsNoFailure) {
  signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  Output output(ends[1], "a pipe");
  output.write("text");
  EXPECT_TRUE(output.wanted());
  output.flush();
  EXPECT_FALSE(output.wanted());
  output.write(std::string(2 * Output::buffer_bytes, 'x'));
  EXPECT_EQ(output.finish(), std::nullopt);
  close(ends[1]);
}

TEST(Output, AFullDiskIsOne) {
  const int full = ::open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  Output output(full, "the report");
  output.write("text");
  const std::optional<Error> error = output.finish();
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->message, "cannot write to the report: No space left on device");
  close(full);
}

TEST(OutputFile, IsEmptiedOnlyWhenThereIsSomethingToWrite) {
  const std::string path = ::testing::TempDir() + "output_test_report";
  { Output(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), "x").write("old and longer"); }
  {
    Result<OutputFile> file = OutputFile::open(path);
    ASSERT_TRUE(file.has_value());
  }
  EXPECT_EQ(test::read_file(path), "old and longer");
  Result<OutputFile> file = OutputFile::open(path);
  ASSERT_TRUE(file.has_value());
  const Result<int> descriptor = file->begin();
  ASSERT_TRUE(descriptor.has_value());
  { Output(*descriptor, path).write("new"); }
  EXPECT_EQ(test::read_file(path), "new");
  std::filesystem::remove(path);
  EXPECT_FALSE(OutputFile::open("/no/such/folder/report").has_value());
}

}  // namespace
}  // namespace astray
