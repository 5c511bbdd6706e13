#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "explain/logs/log_field.h"
#include "explain/logs/log_server.h"

namespace astray::explain {

/// One field of a format with the literal text before it.
struct FormatPiece {
  std::string before;
  LogField field = LogField::ignored;
};

/// A log format as a list of fields, whatever syntax it was written in.
struct FormatPieces {
  LogServer server = LogServer::unknown;
  std::string name;  ///< "nginx combined", "--log-format"
  std::vector<FormatPiece> pieces;
  std::string after;  ///< literal text behind the last field
};

/// Reads lines of a text format. A value ends where the literal text behind its field begins; within quotes a
/// backslash takes the next character along.
class TextFormat {
 public:
  /// Two fields without text between them cannot be told apart: an Error that says which.
  static Result<TextFormat> make(FormatPieces pieces);

  const std::string& name() const { return pieces_.name; }
  LogServer server() const { return pieces_.server; }
  /// Whether a field of this kind is in it.
  bool has(LogField field) const;
  /// Whether its lines begin with a brace, as JSON's do.
  bool begins_with_brace() const { return pieces_.pieces.front().before.starts_with('{'); }
  /// Whether the line has this form. A sighting of a line that has not is of no meaning.
  bool read(std::string_view line, FieldReader& fields, Sighting& sighting) const;

 private:
  explicit TextFormat(FormatPieces pieces) : pieces_(std::move(pieces)) {}
  FormatPieces pieces_;
};

}  // namespace astray::explain
