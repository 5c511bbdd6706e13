// The list of sources, in the order in which they are asked whether they know the bytes.
#include <array>
#include <cstring>

#include "base/ascii.h"
#include "explain/curl_source.h"
#include "explain/decompress.h"
#include "explain/har_source.h"
#include "explain/log_source.h"
#include "explain/netlog_source.h"
#include "explain/response_source.h"
#include "explain/source.h"

namespace astray::explain {
namespace {

constexpr std::array sources = {
    SourceKind{"netlog", "a NetLog of Chrome", is_netlog, read_netlog},
    SourceKind{"har", "a HAR", is_har, read_har},
    SourceKind{"curl", "a trace of curl", is_curl_trace, read_curl_trace},
    SourceKind{"response", "a response", is_response, read_response},
    SourceKind{"log", "a log", [](std::string_view) { return true; }, read_log},
};

/// Of a document that is laid out, whose first line has nothing but its bracket: enough to know its members.
constexpr size_t laid_out_bytes = 256;
bool is_laid_out(std::string_view head) {
  const size_t first_line = head.find('\n');
  return ascii_trim(head.substr(0, first_line)) == "{";
}

/// Bytes that were looked at, and then the rest.
class LookedAt : public ByteSource {
 public:
  explicit LookedAt(ByteSource& source) : source_(source) {}

  /// What is there at once; a source that waits for more is not waited for longer than its first bytes.
  Result<std::string_view> look() {
    head_.resize(recognised_bytes);
    size_t size = 0;
    while (size < head_.size()) {
      const Result<size_t> got = source_.read(head_.data() + size, head_.size() - size);
      if (!got && size == 0) return tl::unexpected(got.error());
      if (!got) error_ = got.error();
      if (!got || *got == 0) break;
      size += *got;
      const std::string_view so_far(head_.data(), size);
      if (so_far.find('\n') != std::string_view::npos && (!is_laid_out(so_far) || size >= laid_out_bytes)) break;
    }
    head_.resize(size);
    return std::string_view(head_);
  }

  Result<size_t> read(char* into, size_t size) override {
    if (at_ < head_.size()) {
      const size_t bytes = std::min(size, head_.size() - at_);
      std::memcpy(into, head_.data() + at_, bytes);
      at_ += bytes;
      return bytes;
    }
    if (error_) return tl::unexpected(*error_);
    return source_.read(into, size);
  }

 private:
  ByteSource& source_;
  std::string head_;
  size_t at_ = 0;
  std::optional<Error> error_;
};

}  // namespace

std::span<const SourceKind> all_sources() {
  return sources;
}

Result<SourceSummary> read_source(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  const std::unique_ptr<ByteSource> plain = decompressed(bytes);
  LookedAt looked(*plain);
  const Result<std::string_view> head = looked.look();
  if (!head) return tl::unexpected(head.error());
  for (const SourceKind& kind : sources) {
    if (kind.recognises(*head)) return kind.read(looked, options, witness);
  }
  return SourceSummary{};
}

}  // namespace astray::explain
