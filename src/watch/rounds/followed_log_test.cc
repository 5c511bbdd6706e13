#include "watch/rounds/followed_log.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "watch/rounds/refusal_counter.h"

namespace astray::watch {
namespace {

constexpr size_t plenty = 1 << 20;

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

std::string read_new(FollowedLog& log, size_t most = plenty) {
  const Result<std::string> read = log.read_new(most);
  EXPECT_TRUE(read) << read.error().message;
  return read ? *read : "";
}

TEST(FollowedLog, BeginsAtTheEndAndReadsWholeLines) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("access.log", "old\n");
  FollowedLog log(path);
  EXPECT_EQ(read_new(log), "");
  append(path, "one\ntw");
  EXPECT_EQ(read_new(log), "one\n");
  append(path, "o\n");
  EXPECT_EQ(read_new(log), "two\n");
  EXPECT_EQ(read_new(log), "");
}

TEST(FollowedLog, ReadsARotatedFileToItsEnd) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("access.log", "old\n");
  FollowedLog log(path);
  append(path, "last\n");
  std::filesystem::rename(path, path + ".1");
  // Between the two there is no file; nothing is lost and nothing is wrong.
  EXPECT_EQ(read_new(log), "last\n");
  append(path + ".1", "very last\n");
  folder.write("access.log", "first\n");
  EXPECT_EQ(read_new(log), "very last\nfirst\n");
  append(path, "second\n");
  EXPECT_EQ(read_new(log), "second\n");
}

TEST(FollowedLog, ReadsATruncatedFileFromItsBeginning) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("access.log", "a long first line\n");
  FollowedLog log(path);
  std::filesystem::resize_file(path, 0);
  append(path, "new\n");
  EXPECT_EQ(read_new(log), "new\n");
}

TEST(FollowedLog, AFileThatComesLaterIsReadWhole) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path_of("access.log");
  FollowedLog log(path);
  const Result<std::string> none = log.read_new(plenty);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find(path), std::string::npos);
  folder.write("access.log", "one\n");
  EXPECT_EQ(read_new(log), "one\n");
}

TEST(FollowedLog, ReadsNoMoreThanItIsAskedFor) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("access.log", "");
  FollowedLog log(path);
  append(path, "1234567\n1234567\n1234567\n");
  EXPECT_EQ(read_new(log, 18), "1234567\n1234567\n");
  EXPECT_EQ(read_new(log, 18), "1234567\n");
}

RefusalCounter counter_of(const LogSettings& log) {
  Result<RefusalCounter> counter = RefusalCounter::of({log});
  EXPECT_TRUE(counter) << counter.error().message;
  return std::move(*counter);
}

TEST(RefusalCounter, CountsBothNamesOfAnErrorLog) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("error.log", "");
  RefusalCounter counter = counter_of({path, "web1", ""});
  const std::string line =
      "2026/11/29 12:00:00 [info] 7#7: *5 client attempted to request the server name different from the one that was "
      "negotiated while reading client request headers, client: 192.0.2.9, server: a.example, request: \"GET / "
      "HTTP/1.1\", host: \"b.example\"\n";
  append(path, line + line);
  const RefusalCounter::Counted counted = counter.count();
  EXPECT_TRUE(counted.troubles.empty());
  ASSERT_EQ(counted.refusals.size(), 1U);
  EXPECT_EQ(counted.refusals[0].node, "web1");
  EXPECT_EQ(counted.refusals[0].to, "b.example");
  EXPECT_EQ(counted.refusals[0].count, 2U);
  EXPECT_TRUE(counter.count().refusals.empty());
}

TEST(RefusalCounter, CountsThe421sOfAnAccessLog) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("access.log", "");
  RefusalCounter counter =
      counter_of({path, "web1", R"($remote_addr [$time_iso8601] "$request" $status $host $ssl_server_name)"});
  append(path,
         "192.0.2.9 [2026-11-29T12:00:00+00:00] \"GET / HTTP/2.0\" 200 a.example a.example\n"
         "192.0.2.9 [2026-11-29T12:00:00+00:00] \"GET / HTTP/2.0\" 421 b.example a.example\n");
  const RefusalCounter::Counted counted = counter.count();
  ASSERT_EQ(counted.refusals.size(), 1U);
  EXPECT_EQ(counted.refusals[0], (RefusalCount{"web1", "a.example", "b.example", 1}));
}

TEST(RefusalCounter, SaysWhatItCannotRead) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("access.log", "");
  RefusalCounter counter = counter_of({path, "web1", ""});
  append(path, "nothing that anybody knows\n");
  const RefusalCounter::Counted counted = counter.count();
  ASSERT_EQ(counted.troubles.size(), 1U);
  EXPECT_NE(counted.troubles[0].find("in no format that astray knows"), std::string::npos);
  EXPECT_FALSE(RefusalCounter::of({{path, "web1", "$"}}));
}

}  // namespace
}  // namespace astray::watch
