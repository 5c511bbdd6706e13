// gzip and deflate.
#define ZLIB_CONST  // input is not written to
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/check.h"
#include "client/coding_decoder.h"

namespace astray::client {
namespace {

// inflateInit2's windowBits: the window's size, which is the largest there is, and what is wrapped around the
// data.
constexpr int window_bits = 15;
enum class Wrapping : int { gzip = window_bits + 16, zlib = window_bits, none = -window_bits };

/// One compressed stream. It stays where it is: zlib's state points back to it.
class Inflation {
 public:
  explicit Inflation(Wrapping wrapping) {
    CHECK(inflateInit2(&stream_, static_cast<int>(wrapping)) == Z_OK);  // what fails is memory alone
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation() { inflateEnd(&stream_); }

  bool ended() const { return ended_; }
  void start_again() {
    CHECK(inflateReset(&stream_) == Z_OK);
    ended_ = false;
  }

  /// Decodes from the front of `input`, at most to the stream's end, and takes away what was used.
  Result<void> decode(std::string_view& input, std::string_view coding, ContentSink& output) {
    std::array<char, decoded_piece_bytes> piece;
    do {
      const size_t offered = std::min<size_t>(input.size(), std::numeric_limits<uInt>::max());
      stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
      stream_.avail_in = static_cast<uInt>(offered);
      stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
      stream_.avail_out = piece.size();
      const int status = inflate(&stream_, Z_NO_FLUSH);
      input.remove_prefix(offered - stream_.avail_in);
      const size_t made = piece.size() - stream_.avail_out;
      if (made != 0) {
        if (auto written = output.write({piece.data(), made}); !written) return written;
      }
      ended_ = status == Z_STREAM_END;
      if (ended_) return {};
      if (status == Z_NEED_DICT) return broken_coding(coding, "it needs a preset dictionary");
      // Z_BUF_ERROR says that there was nothing to do.
      if (status != Z_OK && status != Z_BUF_ERROR)
        return broken_coding(coding, stream_.msg != nullptr ? stream_.msg : zError(status));
    } while (!input.empty() || stream_.avail_out == 0);
    return {};
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

/// RFC 1952. Members may follow one another (§2.2), and are one content.
class GzipDecoder final : public CodingDecoder {
 public:
  Result<void> decode(std::string_view input, ContentSink& output) override {
    while (!input.empty()) {
      if (member_.ended()) {
        if (input.front() != '\x1f') return bytes_behind_coding("gzip");
        member_.start_again();
      }
      started_ = true;
      if (auto decoded = member_.decode(input, "gzip", output); !decoded) return decoded;
    }
    return {};
  }

  Result<void> finish() override {
    if (started_ && !member_.ended()) return cut_coding("gzip");
    return {};
  }

 private:
  Inflation member_{Wrapping::gzip};
  bool started_ = false;
};

/// The coding "deflate" is the zlib format (RFC 1950), yet some servers send bare deflate data (RFC 9110
/// §8.4.1.2). The first two bytes tell: no encoder pads a stored block's first byte so that it looks like
/// zlib's.
class DeflateDecoder final : public CodingDecoder {
 public:
  Result<void> decode(std::string_view input, ContentSink& output) override {
    if (!data_ && !input.empty()) {
      if (!first_ && may_begin_zlib(input.front())) {
        first_ = input.front();
        input.remove_prefix(1);
        if (input.empty()) return {};
      }
      data_.emplace(first_ && is_zlib_header(*first_, input.front()) ? Wrapping::zlib : Wrapping::none);
      if (first_) {
        std::string_view held(&*first_, 1);
        if (auto decoded = data_->decode(held, "deflate", output); !decoded) return decoded;
      }
    }
    if (input.empty()) return {};
    if (!data_->ended())
      if (auto decoded = data_->decode(input, "deflate", output); !decoded) return decoded;
    if (!input.empty()) return bytes_behind_coding("deflate");
    return {};
  }

  Result<void> finish() override {
    if ((first_ || data_) && !(data_ && data_->ended())) return cut_coding("deflate");
    return {};
  }

 private:
  /// RFC 1950 §2.2: method 8, a window of at most 32 KiB.
  static bool may_begin_zlib(char c) { return (c & 0x0f) == 8 && static_cast<unsigned char>(c) >> 4 <= 7; }
  static bool is_zlib_header(char first, char second) {
    return (static_cast<unsigned char>(first) * 256 + static_cast<unsigned char>(second)) % 31 == 0;
  }

  std::optional<char> first_;  ///< held back until the second byte comes
  std::optional<Inflation> data_;
};

}  // namespace

std::unique_ptr<CodingDecoder> make_gzip_decoder() {
  return std::make_unique<GzipDecoder>();
}
std::unique_ptr<CodingDecoder> make_deflate_decoder() {
  return std::make_unique<DeflateDecoder>();
}

}  // namespace astray::client
