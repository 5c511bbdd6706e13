#include "client/content_decoder.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "client/coding_decoder.h"
#include "http1/fields.h"

namespace astray::client {
namespace {

struct Coding {
  std::string_view name;
  std::unique_ptr<CodingDecoder> (*make)();
};

// RFC 9110 §8.4.1.3 has recipients treat "x-gzip" as "gzip".
constexpr Coding known_codings[] = {{"gzip", make_gzip_decoder},
                              {"x-gzip", make_gzip_decoder},
                              {"deflate", make_deflate_decoder},
                              {"br", make_brotli_decoder},
                              {"zstd", make_zstd_decoder}};

const Coding* find_coding(std::string_view name) {
  for (const Coding& coding : known_codings)
    if (ascii_iequals(coding.name, name)) return &coding;
  return nullptr;
}

/// A server's word in a message: printable, and short.
std::string shown(std::string_view name) {
  std::string text(name.substr(0, 40));
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text;
}

}  // namespace

/// Where a stage writes to: the next stage, behind the limits.
class ContentDecoder::StageOutput final : public ContentSink {
 public:
  StageOutput(ContentDecoder& decoder, size_t stage, ContentSink& output)
      : decoder_(decoder), stage_(stage), output_(output) {}

  Result<void> write(std::string_view bytes) override {
    if (auto counted = decoder_.count(decoder_.stages_[stage_], bytes.size()); !counted) return counted;
    return decoder_.pass(stage_ + 1, bytes, output_);
  }

 private:
  ContentDecoder& decoder_;
  size_t stage_;
  ContentSink& output_;
};

ContentDecoder::ContentDecoder(DecodingLimits limits) : limits_(limits) {}
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;
ContentDecoder::~ContentDecoder() = default;

Result<ContentDecoder> ContentDecoder::create(std::string_view content_encoding, DecodingLimits limits) {
  ContentDecoder decoder(limits);
  while (auto name = http1::take_list_element(content_encoding)) {
    if (ascii_iequals(*name, "identity")) continue;
    const Coding* coding = find_coding(*name);
    if (coding == nullptr) {
      return failure(fmt::format("the content coding \"{}\" is not known; known are {}", shown(*name),
                                 accept_encoding()));
    }
    if (decoder.stages_.size() == max_codings)
      return failure(fmt::format("more than {} content codings lie one over the other", max_codings));
    decoder.stages_.push_back({.decoder = coding->make()});
  }
  std::reverse(decoder.stages_.begin(), decoder.stages_.end());
  return decoder;
}

Result<void> ContentDecoder::decode(std::string_view input, ContentSink& output) {
  taken_ += input.size();
  return pass(0, input, output);
}

Result<void> ContentDecoder::pass(size_t stage, std::string_view input, ContentSink& output) {
  if (input.empty()) return {};
  if (stage == stages_.size()) return output.write(input);
  StageOutput next(*this, stage, output);
  return stages_[stage].decoder->decode(input, next);
}

Result<void> ContentDecoder::finish() {
  for (Stage& stage : stages_)
    if (auto finished = stage.decoder->finish(); !finished) return finished;
  return {};
}

// Every stage is held to the limits: what a bomb becomes between two codings costs as much as what comes out.
Result<void> ContentDecoder::count(Stage& stage, size_t bytes) const {
  stage.made += bytes;
  if (stage.made > limits_.bytes) {
    return failure(fmt::format("the decoded content is larger than the limit of {} bytes ({} bytes came in)",
                               limits_.bytes, taken_));
  }
  if (stage.made >= limits_.ratio_counts_from && stage.made / limits_.ratio > taken_) {
    return failure(
        fmt::format("{} bytes of content became {} bytes or more: more than {} for each looks like an attack",
                    taken_, stage.made, limits_.ratio));
  }
  return {};
}

}  // namespace astray::client
