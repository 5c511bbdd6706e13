#pragma once
#include <string>
#include <string_view>

#include "explain/logs/line_formats.h"
#include "explain/story/sighting.h"

namespace astray::explain {

/// Reads lines of logs, whatever they are in: formats that were given, JSON, the built-in text formats, error
/// logs, and each of those behind what syslog, journald, Docker or Kubernetes put before a line. One for each
/// thread; it keeps to the format that fitted last.
class LineReader {
 public:
  enum class Outcome : uint8_t {
    request,    ///< the sighting tells of one
    aside,      ///< a line of a log that tells of none
    unreadable, ///< no format fits
  };
  struct Read {
    Outcome outcome = Outcome::unreadable;
    bool other_format = false;  ///< than that of the line before
    bool bad_utf8 = false;
  };

  /// Borrows the formats.
  explicit LineReader(const LineFormats* given);

  /// JsonReader::padding bytes must be readable behind the line. Texts of the sighting lie in the line or in
  /// the arena. `sighting` is a fresh one.
  Read read(std::string_view line, TextArena& arena, Sighting& sighting);
  /// "combined", "JSON of caddy"; "" before the first line that was understood.
  std::string format_name() const;

 private:
  Outcome read_plain(std::string_view line, TextArena& arena, Sighting& sighting, Read& read);
  bool read_text(std::string_view line, Sighting& sighting);
  bool read_loosely(std::string_view line, Sighting& sighting);
  bool is_given_text(std::string_view line);

  const LineFormats* given_;
  bool given_braces_;  ///< lines of a text format that was given begin as JSON's do
  JsonReader json_;
  FieldReader fields_;
  enum class Form : uint8_t { none, json, text, error_log };
  Form form_ = Form::none;
  const TextFormat* text_format_ = nullptr;
  LogServer json_server_ = LogServer::unknown;
};

}  // namespace astray::explain
