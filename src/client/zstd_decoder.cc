#include <zstd.h>
#include <zstd_errors.h>

#include <array>

#include "base/check.h"
#include "client/coding_decoder.h"

namespace astray::client {
namespace {

// RFC 9659 §3: the coding "zstd" has windows of at most 8 MiB.
constexpr int max_window_log = 23;

/// RFC 8878. Frames may follow one another (§3.1), and are one content.
class ZstdDecoder final : public CodingDecoder {
 public:
  ZstdDecoder() {
    CHECK(context_ != nullptr);  // what fails is memory alone
    CHECK(ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, max_window_log)) == 0);
  }

  Result<void> decode(std::string_view input, ContentSink& output) override {
    std::array<char, decoded_piece_bytes> piece;
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    bool more = !input.empty();
    while (more) {
      ZSTD_outBuffer out{piece.data(), piece.size(), 0};
      const size_t wanted = ZSTD_decompressStream(context_.get(), &out, &in);
      if (out.pos != 0) {
        if (auto written = output.write({piece.data(), out.pos}); !written) return written;
      }
      if (ZSTD_isError(wanted) != 0) return broken(wanted);
      in_frame_ = wanted != 0;
      any_frame_ = any_frame_ || !in_frame_;
      more = in.pos != in.size || (in_frame_ && out.pos == out.size);
    }
    return {};
  }

  Result<void> finish() override {
    if (in_frame_) return cut_coding("zstd");
    return {};
  }

 private:
  Failure<Error> broken(size_t status) const {
    const ZSTD_ErrorCode code = ZSTD_getErrorCode(status);
    if (any_frame_ && code == ZSTD_error_prefix_unknown) return bytes_behind_coding("zstd");
    if (code == ZSTD_error_frameParameter_windowTooLarge)
      return broken_coding("zstd", "its window is larger than the 8 MiB that RFC 9659 allows");
    return broken_coding("zstd", ZSTD_getErrorName(status));
  }

  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, Free> context_{ZSTD_createDCtx()};
  bool in_frame_ = false;
  bool any_frame_ = false;  ///< one was complete
};

}  // namespace

std::unique_ptr<CodingDecoder> make_zstd_decoder() {
  return std::make_unique<ZstdDecoder>();
}

}  // namespace astray::client
