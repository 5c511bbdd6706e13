// The only place that runs another program, and only one that the user named.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "cli/server_choice.h"
#include "report/printable.h"

extern char** environ;

namespace astray {
namespace {

constexpr auto patience = std::chrono::seconds(10);
constexpr size_t most_output = 64 << 10;

/// What comes out of the pipe until it ends, is long enough, or takes too long.
std::string read_all(int descriptor) {
  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (text.size() < most_output) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{descriptor, POLLIN, 0};
    if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) break;
    char piece[4096];
    const ssize_t size = read(descriptor, piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(piece, static_cast<size_t>(size));
  }
  return text;
}

}  // namespace

Result<BinaryVersion> version_of_binary(const std::string& path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return failure(fmt::format("cannot run {}: {}", printable(path), std::strerror(errno)));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);  // nginx prints its version there
  std::string program = path;
  std::string option = "-v";
  char* arguments[] = {program.data(), option.data(), nullptr};
  pid_t child = -1;
  // A path, never a search of PATH: what runs is what the user named.
  const int error = posix_spawn(&child, path.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    return failure(
        fmt::format("cannot run {} -v: {}; name the server's binary by its path, such as /usr/sbin/nginx",
                    printable(path), std::strerror(error)));
  }
  const std::string text = read_all(ends[0]);
  close(ends[0]);
  kill(child, SIGKILL);  // it has nothing left to say; without effect when it has ended
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  if (std::optional<BinaryVersion> version = version_in_text(text)) return *version;
  return failure(
      fmt::format("{} -v printed no version of nginx or Apache httpd (it printed: {}); give one with "
                  "--server KIND@VERSION",
                  printable(path), text.empty() ? "nothing" : printable(text.substr(0, 200))));
}

}  // namespace astray
