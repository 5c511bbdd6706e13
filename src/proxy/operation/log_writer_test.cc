#include "proxy/operation/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>

#include <fmt/format.h>

#include "gateway/log/log_format.h"
#include "io/fake/virtual_loop.h"
#include "io/sleep.h"
#include "proxy/operation/metrics.h"
#include "proxy/operation/worker_records.h"
#include "support/golden.h"
#include "support/prometheus_parser.h"
#include "support/temporary_folder.h"

namespace astray::proxy {
namespace {

using namespace std::chrono_literals;
using astray::test::TemporaryFolder;

/// Times of a test: what takes a minute in the world takes milliseconds.
LogWriterLimits quick() {
  return {.gather = 1ms, .retry = 5ms, .tell_every = 60s, .end_patience = 2s};
}

/// What a writer told, which tests wait for.
class Told {
 public:
  LogWriter::Tell tell() {
    return [this](std::string_view sentence) {
      const std::lock_guard lock(mutex_);
      sentences_.emplace_back(sentence);
      changed_.notify_all();
    };
  }
  /// The first so many; fewer when they do not come within ten seconds.
  std::vector<std::string> wait_for(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 10s, [&] { return sentences_.size() >= count; });
    return sentences_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> sentences_;
};

std::unique_ptr<LogWriter> started(const std::string& path, LogWriter::Tell tell = {},
                                   LogWriterLimits limits = quick()) {
  auto writer = LogWriter::start(path, std::move(tell), limits);
  EXPECT_TRUE(writer) << (writer ? "" : writer.error().message);
  return writer ? std::move(*writer) : nullptr;
}

/// "thread number line number xxxx…", of a length that differs from line to line.
std::string numbered(int thread, int line) {
  return fmt::format("{} {} {:x>{}}\n", thread, line, "", line * 37 % 400);
}

/// How often each line is there; what is no line of ours fails the test.
std::map<std::pair<int, int>, int> lines_of(const std::vector<std::string>& files) {
  std::map<std::pair<int, int>, int> seen;
  for (const std::string& file : files) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      int thread = -1;
      int number = -1;
      if (std::sscanf(line.c_str(), "%d %d", &thread, &number) != 2 ||
          line + "\n" != numbered(thread, number)) {
        ADD_FAILURE() << file << " has " << line;
        continue;
      }
      ++seen[{thread, number}];
    }
  }
  return seen;
}

TEST(LogWriter, WritesWhatManyThreadsGive) {
  const TemporaryFolder folder;
  const std::string path = folder.path_of("access.log");
  constexpr int threads = 4;
  constexpr int lines = 5000;
  LogCounts counts;
  {
    const auto writer = started(path);
    std::vector<std::jthread> running;
    for (int thread = 0; thread < threads; ++thread)
      running.emplace_back([&writer, thread] {
        for (int line = 0; line < lines; line += 2)
          writer->take(numbered(thread, line) + numbered(thread, line + 1), 2);
      });
    running.clear();
    while (writer->counts().written < threads * lines) std::this_thread::yield();
    counts = writer->counts();
  }
  EXPECT_EQ(counts.dropped, 0u);
  EXPECT_EQ(counts.failures, 0u);
  const auto seen = lines_of({path});
  EXPECT_EQ(seen.size(), static_cast<size_t>(threads * lines));
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& line) { return line.second == 1; }));
}

// Each of them may find the writer asleep, about to fall asleep, or waiting for more.
TEST(LogWriter, ALineIsWrittenWhateverTheWriterDoes) {
  const TemporaryFolder folder;
  const auto writer = started(folder.path_of("access.log"));
  constexpr uint64_t lines = 300;
  for (uint64_t line = 0; line < lines; ++line) {
    writer->take(numbered(0, static_cast<int>(line)), 1);
    const auto begin = std::chrono::steady_clock::now();
    while (writer->counts().written <= line) {
      ASSERT_LT(std::chrono::steady_clock::now() - begin, 10s) << "line " << line << " is forgotten";
      std::this_thread::yield();
    }
    std::this_thread::sleep_for(line % 8 * 300us);  // up to two periods
  }
  EXPECT_EQ(writer->counts().written, lines);
}

TEST(LogWriter, MuchIsWrittenBeforeItsTime) {
  const TemporaryFolder folder;
  auto limits = quick();
  limits.gather = 1h;
  const auto writer = started(folder.path_of("access.log"), {}, limits);
  const std::string line(100'000, 'x');
  for (uint64_t line_number = 1; line_number <= 50; ++line_number) writer->take(line + "\n", 1);
  const auto begin = std::chrono::steady_clock::now();
  while (writer->counts().written + 3 < 50 && std::chrono::steady_clock::now() - begin < 10s)
    std::this_thread::yield();
  EXPECT_GE(writer->counts().written, 47u) << "less may wait for the hour to end";
}

// An end that cuts a line off counts it as dropped, once.
TEST(LogWriter, EachLineIsWrittenOrDropped) {
  const TemporaryFolder folder;
  const std::string path = folder.path_of("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const FileDescriptor reader(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  auto limits = quick();
  limits.end_patience = 20ms;
  Told told;
  constexpr int lines = 3000;  // more than a pipe holds
  uint64_t written = 0;
  {
    const auto writer = started(path, told.tell(), limits);
    for (int line = 0; line < lines; ++line) writer->take(numbered(0, line), 1);
    while (writer->counts().written < 100) std::this_thread::yield();
    std::this_thread::sleep_for(20ms);
    written = writer->counts().written;
  }
  ASSERT_EQ(told.wait_for(1).size(), 1u);
  EXPECT_EQ(told.wait_for(1)[0],
            fmt::format("the log {} ends without its last {} lines", path, lines - written));
}

TEST(LogWriter, AppendsAndNobodyElseReads) {
  const TemporaryFolder folder;
  const std::string old_path = folder.write("old.log", "before\n");
  started(old_path)->take("after\n", 1);
  EXPECT_EQ(astray::test::read_file(old_path), "before\nafter\n")
      << "what is taken is written before the end";

  const mode_t mask = umask(0);
  started(folder.path_of("new.log"))->take("line\n", 1);
  umask(mask);
  struct stat status {};
  ASSERT_EQ(stat(folder.path_of("new.log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777u, 0640u);
}

TEST(LogWriter, SaysWhyItCannotStart) {
  const TemporaryFolder folder;
  const auto error_of = [](const std::string& path) {
    const auto writer = LogWriter::start(path, {});
    return writer ? "started" : writer.error().message;
  };
  const std::string missing = folder.path_of("no/such/folder.log");
  EXPECT_TRUE(error_of(missing).starts_with("cannot open the log " + missing)) << error_of(missing);
  EXPECT_NE(error_of(missing).find("ENOENT"), std::string::npos) << error_of(missing);
  EXPECT_NE(error_of(folder.path()).find("EISDIR"), std::string::npos) << error_of(folder.path());
  const std::string pipe_path = folder.path_of("pipe");
  ASSERT_EQ(mkfifo(pipe_path.c_str(), 0600), 0);
  EXPECT_NE(error_of(pipe_path).find("ENXIO"), std::string::npos) << "a pipe without a reader would hold us";
}

// What logrotate does: rename, then tell the process.
TEST(LogWriter, RotationUnderLoadLosesNothing) {
  const TemporaryFolder folder;
  const std::string path = folder.path_of("access.log");
  constexpr int threads = 3;
  constexpr int rotations = 20;
  std::vector<std::string> files{path};
  std::atomic<uint64_t> given{0};
  std::atomic<bool> ends{false};
  std::vector<int> last(threads, 0);
  {
    const auto writer = started(path);
    std::vector<std::jthread> running;
    for (int thread = 0; thread < threads; ++thread)
      running.emplace_back([&, thread] {
        while (!ends) {
          writer->take(numbered(thread, last[static_cast<size_t>(thread)]++), 1);
          ++given;
          if (given - writer->counts().written > 10'000) std::this_thread::yield();
        }
      });
    for (int rotation = 0; rotation < rotations; ++rotation) {
      const uint64_t before = writer->counts().written;
      while (writer->counts().written < before + 100) std::this_thread::yield();
      files.push_back(fmt::format("{}.{}", path, rotation));
      std::filesystem::rename(path, files.back());
      writer->reopen();
      while (!std::filesystem::exists(path)) std::this_thread::yield();
    }
    ends = true;
    running.clear();
    EXPECT_EQ(writer->counts().dropped, 0u);
  }
  const auto seen = lines_of(files);
  EXPECT_EQ(seen.size(), given.load());
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& line) { return line.second == 1; }));
  for (size_t i = 1; i < files.size(); ++i)
    EXPECT_TRUE(astray::test::read_file(files[i]).ends_with('\n')) << "a line goes on in the next file";
}

TEST(LogWriter, AFullDiskIsToldOnceAndRecoveredFrom) {
  const TemporaryFolder folder;
  const std::string path = folder.path_of("access.log");
  std::filesystem::create_symlink("/dev/full", path);
  Told told;
  auto limits = quick();
  limits.waiting_bytes = 100'000;
  int given = 0;
  LogCounts counts;
  {
    const auto writer = started(path, told.tell(), limits);
    writer->take(numbered(0, given++), 1);
    ASSERT_EQ(told.wait_for(1).size(), 1u);
    while (writer->counts().failures < 5) std::this_thread::yield();  // it tries, and says no more
    while (writer->counts().dropped == 0) writer->take(numbered(0, given++), 1);
    std::filesystem::remove(path);
    writer->reopen();
    ASSERT_EQ(told.wait_for(2).size(), 2u);
    writer->take(numbered(0, given++), 1);
    while (writer->counts().written + writer->counts().dropped < static_cast<uint64_t>(given))
      std::this_thread::yield();
    counts = writer->counts();
  }
  const auto sentences = told.wait_for(2);
  EXPECT_EQ(sentences.size(), 2u);
  EXPECT_TRUE(sentences[0].starts_with("cannot write the log " + path + " (ENOSPC)")) << sentences[0];
  EXPECT_EQ(sentences[1], "the log " + path + " is written again; 1 more lines were dropped");
  EXPECT_EQ(counts.dropped, 1u);
  const auto seen = lines_of({path});
  EXPECT_EQ(seen.size(), static_cast<size_t>(given) - 1);
  EXPECT_TRUE(seen.contains({0, 0})) << "what could not be written was kept";
}

/// A pipe by name that is open for reading, and not read.
struct UnreadPipe {
  explicit UnreadPipe(const std::string& path) {
    EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    reader = FileDescriptor(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }
  /// What is in it now.
  std::string read_all() const {
    std::string bytes;
    char buffer[4096];
    for (ssize_t count = 0; (count = read(reader.number(), buffer, sizeof buffer)) > 0;)
      bytes.append(buffer, static_cast<size_t>(count));
    return bytes;
  }
  FileDescriptor reader;
};

TEST(LogWriter, APipeThatNobodyReadsHoldsUpNobody) {
  const TemporaryFolder folder;
  const std::string path = folder.path_of("pipe");
  const UnreadPipe pipe(path);
  Told told;
  auto limits = quick();
  limits.waiting_bytes = 1 << 20;
  limits.end_patience = 20ms;
  const auto begin = std::chrono::steady_clock::now();
  uint64_t given = 0;
  {
    const auto writer = started(path, told.tell(), limits);
    while (writer->counts().dropped < 1000) writer->take(numbered(0, static_cast<int>(given++)), 1);
    const auto sentences = told.wait_for(1);
    ASSERT_EQ(sentences.size(), 1u);
    EXPECT_TRUE(sentences[0].starts_with("the log " + path + " is taken too slowly; ")) << sentences[0];
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s) << "the end does not wait for the reader";
  const std::string bytes = pipe.read_all();
  ASSERT_GT(bytes.size(), 4096u);
  const std::string whole = bytes.substr(0, bytes.rfind('\n') + 1);
  const auto seen = lines_of({folder.write("read", whole)});
  EXPECT_GT(seen.size(), 10u);
  EXPECT_LT(seen.size(), given);
}

TEST(LogWriter, GoesOnWhereItWasWhenAPipeIsReadAgain) {
  const TemporaryFolder folder;
  const std::string path = folder.path_of("pipe");
  const UnreadPipe pipe(path);
  constexpr int lines = 2000;  // about six times what a pipe holds
  std::string bytes;
  {
    const auto writer = started(path);
    for (int line = 0; line < lines; ++line) writer->take(numbered(0, line), 1);
    while (writer->counts().written == 0) std::this_thread::yield();
    while (writer->counts().written < lines) bytes += pipe.read_all();
    EXPECT_EQ(writer->counts().dropped, 0u);
  }
  bytes += pipe.read_all();
  EXPECT_EQ(lines_of({folder.write("read", bytes)}).size(), static_cast<size_t>(lines));
}

// SIGPIPE would end the test.
TEST(LogWriter, ALostReaderIsAnErrorAndNoSignal) {
  const TemporaryFolder folder;
  const std::string path = folder.path_of("pipe");
  UnreadPipe pipe(path);
  Told told;
  const auto writer = started(path, told.tell());
  pipe.reader.reset();
  writer->take("line\n", 1);
  const auto sentences = told.wait_for(1);
  ASSERT_EQ(sentences.size(), 1u);
  EXPECT_NE(sentences[0].find("EPIPE"), std::string::npos) << sentences[0];
}

TEST(LogWriter, KeepsItsFileWhenThePathCannotBeOpened) {
  const TemporaryFolder folder;
  const std::string path = folder.write("logs/access.log", "");
  Told told;
  {
    const auto writer = started(path, told.tell());
    std::filesystem::rename(folder.path_of("logs"), folder.path_of("moved"));
    writer->reopen();
    const auto sentences = told.wait_for(1);
    ASSERT_EQ(sentences.size(), 1u);
    EXPECT_TRUE(sentences[0].ends_with("; the file that was open stays in use")) << sentences[0];
    writer->take("line\n", 1);
  }
  EXPECT_EQ(astray::test::read_file(folder.path_of("moved/access.log")), "line\n");
}

TEST(LogFile, StandardOutputWhateverItIs) {
  for (const char* path : {"-", "/dev/stdout"}) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);  // as systemd's journal has it
    const FileDescriptor reader(ends[0]);
    FileDescriptor writer(ends[1]);
    std::fflush(stdout);
    const FileDescriptor before(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
    ASSERT_EQ(dup2(writer.number(), STDOUT_FILENO), STDOUT_FILENO);
    auto file = LogFile::open(path);
    dup2(before.number(), STDOUT_FILENO);
    writer.reset();
    ASSERT_TRUE(file) << path;
    // More than fits: what fits goes out, and the rest is not waited for.
    const std::string bytes(4 << 20, 'x');
    const LogFile::Progress progress = file->write(bytes, 1ms);
    EXPECT_EQ(progress.system_error, EAGAIN);
    EXPECT_GT(progress.bytes, 4095u);
    EXPECT_LT(progress.bytes, bytes.size());
  }
}

struct Bench {
  TemporaryFolder folder;
  std::string path = folder.path_of("access.log");
  fake::VirtualLoop loop;
  std::unique_ptr<LogWriter> writer = started(path);
  WorkerLog log{loop, *writer,
                std::make_shared<gateway::LogFormat>(gateway::LogFormat::parse("{connection.id}").value())};

  Task<void> write_and_turn(uint64_t count) {
    for (uint64_t id = 0; id < count; ++id) {
      gateway::LogRecord record;
      record.connection_id = id;
      log.write(record);
    }
    before_turn = writer->counts().written;
    co_await next_turn(loop);
  }
  uint64_t before_turn = 0;
};

TEST(WorkerLog, HandsOverAtTheEndOfTheTurn) {
  Bench bench;
  ASSERT_TRUE(bench.loop.run_until_done(bench.write_and_turn(3)));
  while (bench.writer->counts().written < 3) std::this_thread::yield();
  EXPECT_EQ(bench.before_turn, 0u);
  EXPECT_EQ(astray::test::read_file(bench.path), "0\n1\n2\n");
}

TEST(WorkerLog, ATurnOfManyLines) {
  Bench bench;
  constexpr uint64_t many = 100'000;
  ASSERT_TRUE(bench.loop.run_until_done(bench.write_and_turn(many)));
  while (bench.writer->counts().written < many) std::this_thread::yield();
  const std::string bytes = astray::test::read_file(bench.path);
  EXPECT_EQ(std::count(bytes.begin(), bytes.end(), '\n'), static_cast<ptrdiff_t>(many));
  EXPECT_TRUE(bytes.ends_with("\n99999\n"));
}

TEST(WorkerRecords, ARequestIsLoggedCountedAndWhenRefusedKept) {
  Bench bench;
  Metrics metrics(2);
  RecentRefusals refusals(2);
  WorkerRecords records(1, metrics.worker(1), refusals, &bench.log);
  WorkerRecords without_log(0, metrics.worker(0), refusals, nullptr);
  gateway::LogRecord record;
  record.connection_id = 7;
  record.answer = Answer::misdirected;
  record.reason = Reason::certificate_gap;
  record.status = 421;
  records.request_ended(record);
  without_log.request_ended(record);
  without_log.request_ended(gateway::LogRecord{});  // a head that could not be read: never judged
  ASSERT_TRUE(bench.loop.run_until_done(bench.write_and_turn(0)));
  while (bench.writer->counts().written < 1) std::this_thread::yield();
  EXPECT_EQ(astray::test::read_file(bench.path), "7\n");
  EXPECT_EQ(refusals.newest().size(), 2u);
  std::string text;
  metrics.append_text(text, {});
  const astray::test::ParsedMetrics parsed = astray::test::parse_metrics(text, "astray_gateway_");
  EXPECT_EQ(parsed.value("astray_gateway_misdirected_total", {{"reason", "certificate-gap"}}), 2);
  EXPECT_EQ(parsed.value("astray_gateway_request_duration_seconds_count"), 3);
}

}  // namespace
}  // namespace astray::proxy
