#pragma once
// One content coding undone (RFC 9110 §8.4.1), for content_decoder alone. Each library has a .cc file of its
// own.
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/content_sink.h"

namespace astray::client {

class CodingDecoder {
 public:
  virtual ~CodingDecoder() = default;
  /// Hands out what `input` decodes to, in small pieces; where they are cut means nothing. Not used again
  /// after an error.
  virtual Result<void> decode(std::string_view input, ContentSink& output) = 0;
  /// The input is complete: an error when the coded data is not. No input at all is complete.
  virtual Result<void> finish() = 0;
};

std::unique_ptr<CodingDecoder> make_gzip_decoder();
std::unique_ptr<CodingDecoder> make_deflate_decoder();
std::unique_ptr<CodingDecoder> make_brotli_decoder();
std::unique_ptr<CodingDecoder> make_zstd_decoder();

/// The errors that all of them have.
inline Failure<Error> broken_coding(std::string_view coding, std::string_view what) {
  return failure("the content is no valid " + std::string(coding) + " data: " + std::string(what));
}
inline Failure<Error> cut_coding(std::string_view coding) {
  return failure("the content ended before its " + std::string(coding) + " data was complete");
}
inline Failure<Error> bytes_behind_coding(std::string_view coding) {
  return failure("the content goes on behind the end of its " + std::string(coding) + " data");
}

/// Bytes that a decoder hands out at once.
inline constexpr size_t decoded_piece_bytes = 16 * 1024;

}  // namespace astray::client
