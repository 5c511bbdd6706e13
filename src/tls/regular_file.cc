#include "tls/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "names/raw_host.h"

namespace astray {
namespace {

constexpr size_t buffer_bytes = 16 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

class WipedBuffer {
 public:
  WipedBuffer() = default;
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;
  ~WipedBuffer() { OPENSSL_cleanse(bytes_.data(), used_); }

  /// The next bytes of the file, at most buffer_bytes; empty at its end; nothing when errno says why.
  std::optional<std::string_view> fill_from(const Descriptor& file) {
    ssize_t count = 0;
    do count = ::read(file.number(), bytes_.data(), bytes_.size());
    while (count < 0 && errno == EINTR);
    if (count < 0) return std::nullopt;
    used_ = std::max(used_, static_cast<size_t>(count));
    return std::string_view(bytes_.data(), static_cast<size_t>(count));
  }

 private:
  std::array<char, buffer_bytes> bytes_;  // filled before it is read
  size_t used_ = 0;
};

std::string text_of(int error_number) {
  return std::generic_category().message(error_number);
}

CertificateError cannot_open(const std::string& path, int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return {
          CertificateProblem::missing, path,
          fmt::format(
              "There is no certificate file {}. Expected a PEM file there; create it, or "
              "correct the path.",
              path)};
    case EACCES:
    case EPERM:
      return {
          CertificateProblem::unreadable, path,
          fmt::format("The certificate file {} may not be read by this user. Certificates are public: allow "
                      "reading it, or run this as the user who starts the server.",
                      path)};
    default:
      return {CertificateProblem::unreadable, path,
              fmt::format("The certificate file {} cannot be opened: {}.", path, text_of(error_number))};
  }
}

CertificateError too_large(const std::string& path, size_t max_bytes) {
  return {CertificateProblem::too_large, path,
          fmt::format(
              "The certificate file {} is larger than {} KiB and is not read. A certificate with its chain "
              "usually takes less than 10 KiB: is it another kind of file?",
              path, max_bytes / 1024)};
}

CertificateError not_regular(const std::string& path, mode_t mode) {
  std::string_view what = S_ISDIR(mode) ? "a folder" : "a device, pipe or socket";
  return {CertificateProblem::unreadable, path,
          fmt::format("{} is {}. Expected a file with a certificate in it (PEM or DER).", path, what)};
}

}  // namespace

std::optional<CertificateError> read_regular_file(const std::string& path, size_t max_bytes,
                                                  const std::function<void(std::string_view)>& receive) {
  if (path.find('\0') != std::string::npos) {
    return CertificateError{CertificateProblem::missing, path,
                            fmt::format("The path {} has a NUL byte in it, so no file has this name.",
                                        RawHost(path).printable())};
  }
  // Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) return cannot_open(path, errno);

  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return cannot_open(path, errno);
  if (!S_ISREG(status.st_mode)) return not_regular(path, status.st_mode);
  if (std::cmp_greater(status.st_size, max_bytes)) return too_large(path, max_bytes);

  WipedBuffer buffer;
  size_t total = 0;
  for (;;) {
    auto bytes = buffer.fill_from(file);
    if (!bytes) {
      return CertificateError{
          CertificateProblem::unreadable, path,
          fmt::format("Reading the certificate file {} failed: {}.", path, text_of(errno))};
    }
    if (bytes->empty()) return std::nullopt;
    total += bytes->size();
    if (total > max_bytes) return too_large(path, max_bytes);  // it has grown, or its size was not known
    receive(*bytes);
  }
}

}  // namespace astray
