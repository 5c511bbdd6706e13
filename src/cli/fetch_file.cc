#include "cli/fetch_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "report/printable.h"

namespace astray {

Result<void> FetchFile::open() {
  if (file_.is_open()) return {};
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  if (folders_ == CreateFolders::yes && !folder.empty()) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      return failure(
          fmt::format("cannot make the folder {}: {}", printable(folder.string()), error.message()));
    }
  }
  file_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (file_.is_open()) return {};
  const bool no_folder = errno == ENOENT && folders_ == CreateFolders::no;
  return failure(fmt::format("cannot write to {}: {}{}", printable(path_), std::strerror(errno),
                             no_folder ? "; --create-dirs makes its folder" : ""));
}

Result<void> FetchFile::write(std::string_view bytes) {
  if (Result<void> opened = open(); !opened) return opened;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.number(), bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      return failure(fmt::format("cannot write to {}: {}", printable(path_), std::strerror(errno)));
    }
  }
  return {};
}

}  // namespace astray
