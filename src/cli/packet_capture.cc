#include "cli/packet_capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/ascii.h"
#include "cli/log_files.h"
#include "explain/captures/packet_source.h"
#include "explain/logs/decompress.h"
#include "report/printable.h"

extern char** environ;

namespace astray {
namespace {

constexpr size_t most_complaints = 2000;

Failure<Error> no_tshark(const std::string& path, int error) {
  if (error == ENOENT)
    return failure(
        fmt::format("{} is a packet capture, which is read through tshark, and PATH has none; install it "
                    "(Debian, Ubuntu: apt-get install tshark; Fedora: dnf install wireshark-cli; macOS: "
                    "brew install wireshark)",
                    printable(path)));
  return failure(fmt::format("{}: tshark cannot be started: {}", printable(path), std::strerror(error)));
}

}  // namespace

bool is_packet_capture_file(const std::string& path) {
  struct stat status {};
  // A pipe would lose what is looked at.
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const Result<std::unique_ptr<FileBytes>> file = FileBytes::open(path);
  if (!file) return false;
  const std::unique_ptr<explain::ByteSource> plain = explain::decompressed(**file);
  char head[16];
  size_t size = 0;
  while (size < sizeof head) {
    const Result<size_t> got = plain->read(head + size, sizeof head - size);
    if (!got || *got == 0) break;
    size += *got;
  }
  return explain::is_packet_capture({head, size});
}

Result<std::unique_ptr<TsharkBytes>> TsharkBytes::start(const std::string& path, const std::string& key_log,
                                                        std::chrono::milliseconds limit) {
  // "./-x" is no option.
  std::vector<std::string> words = {"tshark", "-r", path.starts_with('-') ? "./" + path : path};
  if (!key_log.empty()) words.insert(words.end(), {"-o", "tls.keylog_file:" + key_log});
  for (const std::string_view option : explain::packet_options()) words.emplace_back(option);
  for (const std::string_view field : explain::packet_fields())
    words.insert(words.end(), {"-e", std::string(field)});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return no_tshark(path, errno);
  const int complaints = memfd_create("tshark's stderr", MFD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (complaints >= 0) posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO);
  pid_t process = -1;
  const int error = posix_spawnp(&process, "tshark", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    if (complaints >= 0) close(complaints);
    return no_tshark(path, error);
  }
  return std::unique_ptr<TsharkBytes>(new TsharkBytes(path, process, ends[0], complaints, limit));
}

void TsharkBytes::stop() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
}

TsharkBytes::~TsharkBytes() {
  stop();
  close(output_);
  if (complaints_ >= 0) close(complaints_);
}

std::string TsharkBytes::complaints() const {
  std::string text(most_complaints, '\0');
  const ssize_t size = complaints_ < 0 ? -1 : pread(complaints_, text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : static_cast<size_t>(size));
  std::string joined;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = ascii_trim(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
    // It says so each time that root runs it, and nothing follows from it here.
    if (line.empty() || line.starts_with("Running as user \"root\"")) continue;
    joined += fmt::format("{}{}", joined.empty() ? "" : "; ", printable(line));
  }
  return joined;
}

Result<size_t> TsharkBytes::end() {
  if (process_ < 0) return size_t{0};
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return size_t{0};
  const std::string how = WIFSIGNALED(status)
                              ? fmt::format("was ended by signal {}", WTERMSIG(status))
                              : fmt::format("failed with exit status {}", WEXITSTATUS(status));
  const std::string said = complaints();
  return failure(fmt::format("tshark {}{}", how, said.empty() ? " and said nothing" : ": " + said));
}

Result<size_t> TsharkBytes::read(char* into, size_t size) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
    pollfd ready{output_, POLLIN, 0};
    const int woken = left.count() <= 0 ? 0 : poll(&ready, 1, static_cast<int>(left.count()));
    if (woken < 0 && errno == EINTR) continue;
    if (woken <= 0) {
      stop();
      return failure(
          fmt::format("tshark took more than {} and was ended; editcap or tcpdump -r cut a smaller piece out "
                      "of the capture",
                      limit_ >= std::chrono::seconds(1) ? fmt::format("{} s", limit_.count() / 1000)
                                                        : fmt::format("{} ms", limit_.count())));
    }
    const ssize_t got = ::read(output_, into, size);
    if (got > 0) return static_cast<size_t>(got);
    if (got < 0 && errno == EINTR) continue;
    return end();
  }
}

}  // namespace astray
