#include "watch/store/writer_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/ascii.h"
#include "io/error_text.h"

namespace astray::watch {
namespace {

/// What the other wrote of itself; "" when it could not write (its disk was full).
std::string holder(int file) {
  std::array<char, 32> bytes{};
  const ssize_t size = pread(file, bytes.data(), bytes.size(), 0);
  return size <= 0 ? "" : std::string(ascii_trim({bytes.data(), static_cast<size_t>(size)}));
}

}  // namespace

Stored<WriterLock> WriterLock::take(const std::string& store_path) {
  const std::string path = store_path + ".lock";
  const auto fail = [&](StoreTrouble trouble, std::string message) {
    return Failure<StoreError>({trouble, std::move(message)});
  };
  FileDescriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open())
    return fail(
        StoreTrouble::unavailable,
        with_system_error(fmt::format("store {}: {} cannot be opened; the folder must be there and be "
                                      "writable for the watcher",
                                      store_path, path),
                          errno));
  // flock() and not fcntl(): it also keeps a second store of the same process out, and does not end when some
  // other descriptor of the file is closed.
  if (flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fail(StoreTrouble::unavailable,
                  with_system_error(fmt::format("store {}: {} cannot be locked", store_path, path), errno));
    const std::string pid = holder(file.number());
    return fail(StoreTrouble::in_use,
                fmt::format("store {}: another watcher writes it, {}; end that one, or give this one a store "
                            "of its own",
                            store_path, pid.empty() ? "its process is not known" : "process " + pid));
  }
  const std::string self = fmt::format("{}\n", getpid());
  // For people alone: on a full disk they are told less, and the lock holds all the same.
  if (ftruncate(file.number(), 0) == 0)
    static_cast<void>(pwrite(file.number(), self.data(), self.size(), 0) == 0);
  return WriterLock(std::move(file));
}

}  // namespace astray::watch
