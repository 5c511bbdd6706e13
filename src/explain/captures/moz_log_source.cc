#include "explain/captures/moz_log_source.h"

#include "explain/captures/moz_log_requests.h"
#include "explain/captures/text_lines.h"
#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {

constexpr int most_lines_looked_at = 64;

}  // namespace

bool is_moz_log(std::string_view head) {
  // What Firefox and its tools print themselves may come first.
  for (int i = 0; i < most_lines_looked_at && !head.empty(); ++i) {
    const size_t end = head.find('\n');
    if (read_moz_log_line(head.substr(0, end))) return true;
    head = end == nowhere ? std::string_view() : head.substr(end + 1);
  }
  return false;
}

Result<SourceSummary> read_moz_log(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  TextLines lines(bytes);
  MozLogRequests requests(options.file, witness);
  bool ended = true;
  while (const std::optional<TextLines::Line> line = lines.next()) {
    ended = line->ended;
    if (!ended) break;  // of half a line nothing is believed
    if (line->too_long) witness.trouble(Trouble::long_line, options.file, line->number);
    std::string repaired;
    const std::string_view text = well_formed(*line, options.file, witness, repaired);
    if (const std::optional<MozLogLine> read = read_moz_log_line(text)) {
      requests.take(*read, line->number);
    } else {
      witness.aside();  // the rest of a message, or what another module printed
    }
  }
  requests.finish();
  if (lines.error()) return tl::unexpected(*lines.error());
  if (!ended) witness.trouble(Trouble::truncated, options.file, lines.lines());
  return SourceSummary{.format = "log of Firefox",
                       .server = LogServer::unknown,
                       .bytes = lines.bytes(),
                       .lines = lines.lines()};
}

}  // namespace astray::explain
