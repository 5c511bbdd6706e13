#include "watch/settings/secret_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/ascii.h"
#include "io/file_descriptor.h"

namespace astray::watch {
namespace {

constexpr size_t most_secret_bytes = 4096;

}  // namespace

Result<std::string> read_secret(const std::string& path) {
  const auto trouble = [&path](int number) {
    return failure(
        fmt::format("the secret file {} cannot be read: {}", path, std::generic_category().message(number)));
  };
  // Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return trouble(errno);
  std::array<char, most_secret_bytes + 1> bytes;
  ssize_t count = 0;
  do count = read(file.number(), bytes.data(), bytes.size());
  while (count < 0 && errno == EINTR);
  if (count < 0) return trouble(errno);
  if (static_cast<size_t>(count) > most_secret_bytes)
    return failure(fmt::format("the secret file {} has more than {} bytes: is it another kind of file?", path,
                               most_secret_bytes));
  std::string_view text(bytes.data(), static_cast<size_t>(count));
  text = ascii_trim(text.substr(0, text.find('\n')));
  if (text.empty()) return failure(fmt::format("the secret file {} has nothing in its first line", path));
  return std::string(text);
}

}  // namespace astray::watch
