#include "explain/logs/decompress.h"

#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <vector>

namespace astray::explain {
namespace {

constexpr size_t input_bytes = size_t{256} << 10;
constexpr std::string_view gzip_magic = "\x1f\x8b";
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd";
/// What a zstd frame may ask for (RFC 8878 §3.1.1.1.2): 8 MiB is what every decoder should take, and logs
/// compressed with --long=27 stay readable.
constexpr int zstd_window_log = 27;

/// Input that is looked into before anybody decides how to read it.
class Peeked {
 public:
  explicit Peeked(ByteSource& source) : source_(source), buffer_(input_bytes) {}

  Result<size_t> fill() {
    if (begin_ == end_) begin_ = end_ = 0;
    while (!ended_ && end_ < buffer_.size()) {
      const Result<size_t> got = source_.read(buffer_.data() + end_, buffer_.size() - end_);
      if (!got) return got;
      end_ += *got;
      ended_ = *got == 0;
      if (end_ - begin_ >= zstd_magic.size()) break;
    }
    return end_ - begin_;
  }
  std::string_view view() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void take(size_t bytes) { begin_ += bytes; }

 private:
  ByteSource& source_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool ended_ = false;
};

class Decompressed : public ByteSource {
 public:
  explicit Decompressed(ByteSource& source) : input_(source) {}
  ~Decompressed() override {
    if (how_ == How::gzip) inflateEnd(&zlib_);
    ZSTD_freeDStream(zstd_);
  }

  Result<size_t> read(char* into, size_t size) override {
    if (how_ == How::undecided) {
      if (const Result<size_t> got = input_.fill(); !got) return got;
      decide();
    }
    if (how_ == How::plain) {
      if (input_.view().empty())
        if (const Result<size_t> got = input_.fill(); !got) return got;
      const size_t bytes = std::min(size, input_.view().size());
      std::memcpy(into, input_.view().data(), bytes);
      input_.take(bytes);
      return bytes;
    }
    return how_ == How::gzip ? inflate_into(into, size) : unzstd_into(into, size);
  }

 private:
  enum class How : uint8_t { undecided, plain, gzip, zstd };

  void decide() {
    how_ = How::plain;
    if (input_.view().starts_with(gzip_magic) && inflateInit2(&zlib_, 16 + MAX_WBITS) == Z_OK) how_ = How::gzip;
    if (input_.view().starts_with(zstd_magic)) {
      zstd_ = ZSTD_createDStream();
      if (zstd_ == nullptr) return;
      ZSTD_DCtx_setParameter(zstd_, ZSTD_d_windowLogMax, zstd_window_log);
      how_ = How::zstd;
    }
  }

  Result<size_t> inflate_into(char* into, size_t size) {
    while (true) {
      if (input_.view().empty()) {
        const Result<size_t> got = input_.fill();
        if (!got) return got;
        if (*got == 0) {
          if (between_) return size_t{0};
          return failure("the gzip data ends too early: the file was cut off; what was there has been read");
        }
      }
      if (between_ && !begin_member()) return size_t{0};
      zlib_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input_.view().data()));
      zlib_.avail_in = static_cast<uInt>(input_.view().size());
      zlib_.next_out = reinterpret_cast<Bytef*>(into);
      zlib_.avail_out = static_cast<uInt>(std::min<size_t>(size, size_t{1} << 30));
      const uInt room = zlib_.avail_out;
      const int result = inflate(&zlib_, Z_NO_FLUSH);
      input_.take(input_.view().size() - zlib_.avail_in);
      between_ = result == Z_STREAM_END;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return failure("the gzip data is damaged; what stood before that place has been read");
      if (const size_t made = room - zlib_.avail_out; made > 0) return made;
    }
  }

  /// Whether another member follows; what else stands behind one is padding (RFC 1952 §2.2).
  bool begin_member() {
    if (!input_.view().starts_with(gzip_magic.substr(0, 1))) return false;
    inflateReset(&zlib_);
    between_ = false;
    return true;
  }

  Result<size_t> unzstd_into(char* into, size_t size) {
    while (true) {
      if (input_.view().empty()) {
        const Result<size_t> got = input_.fill();
        if (!got) return got;
        if (*got == 0 && !between_)
          return failure("the zstd data ends too early: the file was cut off; what was there has been read");
        if (*got == 0) return size_t{0};
      }
      ZSTD_inBuffer in{input_.view().data(), input_.view().size(), 0};
      ZSTD_outBuffer out{into, size, 0};
      const size_t result = ZSTD_decompressStream(zstd_, &out, &in);
      input_.take(in.pos);
      if (ZSTD_isError(result) != 0)
        return failure("the zstd data is damaged; what stood before that place has been read");
      between_ = result == 0;
      if (out.pos > 0) return out.pos;
    }
  }

  Peeked input_;
  How how_ = How::undecided;
  z_stream zlib_{};
  ZSTD_DStream* zstd_ = nullptr;
  bool between_ = false;  ///< a member or frame is complete
};

}  // namespace

std::unique_ptr<ByteSource> decompressed(ByteSource& compressed) {
  return std::make_unique<Decompressed>(compressed);
}

}  // namespace astray::explain
