#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "tls/base64.h"
#include "tls/engine/ticket_key_set.h"

namespace astray::tls {
namespace {

constexpr size_t key_bytes = 80;
constexpr size_t most_keys = 16;
constexpr size_t most_file_bytes = size_t{16} << 10;
constexpr std::string_view how_to_make = "make one with `openssl rand 80 | base64 -w 0`";

/// The file's bytes, wiped at the end.
struct FileBytes {
  std::array<char, most_file_bytes> bytes;
  size_t size = 0;
  ~FileBytes() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  std::string_view view() const { return {bytes.data(), size}; }
};

class OpenFile {
 public:
  /// Not blocked by a pipe that nobody writes to.
  explicit OpenFile(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

std::optional<Error> read_bytes(const std::string& path, FileBytes& into) {
  const auto trouble = [&] { return Error{fmt::format("{}: {}", path, std::strerror(errno))}; };
  OpenFile file(path);
  if (file.number() < 0) return trouble();
  struct stat about {};
  if (::fstat(file.number(), &about) != 0) return trouble();
  if (!S_ISREG(about.st_mode))
    return Error{fmt::format("{}: not a regular file, expected keys for tickets", path)};
  // Of the open file and not of the path, which may have changed.
  if ((about.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return Error{fmt::format(
        "{}: everybody on this machine may read or write these keys, and whoever has them can read recorded "
        "connections: make new ones, and `chmod 640` the file",
        path)};
  }
  while (into.size < into.bytes.size()) {
    ssize_t got = ::read(file.number(), into.bytes.data() + into.size, into.bytes.size() - into.size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return trouble();
    if (got == 0) return std::nullopt;
    into.size += static_cast<size_t>(got);
  }
  return Error{fmt::format("{}: {} bytes or more, expected at most {} keys for tickets", path,
                           most_file_bytes, most_keys)};
}

/// Printable ASCII and blanks: 80 random bytes are that once in 10^33 files.
bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
}

template <size_t size>
bool is_uniform(const std::array<unsigned char, size>& bytes) {
  return std::count(bytes.begin(), bytes.end(), bytes[0]) == static_cast<std::ptrdiff_t>(size);
}

std::string_view without_blanks(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  size_t first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

class KeyFile {
 public:
  explicit KeyFile(const std::string& path) : path_(path) {}

  Result<std::shared_ptr<const TicketKeySet>> read(std::string_view bytes) && {
    auto error = is_text(bytes) ? read_text(bytes) : read_raw(bytes);
    if (error) return astray::Failure<Error>(std::move(*error));
    if (set_->keys.empty())
      return failure(fmt::format("{}: no key for tickets in it: {}", path_, how_to_make));
    return set_;
  }

 private:
  std::optional<Error> read_text(std::string_view text) {
    for (size_t number = 1; !text.empty(); ++number) {
      size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = without_blanks(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty() || line.front() == '#') continue;
      std::string place = fmt::format("{}:{}", path_, number);
      auto decoded = decode_base64(line);
      if (!decoded)
        return Error{place + ": not base64, expected a key for tickets: " + std::string(how_to_make)};
      auto error = decoded->size() == key_bytes ? take(*decoded, place) : wrong_size(place, decoded->size());
      OPENSSL_cleanse(decoded->data(), decoded->size());
      if (error) return error;
    }
    return std::nullopt;
  }

  std::optional<Error> read_raw(std::string_view bytes) {
    if (bytes.size() % key_bytes != 0) return wrong_size(path_, bytes.size());
    for (size_t at = 0; at < bytes.size(); at += key_bytes) {
      if (auto error =
              take(bytes.substr(at, key_bytes), fmt::format("{}: key {}", path_, at / key_bytes + 1)))
        return error;
    }
    return std::nullopt;
  }

  static Error wrong_size(std::string_view place, size_t size) {
    return {fmt::format("{}: {} bytes, expected 80 (16 of name, 32 of HMAC key, 32 of AES key): {}", place,
                        size, how_to_make)};
  }

  /// The messages never show a byte of a key.
  std::optional<Error> take(std::string_view bytes, std::string_view place) {
    auto key = std::make_shared<TicketKey>();
    std::memcpy(key->name.data(), bytes.data(), key->name.size());
    bytes.remove_prefix(key->name.size());
    std::memcpy(key->mac_key.data(), bytes.data(), key->mac_key.size());
    bytes.remove_prefix(key->mac_key.size());
    std::memcpy(key->cipher_key.data(), bytes.data(), key->cipher_key.size());
    if (is_uniform(key->mac_key) || is_uniform(key->cipher_key))
      return Error{fmt::format("{}: all bytes of this key are the same, and anybody could guess it: {}",
                               place, how_to_make)};
    for (const auto& other : set_->keys) {
      if (other->name != key->name) continue;
      return Error{
          fmt::format("{}: an earlier key has the same name (its first 16 bytes): remove one", place)};
    }
    if (set_->keys.size() == most_keys)
      return Error{fmt::format("{}: more than {} keys for tickets: remove the oldest", path_, most_keys)};
    set_->keys.push_back(std::move(key));
    return std::nullopt;
  }

  const std::string& path_;
  std::shared_ptr<TicketKeySet> set_ = std::make_shared<TicketKeySet>();
};

}  // namespace

Result<std::shared_ptr<const TicketKeySet>> read_ticket_key_file(const std::string& path) {
  FileBytes bytes;
  if (auto error = read_bytes(path, bytes)) return astray::Failure<Error>(std::move(*error));
  return KeyFile(path).read(bytes.view());
}

}  // namespace astray::tls
