#include "explain/captures/netlog_source.h"

#include "base/ascii.h"
#include "explain/captures/json_pieces.h"
#include "explain/captures/netlog_event.h"
#include "explain/captures/netlog_requests.h"

namespace astray::explain {
namespace {

constexpr std::string_view wanted[] = {"constants", "events[]"};
constexpr size_t most_event_bytes = size_t{4} << 20;

}  // namespace

bool is_netlog(std::string_view head) {
  head = ascii_trim(head);
  if (!head.starts_with('{')) return false;
  return ascii_trim(head.substr(1)).starts_with("\"constants\"");
}

Result<SourceSummary> read_netlog(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  JsonPieces pieces(bytes, wanted, most_event_bytes);
  NetLogReader reader;
  NetLogRequests requests(options.file, witness);
  SourceSummary summary{.format = "NetLog", .server = LogServer::unknown, .bytes = 0, .lines = 0};
  while (const std::optional<JsonPieces::Piece> piece = pieces.next()) {
    if (piece->which == 0) {
      if (!reader.read_constants(piece->text)) break;
      if (!reader.client().empty()) summary.format = "NetLog of " + reader.client();
      continue;
    }
    if (!reader.has_constants()) break;
    if (piece->too_large) {
      witness.trouble(Trouble::long_line, options.file, piece->line);
      continue;
    }
    NetLogRecord record;
    const NetLogReader::Outcome outcome = reader.read_event(piece->text, record);
    if (outcome == NetLogReader::Outcome::not_an_event) {
      witness.trouble(Trouble::unreadable_line, options.file, piece->line);
      continue;
    }
    if (outcome == NetLogReader::Outcome::read_after_repair) witness.trouble(Trouble::bad_utf8, options.file, piece->line);
    requests.take(record, piece->line);
  }
  requests.finish();
  summary.bytes = pieces.bytes();
  summary.lines = pieces.lines();
  if (pieces.error()) return tl::unexpected(*pieces.error());
  if (!reader.has_constants())
    return failure("the NetLog has no constants before its events, so that the numbers of its events mean nothing: "
                   "expected {\"constants\":{\"logEventTypes\":…,\"logEventPhase\":…},\"events\":[…]} as Chrome writes "
                   "it (chrome://net-export, --log-net-log)");
  if (!pieces.complete()) witness.trouble(Trouble::truncated, options.file, pieces.lines());
  return summary;
}

}  // namespace astray::explain
