// The list of sources, in the order in which they are asked whether they know the bytes.
#include <array>

#include "base/ascii.h"
#include "explain/captures/curl_source.h"
#include "explain/captures/har_source.h"
#include "explain/captures/moz_log_source.h"
#include "explain/captures/netlog_source.h"
#include "explain/captures/packet_source.h"
#include "explain/captures/qlog_source.h"
#include "explain/captures/response_source.h"
#include "explain/logs/decompress.h"
#include "explain/logs/log_source.h"
#include "explain/looked_at.h"
#include "explain/source.h"

namespace astray::explain {
namespace {

constexpr std::array sources = {
    SourceKind{"packets", "a packet capture", is_packet_capture, refuse_packet_capture},
    SourceKind{"tshark", "packets as tshark prints them", is_packet_text, read_packet_text},
    SourceKind{"netlog", "a NetLog of Chrome", is_netlog, read_netlog},
    SourceKind{"har", "a HAR", is_har, read_har},
    SourceKind{"qlog", "a qlog", is_qlog, read_qlog},
    SourceKind{"mozlog", "a MOZ_LOG of Firefox", is_moz_log, read_moz_log},
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

/// A source that waits for more is not waited for longer than its first bytes.
bool is_enough(std::string_view so_far) {
  return so_far.find('\n') != std::string_view::npos && (!is_laid_out(so_far) || so_far.size() >= laid_out_bytes);
}

}  // namespace

std::span<const SourceKind> all_sources() {
  return sources;
}

Result<SourceSummary> read_source(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  const std::unique_ptr<ByteSource> plain = decompressed(bytes);
  LookedAt looked(*plain);
  const Result<std::string_view> head = looked.look(recognised_bytes, is_enough);
  if (!head) return tl::unexpected(head.error());
  for (const SourceKind& kind : sources) {
    if (kind.recognises(*head)) return kind.read(looked, options, witness);
  }
  return SourceSummary{};
}

}  // namespace astray::explain
