#include <brotli/decode.h>

#include <array>

#include "base/check.h"
#include "client/coding_decoder.h"

namespace astray::client {
namespace {

/// RFC 7932.
class BrotliDecoder final : public CodingDecoder {
 public:
  BrotliDecoder() { CHECK(state_ != nullptr); }  // what fails is memory alone

  Result<void> decode(std::string_view input, ContentSink& output) override {
    if (input.empty()) return {};
    if (ended_) return bytes_behind_coding("br");
    started_ = true;
    std::array<uint8_t, decoded_piece_bytes> piece;
    size_t left = input.size();
    const auto* next = reinterpret_cast<const uint8_t*>(input.data());
    while (true) {
      size_t room = piece.size();
      uint8_t* out = piece.data();
      const auto result = BrotliDecoderDecompressStream(state_.get(), &left, &next, &room, &out, nullptr);
      const size_t made = piece.size() - room;
      if (made != 0) {
        if (auto written = output.write({reinterpret_cast<const char*>(piece.data()), made}); !written)
          return written;
      }
      switch (result) {
        case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
          break;
        case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
          return {};
        case BROTLI_DECODER_RESULT_SUCCESS:
          ended_ = true;
          if (left != 0) return bytes_behind_coding("br");
          return {};
        case BROTLI_DECODER_RESULT_ERROR:
          return broken_coding("br", BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_.get())));
      }
    }
  }

  Result<void> finish() override {
    if (started_ && !ended_) return cut_coding("br");
    return {};
  }

 private:
  struct Destroy {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Destroy> state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)};
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<CodingDecoder> make_brotli_decoder() {
  return std::make_unique<BrotliDecoder>();
}

}  // namespace astray::client
