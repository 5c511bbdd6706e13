#include "explain/captures/qlog_source.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "explain/captures/json_pieces.h"
#include "explain/captures/qlog_events.h"
#include "explain/captures/text_lines.h"
#include "explain/looked_at.h"
#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {

constexpr std::string_view qlog_pieces[] = {"traces[].common_fields", "traces[].events[]"};
constexpr size_t most_qlog_event_bytes = size_t{4} << 20;
constexpr size_t looked_at_for_marks = 4096;
constexpr char record_separator = '\x1e';  // RFC 7464

/// What is read has padding behind it, whatever it was.
bool after_repair(std::string_view text, const auto& read) {
  std::string repaired = well_formed_utf8(text);
  if (repaired == text) return false;
  repaired.reserve(repaired.size() + JsonPieces::padding);
  return read(std::string_view(repaired));
}

Result<SourceSummary> read_document(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  JsonPieces pieces(bytes, qlog_pieces, most_qlog_event_bytes);
  QlogEvents events(options.file, witness);
  while (const std::optional<JsonPieces::Piece> piece = pieces.next()) {
    if (piece->too_large) {
      witness.trouble(Trouble::long_line, options.file, piece->line);
      continue;
    }
    const auto read = [&](std::string_view text) {
      return piece->which == 0 ? events.begin_trace(text) : events.take(text, piece->line);
    };
    if (read(piece->text)) continue;
    witness.trouble(after_repair(piece->text, read) ? Trouble::bad_utf8 : Trouble::unreadable_line,
                    options.file, piece->line);
  }
  events.finish();
  if (pieces.error()) return tl::unexpected(*pieces.error());
  if (!pieces.complete()) witness.trouble(Trouble::truncated, options.file, pieces.lines());
  return SourceSummary{
      .format = "qlog", .server = LogServer::unknown, .bytes = pieces.bytes(), .lines = pieces.lines()};
}

/// Records that begin with a separator may have several lines; without separators each line is one.
Result<SourceSummary> read_sequence(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  TextLines lines(bytes);
  QlogEvents events(options.file, witness);
  std::string record;
  uint64_t record_line = 1;
  bool separated = false;
  bool too_large = false;
  bool ended = true;
  const auto take_record = [&] {
    const std::string_view text = ascii_trim(record);
    const auto read = [&](std::string_view whole) { return events.take_record(whole, record_line); };
    if (too_large) {
      witness.trouble(Trouble::long_line, options.file, record_line);
    } else if (!text.empty()) {
      record.reserve(record.size() + JsonPieces::padding);
      const std::string_view padded = ascii_trim(record);
      if (!read(padded))
        witness.trouble(after_repair(padded, read) ? Trouble::bad_utf8 : Trouble::unreadable_line,
                        options.file, record_line);
    }
    record.clear();
    too_large = false;
  };
  while (const std::optional<TextLines::Line> line = lines.next()) {
    ended = line->ended;
    std::string_view text = line->text;
    const bool begins = text.starts_with(record_separator);
    separated = separated || begins;
    if (begins || !separated) {
      take_record();
      record_line = line->number;
      if (begins) text.remove_prefix(1);
    }
    too_large = too_large || line->too_long || record.size() + text.size() > most_qlog_event_bytes;
    if (!too_large) record.append(text).append("\n");
  }
  take_record();
  events.finish();
  if (lines.error()) return tl::unexpected(*lines.error());
  if (!ended) witness.trouble(Trouble::truncated, options.file, lines.lines());
  return SourceSummary{
      .format = "qlog", .server = LogServer::unknown, .bytes = lines.bytes(), .lines = lines.lines()};
}

bool is_sequence(std::string_view head) {
  if (head.starts_with(record_separator)) return true;
  // One record a line, as 0.3 had it.
  const std::string_view first = head.substr(0, head.find('\n'));
  return first.find("\"NDJSON\"") != nowhere && first.find("\"traces\"") == nowhere;
}

}  // namespace

bool is_qlog(std::string_view head) {
  head = head.substr(0, looked_at_for_marks);
  if (head.starts_with(record_separator)) head.remove_prefix(1);
  head = ascii_trim(head);
  if (!head.starts_with('{')) return false;
  // The members come in any order, and all of them before the traces or within the first record.
  for (const std::string_view mark :
       {std::string_view("\"qlog_version\""), std::string_view("\"qlog_format\""),
        std::string_view("\"urn:ietf:params:qlog:file:")}) {
    if (head.find(mark) != nowhere) return true;
  }
  return false;
}

Result<SourceSummary> read_qlog(ByteSource& bytes, const SourceOptions& options, Witness& witness) {
  LookedAt whole(bytes);
  const Result<std::string_view> head = whole.look(looked_at_for_marks, [](std::string_view) { return false; });
  if (!head) return tl::unexpected(head.error());
  const bool sequence = is_sequence(*head);
  return sequence ? read_sequence(whole, options, witness) : read_document(whole, options, witness);
}

}  // namespace astray::explain
