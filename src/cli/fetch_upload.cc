#include "cli/fetch_upload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "io/file_descriptor.h"
#include "report/printable.h"

namespace astray {
namespace {

using client::BodySource;
using PieceKind = BodySource::Piece::Kind;

constexpr size_t piece_bytes = 64 * 1024;

/// What both kinds have in common: one read into a buffer of our own.
class DescriptorSource : public BodySource {
 public:
  DescriptorSource(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

 protected:
  Piece read_now(size_t most) {
    buffer_.resize(piece_bytes);
    ssize_t count = 0;
    do {
      count = ::read(descriptor_, buffer_.data(), std::min(most, piece_bytes));
    } while (count < 0 && errno == EINTR);
    if (count > 0) return {PieceKind::bytes, std::string_view(buffer_).substr(0, static_cast<size_t>(count))};
    if (count == 0) return {PieceKind::end};
    problem_ = fmt::format("cannot read {}: {}", printable(name_), std::strerror(errno));
    return {PieceKind::failed, problem_};
  }
  int descriptor() const { return descriptor_; }
  Piece fail(std::string problem) {
    problem_ = std::move(problem);
    return {PieceKind::failed, problem_};
  }
  const std::string& name() const { return name_; }

 private:
  int descriptor_;
  std::string name_;
  std::string buffer_;
  std::string problem_;
};

/// A regular file: its length is announced, so it must not have another by the end.
class FileBody final : public DescriptorSource {
 public:
  FileBody(FileDescriptor file, std::string name, uint64_t size)
      : DescriptorSource(file.number(), std::move(name)), file_(std::move(file)), size_(size) {}

  Piece read(size_t most) override {
    if (done_ == size_) return {PieceKind::end};
    const Piece piece = read_now(std::min<uint64_t>(most, size_ - done_));
    if (piece.kind == PieceKind::end) {
      return fail(fmt::format("{} became shorter while it was sent", printable(name())));
    }
    done_ += piece.bytes.size();
    return piece;
  }
  bool rewind() override {
    done_ = 0;
    return ::lseek(file_.number(), 0, SEEK_SET) == 0;
  }
  bool is_replayable() const override { return true; }
  std::optional<uint64_t> length() const override { return size_; }
  void set_reader(Reader*) override {}

 private:
  FileDescriptor file_;
  uint64_t size_;
  uint64_t done_ = 0;
};

/// Everything else: read when there is something. It stays blocking, since others share it.
class StreamBody final : public DescriptorSource {
 public:
  StreamBody(FileDescriptor file, int descriptor, std::string name)
      : DescriptorSource(descriptor, std::move(name)), file_(std::move(file)) {}
  /// For what epoll takes; a device such as /dev/null makes nobody wait.
  void watch(EpollLoop& loop) { watch_.emplace(*this, loop); }

  Piece read(size_t most) override {
    pollfd state{descriptor(), POLLIN, 0};
    if (watch_ && ::poll(&state, 1, 0) == 0) {
      waiting_ = true;
      return {PieceKind::later};
    }
    started_ = true;
    return read_now(most);
  }
  bool rewind() override { return !started_; }
  bool is_replayable() const override { return !started_; }
  std::optional<uint64_t> length() const override { return std::nullopt; }
  void set_reader(Reader* reader) override { reader_ = reader; }

 private:
  class Watch final : public DescriptorWatch {
   public:
    Watch(StreamBody& source, EpollLoop& loop)
        : DescriptorWatch(loop, source.descriptor(), Interest::read, Trigger::edge), source_(source) {}

   private:
    void on_readiness(Readiness) override {
      if (std::exchange(source_.waiting_, false) && source_.reader_ != nullptr) {
        source_.reader_->body_is_ready();
      }
    }
    StreamBody& source_;
  };

  FileDescriptor file_;  ///< not open for standard input, which is not ours to close
  std::optional<Watch> watch_;
  Reader* reader_ = nullptr;
  bool waiting_ = false;
  bool started_ = false;
};

}  // namespace

Result<std::shared_ptr<client::BodySource>> open_upload(const std::string& path, EpollLoop& loop) {
  const bool from_standard_input = path == "-";
  FileDescriptor file;
  if (!from_standard_input) {
    file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.is_open()) {
      return failure(fmt::format("--upload-file: cannot read {}: {}", printable(path), std::strerror(errno)));
    }
  }
  const int descriptor = from_standard_input ? STDIN_FILENO : file.number();
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    return failure(fmt::format("--upload-file: cannot read {}: {}", printable(path), std::strerror(errno)));
  }
  if (S_ISDIR(status.st_mode)) {
    return failure(
        fmt::format("--upload-file: {} is a folder; name a file, or - for standard input", printable(path)));
  }
  const std::string name = from_standard_input ? "standard input" : path;
  if (S_ISREG(status.st_mode)) {
    const off_t at = from_standard_input ? ::lseek(descriptor, 0, SEEK_CUR) : 0;
    if (from_standard_input) file = FileDescriptor(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (at == 0) {
      return std::make_shared<FileBody>(std::move(file), name, static_cast<uint64_t>(status.st_size));
    }
    return failure("--upload-file: standard input is a file that was read before; name the file");
  }
  auto stream = std::make_shared<StreamBody>(std::move(file), descriptor, name);
  if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || ::isatty(descriptor) == 1) stream->watch(loop);
  return stream;
}

}  // namespace astray
