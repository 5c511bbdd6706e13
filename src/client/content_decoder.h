#pragma once
// Undoes what Content-Encoding names (RFC 9110 §8.4): gzip, deflate, br and zstd, alone or one over the
// other.

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/content_sink.h"

namespace astray::client {

class CodingDecoder;

/// The field value that asks for what can be undone here.
constexpr std::string_view accept_encoding() {
  return "gzip, deflate, br, zstd";
}

/// What compressed content may grow to. Text shrinks to a fifth, logs perhaps to a fiftieth; what grows far
/// more is made to hurt whoever decodes it.
struct DecodingLimits {
  uint64_t bytes = std::numeric_limits<uint64_t>::max();  ///< of the decoded content
  uint64_t ratio = 250;                           ///< decoded bytes for each byte that has come in; not 0
  uint64_t ratio_counts_from = 16 * 1024 * 1024;  ///< fewer decoded bytes than this never fail by the ratio
};

class ContentDecoder {
 public:
  static constexpr size_t max_codings = 4;

  /// `content_encoding`: the field's value, several lines joined by commas; "" and "identity" decode nothing.
  /// The error names the coding that is not known, and those that are.
  static Result<ContentDecoder> create(std::string_view content_encoding, DecodingLimits limits = {});
  ContentDecoder(ContentDecoder&&) noexcept;
  ContentDecoder& operator=(ContentDecoder&&) noexcept;
  ~ContentDecoder();

  /// Whether content passes as it is.
  bool is_identity() const { return stages_.empty(); }
  /// Decodes the next bytes of the content and hands on what they become, at most 16 KiB at a time. Errors:
  /// broken data, data behind its end, a limit, whatever `output` says. Not to be called again after one.
  Result<void> decode(std::string_view input, ContentSink& output);
  /// The content is complete: an error when it ends in the middle of its coded data. Empty content is
  /// complete.
  Result<void> finish();

 private:
  struct Stage {
    std::unique_ptr<CodingDecoder> decoder;
    uint64_t made = 0;  ///< bytes that came out of it
  };
  class StageOutput;

  explicit ContentDecoder(DecodingLimits limits);
  Result<void> pass(size_t stage, std::string_view input, ContentSink& output);
  Result<void> count(Stage& stage, size_t bytes) const;

  std::vector<Stage> stages_;  ///< in the order of undoing: the coding applied last is the first
  DecodingLimits limits_;
  uint64_t taken_ = 0;  ///< bytes that came in
};

}  // namespace astray::client
