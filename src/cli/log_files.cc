#include "cli/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace astray {
namespace {

constexpr auto between_looks = std::chrono::milliseconds(200);

/// A path as a set's name and what rotation put behind it.
struct Rotated {
  std::string set;
  int64_t age = 0;  ///< the larger, the older; 0: the file that is written now
};

Rotated rotated(const std::string& path) {
  std::string stem = path;
  for (const std::string_view ending : {".gz", ".zst"}) {
    if (stem.ends_with(ending)) stem.resize(stem.size() - ending.size());
  }
  const size_t mark = stem.find_last_of(".-");
  if (mark == std::string::npos || mark + 1 == stem.size() || stem.size() - mark > 12 ||
      stem.find_first_not_of("0123456789", mark + 1) != std::string::npos)
    return {stem, 0};
  const int64_t number = std::stoll(stem.substr(mark + 1));
  // ".1" is younger than ".2", "-20260101" older than "-20260102".
  constexpr int64_t latest_date = 1'000'000'000'000;
  return {stem.substr(0, mark), stem[mark] == '.' ? number : latest_date - number};
}

Failure<Error> cannot_read(const std::string& path) {
  return failure(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
}

Result<int> open_log(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return cannot_read(path);
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(descriptor);
    return failure(fmt::format("{} is a folder; name the logs in it", path));
  }
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
  return descriptor;
}

Result<size_t> read_some(int descriptor, const std::string& path, char* into, size_t size) {
  while (true) {
    const ssize_t got = ::read(descriptor, into, size);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return cannot_read(path == "-" ? "standard input" : path);
  }
}

}  // namespace

std::vector<std::string> in_order_of_rotation(std::vector<std::string> paths) {
  std::vector<std::string> ordered;
  std::vector<bool> taken(paths.size());
  for (size_t i = 0; i < paths.size(); ++i) {
    if (taken[i]) continue;
    const std::string set = rotated(paths[i]).set;
    std::vector<std::string> members;
    for (size_t k = i; k < paths.size(); ++k) {
      if (taken[k] || rotated(paths[k]).set != set) continue;
      taken[k] = true;
      members.push_back(paths[k]);
    }
    std::stable_sort(members.begin(), members.end(), [](const std::string& a, const std::string& b) {
      return rotated(a).age > rotated(b).age;
    });
    ordered.insert(ordered.end(), members.begin(), members.end());
  }
  return ordered;
}

Result<std::unique_ptr<FileBytes>> FileBytes::open(const std::string& path) {
  const Result<int> descriptor = open_log(path);
  if (!descriptor) return tl::unexpected(descriptor.error());
  return std::unique_ptr<FileBytes>(new FileBytes(*descriptor, path));
}
FileBytes::~FileBytes() {
  if (descriptor_ != STDIN_FILENO) close(descriptor_);
}
Result<size_t> FileBytes::read(char* into, size_t size) {
  return read_some(descriptor_, path_, into, size);
}

Result<std::unique_ptr<FollowedFile>> FollowedFile::open(const std::string& path, const std::atomic<bool>& stop) {
  const Result<int> descriptor = open_log(path);
  if (!descriptor) return tl::unexpected(descriptor.error());
  return std::unique_ptr<FollowedFile>(new FollowedFile(*descriptor, path, stop));
}
FollowedFile::~FollowedFile() {
  close(descriptor_);
}

void FollowedFile::reopen_if_replaced() {
  struct stat here {};
  struct stat there {};
  if (fstat(descriptor_, &here) != 0 || stat(path_.c_str(), &there) != 0) return;
  if (here.st_ino != there.st_ino || here.st_dev != there.st_dev) {
    const int next = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (next < 0) return;
    close(descriptor_);
    descriptor_ = next;
  } else if (lseek(descriptor_, 0, SEEK_CUR) > here.st_size) {
    lseek(descriptor_, 0, SEEK_SET);
  }
}

Result<size_t> FollowedFile::read(char* into, size_t size) {
  while (true) {
    Result<size_t> got = read_some(descriptor_, path_, into, size);
    if (!got || *got > 0 || stop_) return got;
    std::this_thread::sleep_for(between_looks);
    reopen_if_replaced();
  }
}

}  // namespace astray
