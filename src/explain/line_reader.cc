#include "explain/line_reader.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "explain/error_sentence.h"
#include "explain/nowhere.h"
#include "explain/response_source.h"

namespace astray::explain {
namespace {


std::span<const JsonField> json_of(const LineFormats* formats) {
  return formats == nullptr ? std::span<const JsonField>() : std::span<const JsonField>(formats->json);
}

/// What stands behind "Nov 28 22:38:50 host name[12]: ", "<134>1 2026-… host name 12 - - ", or Kubernetes'
/// "2026-… stdout F "; the line itself when there is no such thing.
std::string_view without_envelope(std::string_view line) {
  for (const std::string_view mark : {" stdout F ", " stderr F "}) {
    if (const size_t at = line.find(mark); at != nowhere && at < 48) return line.substr(at + mark.size());
  }
  if (const size_t at = line.find("]: "); at != nowhere && at < 128) return line.substr(at + 3);
  if (const size_t at = line.find(" - - "); at != nowhere && at < 160 && line.starts_with('<')) return line.substr(at + 5);
  // Whatever stands before an object: journald without a process number, "access_log: {…}".
  if (const size_t at = line.find('{'); at != nowhere && at < 160 && line.ends_with('}') && line.find('"', at) == at + 1)
    return line.substr(at);
  return line;
}

bool tells_of_request(const Sighting& sighting) {
  return sighting.status != 0 || sighting.method.known() || sighting.sentence != ErrorSentence::none;
}

}  // namespace

LineReader::LineReader(const LineFormats* given) : given_(given), json_(json_of(given)) {}

bool LineReader::read_text(std::string_view line, Sighting& sighting) {
  const auto fits = [&](const TextFormat& format) {
    sighting = Sighting{};
    if (!format.read(line, fields_, sighting)) return false;
    text_format_ = &format;
    return true;
  };
  if (given_ != nullptr) {
    for (const TextFormat& format : given_->text) {
      if (fits(format)) return true;
    }
  }
  for (const TextFormat& format : built_in_formats()) {
    if (fits(format)) return true;
  }
  sighting = Sighting{};
  return false;
}

LineReader::Outcome LineReader::read_plain(std::string_view line, TextArena& arena, Sighting& sighting, Read& read) {
  const Form before = form_;
  const TextFormat* text_before = text_format_;
  if (line.starts_with('{')) {
    const JsonReader::Outcome outcome = json_.read(line, fields_, arena, sighting);
    if (outcome == JsonReader::Outcome::not_json) return Outcome::unreadable;
    read.bad_utf8 = outcome == JsonReader::Outcome::read_after_repair;
    form_ = Form::json;
    if (sighting.server != LogServer::unknown) json_server_ = sighting.server;
    read.other_format = before == Form::text;
    return tells_of_request(sighting) ? Outcome::request : Outcome::aside;
  }
  if (text_format_ != nullptr) {
    if (text_format_->read(line, fields_, sighting)) {
      form_ = Form::text;
      read.other_format = before == Form::json;
      return tells_of_request(sighting) ? Outcome::request : Outcome::aside;
    }
    sighting = Sighting{};
  }
  if (is_error_log_line(line, sighting)) {
    if (form_ == Form::none) form_ = Form::error_log;
    return read_error_sentence(line, sighting) ? Outcome::request : Outcome::aside;
  }
  if (read_text(line, sighting)) {
    form_ = Form::text;
    read.other_format = before == Form::json || (text_before != nullptr && text_before != text_format_);
    return tells_of_request(sighting) ? Outcome::request : Outcome::aside;
  }
  return Outcome::unreadable;
}

LineReader::Read LineReader::read(std::string_view line, TextArena& arena, Sighting& sighting) {
  Read read;
  read.outcome = read_plain(line, arena, sighting, read);
  if (read.outcome != Outcome::unreadable) return read;
  if (const std::string_view inner = without_envelope(line); inner.size() < line.size()) {
    sighting = Sighting{};
    read.outcome = read_plain(inner, arena, sighting, read);
    if (read.outcome != Outcome::unreadable) return read;
  }
  // A sentence alone, in whatever frame.
  sighting = Sighting{};
  if (read_error_sentence(line, sighting)) {
    read.outcome = Outcome::request;
  } else if (is_other_protocols_421(line)) {
    sighting.kind = Witnessed::other_protocol;
    sighting.status = 421;
    read.outcome = Outcome::request;
  }
  return read;
}

std::string LineReader::format_name() const {
  switch (form_) {
    case Form::none:
      return {};
    case Form::json:
      return json_server_ == LogServer::unknown ? "JSON" : fmt::format("JSON of {}", name_of(json_server_));
    case Form::text:
      return text_format_ == nullptr ? std::string() : text_format_->name();
    case Form::error_log:
      return "error log";
  }
  return {};
}

}  // namespace astray::explain
