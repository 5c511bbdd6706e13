#include "explain/logs/line_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "explain/captures/response_source.h"
#include "explain/logs/error_sentence.h"
#include "explain/story/nowhere.h"

namespace astray::explain {
namespace {


std::span<const JsonField> json_of(const LineFormats* formats) {
  return formats == nullptr ? std::span<const JsonField>() : std::span<const JsonField>(formats->json);
}

/// Behind "<134>1 2026-11-28T22:38:50Z host name 12 - - " (RFC 5424, with neither message id nor data).
bool is_new_syslog(std::string_view line) {
  return line.starts_with('<') && line.substr(0, 8).find(">1 ") != nowhere;
}

/// What stands behind "Nov 28 22:38:50 host name[12]: " (also without a number, as nginx has it), RFC 5424's "… - - ", Kubernetes'
/// "2026-… stdout F " or Docker's "web-1  | "; the line itself when there is no such thing.
std::string_view without_envelope(std::string_view line) {
  for (const std::string_view mark : {" stdout F ", " stderr F ", " | "}) {
    if (const size_t at = line.find(mark); at != nowhere && at < 48) return line.substr(at + mark.size());
  }
  if (const size_t at = line.find(" - - "); at != nowhere && at < 160 && is_new_syslog(line)) return line.substr(at + 5);
  if (const size_t at = line.find(": "); at != nowhere && at < 128 && line.substr(0, at).find_first_of("{\"") == nowhere)
    return line.substr(at + 2);
  // Whatever stands before an object: journald without a process number, "access_log: {…}".
  if (const size_t at = line.find('{'); at != nowhere && at < 160 && line.ends_with('}') && line.find('"', at) == at + 1)
    return line.substr(at);
  return line;
}

bool tells_of_request(const Sighting& sighting) {
  return sighting.status != 0 || sighting.method.known() || sighting.sentence != ErrorSentence::none;
}

}  // namespace

LineReader::LineReader(const LineFormats* given)
    : given_(given),
      given_braces_(given != nullptr && std::any_of(given->text.begin(), given->text.end(),
                                                    [](const TextFormat& format) { return format.begins_with_brace(); })),
      json_(json_of(given)) {}

/// Of a line that could be JSON as well: what the user states counts.
bool LineReader::is_given_text(std::string_view line) {
  for (const TextFormat& format : given_->text) {
    Sighting unused;
    if (!format.begins_with_brace() || !format.read(line, fields_, unused)) continue;
    text_format_ = &format;
    return true;
  }
  return false;
}

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
  if (line.starts_with('{') && !(given_braces_ && is_given_text(line))) {
    const JsonReader::Outcome outcome = json_.read(line, fields_, arena, sighting);
    if (outcome == JsonReader::Outcome::not_json) return Outcome::unreadable;
    read.bad_utf8 = outcome == JsonReader::Outcome::read_after_repair;
    form_ = Form::json;
    if (sighting.server != LogServer::unknown) json_server_ = sighting.server;
    // Caddy 2.6 does not know the SNI of HTTP/3, and shows none whatever was sent (its issue 5078); clients have to send one
    // (RFC 9114 §3.2).
    if (sighting.server == LogServer::caddy && sighting.protocol == Protocol::h3 && sighting.sni.absent()) sighting.sni = {};
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

bool LineReader::read_loosely(std::string_view line, Sighting& sighting) {
  for (const TextFormat& format : loose_formats()) {
    sighting = Sighting{};
    if (format.read(line, fields_, sighting) && tells_of_request(sighting)) return true;
  }
  sighting = Sighting{};
  return false;
}

LineReader::Read LineReader::read(std::string_view line, TextArena& arena, Sighting& sighting) {
  // Docker's json-file, which begins with the line itself. Almost no line is one, and a look at two bytes says so.
  if (line.size() > 8 && line[0] == '{' && line[2] == 'l' && line.starts_with(R"({"log":")")) {
    if (const std::optional<std::string_view> inner = json_.text_in(line, "log", arena)) line = ascii_trim(*inner);
  }
  Read read;
  read.outcome = read_plain(line, arena, sighting, read);
  if (read.outcome != Outcome::unreadable) return read;
  if (const std::string_view inner = without_envelope(line); inner.size() < line.size()) {
    sighting = Sighting{};
    read.outcome = read_plain(inner, arena, sighting, read);
    if (read.outcome != Outcome::unreadable) return read;
  }
  if (read_loosely(line, sighting)) {
    read.outcome = Outcome::request;
    return read;
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
