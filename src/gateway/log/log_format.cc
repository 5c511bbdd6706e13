#include "gateway/log/log_format.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <fmt/format.h>

#include "base/nearest.h"

namespace astray::gateway {
namespace {

constexpr size_t most_format_bytes = 4096;
constexpr size_t most_fields = 64;

Failure<Error> unknown_field(std::string_view name, size_t at) {
  std::vector<std::string_view> names;
  for (const LogField& field : log_fields())
    names.push_back(name.starts_with("astray.") ? field.key : field.short_key());
  return failure(fmt::format("there is no log field {} (at byte {}){}", name, at, did_you_mean(name, names)));
}

/// What a name is made of; anything else between braces was hardly meant as one.
bool is_field_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
}

bool is_printable_line(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace

Result<LogFormat> LogFormat::parse(std::string_view text) {
  if (text.empty()) return failure("a log format is \"json\" or a line with {fields}, and this one is empty");
  if (text.size() > most_format_bytes)
    return failure(
        fmt::format("a log format has at most {} bytes, and this one {}", most_format_bytes, text.size()));
  if (!is_printable_line(text))
    return failure("a log format is one line of printable text, and this one has control characters");
  if (text == "json" || text.starts_with("json ")) return parse_json(text.substr(4));
  return parse_line(text);
}

Result<LogFormat> LogFormat::parse_json(std::string_view left_out) {
  std::vector<const LogField*> without;
  for (size_t at = 0; at < left_out.size();) {
    if (left_out[at] == ' ') {
      ++at;
      continue;
    }
    const size_t end = std::min(left_out.find(' ', at), left_out.size());
    const std::string_view word = left_out.substr(at, end - at);
    const size_t place = 4 + at + 1;
    if (word.front() != '-' || word.size() == 1)
      return failure(fmt::format(
          "behind \"json\" stand fields to leave out, such as -http.query, and not {} (at byte {})", word,
          place));
    const LogField* field = find_log_field(word.substr(1));
    if (field == nullptr) return unknown_field(word.substr(1), place + 1);
    without.push_back(field);
    at = end;
  }
  LogFormat format;
  for (const LogField& field : log_fields()) {
    if (std::ranges::find(without, &field) != without.end()) continue;
    format.pieces_.push_back({fmt::format(",\"{}\":", field.key), &field, LogEscape::json});
  }
  if (format.pieces_.empty()) return failure("this log format leaves every field out");
  format.end_ = "}\n";
  format.find_runs();
  return format;
}

Result<LogFormat> LogFormat::parse_line(std::string_view text) {
  LogFormat format;
  format.kind_ = Kind::text;
  std::string literal;
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
    } else if (c == '}') {
      return failure(fmt::format("}} at byte {} closes nothing; write }}}} for a brace", i + 1));
    } else if (c == '{') {
      const size_t close = text.find('}', i);
      const std::string_view name = text.substr(i + 1, close - i - 1);
      if (close == std::string_view::npos)
        return failure(fmt::format("{{ at byte {} is never closed; write {{{{ for a brace", i + 1));
      if (!is_field_name(name))
        return failure(
            fmt::format("{{{}}} at byte {} is no field: between braces stands a name such as http.status; "
                        "write {{{{ for a brace",
                        name, i + 1));
      const LogField* field = find_log_field(name);
      if (field == nullptr) return unknown_field(name, i + 2);
      if (format.pieces_.size() == most_fields)
        return failure(fmt::format("a log format has at most {} fields", most_fields));
      format.pieces_.push_back(
          {std::exchange(literal, {}), field, in_quotes ? LogEscape::text_in_quotes : LogEscape::text});
      i = close;
    } else {
      if (c == '"') in_quotes = !in_quotes;
      literal += c;
    }
  }
  if (format.pieces_.empty())
    return failure(fmt::format(
        "there is no field in the log format {}; write \"json\", or fields such as {{http.status}}{}", text,
        did_you_mean(text, std::vector<std::string_view>{"json"})));
  if (in_quotes) return failure("a quote of the log format is never closed");
  format.end_ = std::move(literal) + '\n';
  format.find_runs();
  return format;
}

void LogFormat::find_runs() {
  static std::atomic<uint64_t> formats = 0;
  id_ = ++formats;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const LogScope scope = pieces_[i].field->scope;
    if (runs_.empty() || runs_.back().scope != scope) runs_.push_back({i, i, scope});
    runs_.back().end = i + 1;
  }
}

void LogFormat::write(std::string& out, const LogRecord& record) const {
  LogConnectionText* const common = record.of_connection;
  if (common != nullptr && !common->is_of(id_)) fill(*common, record);
  const size_t begin = out.size();
  {
    LogLine line(out);
    size_t of_connection = 0;
    for (const Run& run : runs_) {
      if (common != nullptr && run.scope == LogScope::connection)
        line.put(common->run(of_connection++));
      else
        put_run(line, record, run);
    }
    line.put(end_);
  }
  if (kind_ == Kind::text) return;
  // Each piece has a comma before it, also the first one that is there.
  if (out[begin] == ',')
    out[begin] = '{';
  else
    out.insert(begin, 1, '{');
}

void LogFormat::fill(LogConnectionText& text, const LogRecord& record) const {
  text.begin(id_);
  for (const Run& run : runs_) {
    if (run.scope != LogScope::connection) continue;
    {
      LogLine line(text.text());
      put_run(line, record, run);
    }
    text.end_run();
  }
}

void LogFormat::put_run(LogLine& line, const LogRecord& record, const Run& run) const {
  for (size_t i = run.begin; i < run.end; ++i) {
    const Piece& piece = pieces_[i];
    LogValueWriter value(line, piece.before, piece.field->most_bytes, piece.escape);
    piece.field->write(value, record);
  }
}

}  // namespace astray::gateway
