#include "explain/logs/text_format.h"

#include <fmt/format.h>
#include <cstring>

#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {

/// Where `end` stands in `text`, at or behind `from`; nothing of it within what a backslash takes along.
size_t find_end(std::string_view text, size_t from, std::string_view end) {
  const bool quoted = end.front() == '"';
  while (from < text.size()) {
    const void* found = std::memchr(text.data() + from, end.front(), text.size() - from);
    if (found == nullptr) return nowhere;
    const size_t at = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    if (text.compare(at, end.size(), end) == 0) {
      size_t backslashes = 0;
      while (quoted && backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
      if (backslashes % 2 == 0) return at;
    }
    from = at + 1;
  }
  return nowhere;
}

/// An IPv6 address has colons of its own, so that it could not be told where it ends: with the port behind it, it is one field.
void join_client_and_port(std::vector<FormatPiece>& pieces) {
  for (size_t i = 0; i + 1 < pieces.size(); ++i) {
    if (pieces[i].field != LogField::client || pieces[i + 1].field != LogField::client_port || pieces[i + 1].before != ":") continue;
    pieces[i].field = LogField::client_endpoint;
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
}

}  // namespace

Result<TextFormat> TextFormat::make(FormatPieces pieces) {
  join_client_and_port(pieces.pieces);
  if (pieces.pieces.empty()) return failure(fmt::format("the log format {} has no field in it", pieces.name));
  for (size_t i = 1; i < pieces.pieces.size(); ++i) {
    if (!pieces.pieces[i].before.empty()) continue;
    return failure(
        fmt::format("in the log format {}, fields {} and {} stand without anything between them, so nobody can say "
                    "where one ends; put a blank there",
                    pieces.name, i, i + 1));
  }
  return TextFormat(std::move(pieces));
}

bool TextFormat::has(LogField field) const {
  for (const FormatPiece& piece : pieces_.pieces) {
    if (piece.field == field) return true;
  }
  return false;
}

bool TextFormat::read(std::string_view line, FieldReader& fields, Sighting& sighting) const {
  sighting.server = pieces_.server;
  size_t at = 0;
  const std::vector<FormatPiece>& pieces = pieces_.pieces;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const FormatPiece& piece = pieces[i];
    // HAProxy leaves captures and the blank before them out when nothing is captured.
    if (piece.field == LogField::captures &&
        (at + 1 >= line.size() || line[at] != ' ' || line[at + 1] != '{'))
      continue;
    if (line.compare(at, piece.before.size(), piece.before) != 0) return false;
    at += piece.before.size();
    const std::string_view next = i + 1 < pieces.size() ? std::string_view(pieces[i + 1].before)
                                                        : std::string_view(pieces_.after);
    size_t end = line.size();
    if (!next.empty()) {
      end = find_end(line, at, next);
      if (end == nowhere && i + 1 < pieces.size() && pieces[i + 1].field == LogField::captures) end = line.find(' ', at);
      if (end == nowhere) return false;
    }
    const std::string_view value = line.substr(at, end - at);
    if (piece.field == LogField::one_word) {
      if (value.size() != 1 && value.find(' ') != nowhere) return false;
    } else if (piece.field != LogField::ignored && !fields.read(piece.field, value, sighting)) {
      return false;
    }
    at = end;
  }
  return line.substr(at) == pieces_.after;
}

}  // namespace astray::explain
