#include "http1/head_parser.h"

#include <algorithm>

#include "http1/characters.h"

namespace astray::http1 {
namespace {

constexpr std::string_view line_end = "\r\n";

/// Of a field line that is there with its line end, whose name is a token before a colon and whose value has no
/// control character.
struct PlainLine {
  size_t name_size = 0;  ///< 0: the line is another
  std::string_view value{};
  size_t size = 0;  ///< without the line end
};

/// The line that `text` begins with.
PlainLine read_plain_line(std::string_view text) {
  size_t colon = 0;
  while (colon < text.size() && is_token_character(text[colon])) ++colon;
  if (colon == text.size() || text[colon] != ':') return {};
  const size_t size = colon + 1 + find_control(text.substr(colon + 1));
  if (text.substr(size, line_end.size()) != line_end) return {};
  return {colon, trim_blanks(text.substr(colon + 1, size - colon - 1)), size};
}

}  // namespace

void HeadParser::begin(Part part) {
  part_ = part;
  stage_ = part == Part::trailers ? Stage::field_lines : Stage::start_line;
  bytes_.clear();
  used_ = line_begin_ = start_line_begin_ = start_line_size_ = 0;
  after_cr_ = control_in_line_ = false;
  slots_.clear();
  fields_.clear();
  known_ = {};
  irregularities_ = {};
}

HeadParser::Outcome HeadParser::fail(FailureReason reason) {
  if (part_ == Part::trailers) {
    const bool limit = reason == FailureReason::head_too_large || reason == FailureReason::line_too_large ||
                       reason == FailureReason::too_many_fields;
    if (limit) reason = FailureReason::trailers_too_large;
  }
  failure_ = reason;
  return Outcome::failed;
}

size_t HeadParser::line_limit() const {
  // Room for the method, the version and the line end around the longest target.
  constexpr size_t around_target_bytes = 64;
  const bool request_line = part_ == Part::request && stage_ == Stage::start_line;
  return request_line ? limits_.target_bytes + around_target_bytes : limits_.line_bytes;
}

// How many bytes may still come before a limit is passed.
size_t HeadParser::budget() const {
  const size_t line_size = bytes_.size() - line_begin_;
  return std::min(head_limit() - used_, line_limit() - std::min(line_limit(), line_size));
}

FailureReason HeadParser::limit_failure() const {
  if (head_limit() == used_) return FailureReason::head_too_large;
  const bool request_line = part_ == Part::request && stage_ == Stage::start_line;
  return request_line ? FailureReason::target_too_large : FailureReason::line_too_large;
}

void HeadParser::take(std::string_view& input, size_t size) {
  bytes_ += input.substr(0, size);
  used_ += size;
  input.remove_prefix(size);
}

HeadParser::Outcome HeadParser::feed(std::string_view& input) {
  while (!input.empty()) {
    Outcome outcome = Outcome::needs_more;
    if (line_begin_ == bytes_.size()) outcome = take_whole_lines(input);
    if (outcome == Outcome::needs_more && !input.empty()) outcome = take_piece(input);
    if (outcome != Outcome::needs_more) return outcome;
  }
  return Outcome::needs_more;
}

HeadParser::Outcome HeadParser::take_whole_start_line(std::string_view& input) {
  const std::string_view window = input.substr(0, std::min(head_limit() - used_, line_limit()));
  const size_t size = find_control(window);
  if (size == 0 || window.substr(size, line_end.size()) != line_end) return Outcome::needs_more;
  take(input, size + line_end.size());
  return end_line(size, line_end.size());
}

/// Lines that are here whole and plain, within the limits: nearly all are. They are read where they came, and their
/// bytes are copied together. What is not so is left to take_piece().
HeadParser::Outcome HeadParser::take_whole_lines(std::string_view& input) {
  if (stage_ == Stage::start_line) {
    const Outcome outcome = take_whole_start_line(input);
    if (outcome != Outcome::needs_more || stage_ == Stage::start_line) return outcome;
  }
  size_t bytes = 0;
  bool ends = false;
  while (!ends) {
    const size_t room = std::min(head_limit() - used_ - bytes, limits_.line_bytes);
    const std::string_view text = input.substr(bytes, room);
    ends = text.starts_with(line_end);
    if (ends) {
      bytes += line_end.size();
      break;
    }
    const PlainLine line = read_plain_line(text);
    if (line.name_size == 0 || slots_.size() == limits_.fields) break;
    const auto begin = static_cast<uint32_t>(bytes_.size() + bytes);
    slots_.push_back({begin, static_cast<uint32_t>(line.name_size),
                      begin + static_cast<uint32_t>(line.value.data() - text.data()),
                      static_cast<uint32_t>(line.value.size()), known_field(text.substr(0, line.name_size))});
    bytes += line.size + line_end.size();
  }
  take(input, bytes);
  line_begin_ = bytes_.size();
  return ends ? complete() : Outcome::needs_more;
}

/// Of a line: some of its bytes, one that is not plain, or its end.
HeadParser::Outcome HeadParser::take_piece(std::string_view& input) {
  const size_t allowed = budget();
  if (allowed == 0) return fail_limit();
  const auto end_here = [&](size_t line_end_size) {
    return end_line(bytes_.size() - line_begin_ - line_end_size, line_end_size);
  };
  if (after_cr_) {
    if (input.front() != '\n') return fail(FailureReason::bare_cr);
    after_cr_ = false;
    take(input, 1);
    return end_here(2);
  }

  const std::string_view window = input.substr(0, allowed);
  const size_t plain = find_control(window);
  if (window.substr(plain, 2) == "\r\n") {
    take(input, plain + 2);
    return end_here(2);
  }
  take(input, plain);
  if (plain == window.size()) return Outcome::needs_more;

  const char control = input.front();
  if (control == '\0') return fail(FailureReason::nul_byte);
  if (control == '\n' && reading_ == Reading::strict) return fail(FailureReason::bare_lf);
  if (control != '\r' && control != '\n' && reading_ == Reading::strict)
    return fail(FailureReason::control_byte);
  take(input, 1);
  if (control == '\r') {
    after_cr_ = true;
  } else if (control == '\n') {
    irregularities_.add(Irregularity::bare_lf);
    return end_here(1);
  } else {
    control_in_line_ = true;
  }
  return Outcome::needs_more;
}

HeadParser::Outcome HeadParser::end_line(size_t line_size, size_t line_end_size) {
  const auto line = std::string_view(bytes_).substr(line_begin_, line_size);
  Outcome outcome = Outcome::needs_more;
  if (stage_ == Stage::field_lines) {
    outcome = line.empty() ? complete() : take_field_line(line);
  } else if (line.empty()) {
    irregularities_.add(Irregularity::blank_line_before_head);
  } else {
    outcome = take_start_line(line);
  }
  line_begin_ += line_size + line_end_size;
  control_in_line_ = false;
  return outcome;
}

HeadParser::Outcome HeadParser::take_start_line(std::string_view line) {
  start_line_begin_ = line_begin_;
  start_line_size_ = line.size();
  stage_ = Stage::field_lines;
  if (control_in_line_) return fail(FailureReason::control_byte);
  if (part_ == Part::response) {
    const auto parsed = parse_status_line(line);
    if (!parsed) return fail(parsed.error());
    irregularities_.add(parsed->irregularities);
    status_line_ = *parsed;
  } else {
    const auto parsed = parse_request_line(line);
    if (!parsed) return fail(parsed.error());
    if (parsed->target.size() > limits_.target_bytes) return fail(FailureReason::target_too_large);
    request_line_ = *parsed;
  }
  return Outcome::needs_more;
}

/// A name that is no token: judges it, and takes off blanks.
HeadParser::Outcome HeadParser::take_odd_name(std::string_view& name) {
  if (!name.empty() && is_blank(name.back())) {
    if (reading_ == Reading::strict) return fail(FailureReason::space_before_colon);
    irregularities_.add(Irregularity::space_before_colon);
    name = trim_blanks(name);
  }
  if (is_token(name)) return Outcome::needs_more;
  if (reading_ == Reading::strict || name.empty() || find_control(name) != name.size())
    return fail(FailureReason::bad_field_name);
  irregularities_.add(Irregularity::odd_field_name);
  return Outcome::needs_more;
}

HeadParser::Outcome HeadParser::take_field_line(std::string_view line) {
  if (is_blank(line.front())) return fold(line);
  if (slots_.size() == limits_.fields) return fail(FailureReason::too_many_fields);
  size_t colon = 0;
  while (colon < line.size() && is_token_character(line[colon])) ++colon;
  std::string_view name = line.substr(0, colon);
  if (name.empty() || colon == line.size() || line[colon] != ':') {
    colon = line.find(':');
    if (colon == std::string_view::npos) return fail(FailureReason::field_without_colon);
    name = line.substr(0, colon);
    const Outcome outcome = take_odd_name(name);
    if (outcome != Outcome::needs_more) return outcome;
  }
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (control_in_line_) irregularities_.add(Irregularity::control_in_field_value);

  const auto offset = [&](std::string_view part) {
    return static_cast<uint32_t>(part.data() - bytes_.data());
  };
  slots_.push_back({offset(name), static_cast<uint32_t>(name.size()), offset(value),
                    static_cast<uint32_t>(value.size()), known_field(name)});
  return Outcome::needs_more;
}

// RFC 9112 §5.2: each fold becomes blanks. They are written over the line end, so that the value stays one
// piece.
HeadParser::Outcome HeadParser::fold(std::string_view line) {
  if (slots_.empty()) return fail(FailureReason::space_before_first_field);
  if (reading_ == Reading::strict) return fail(FailureReason::obs_fold);
  irregularities_.add(Irregularity::obs_fold);
  if (control_in_line_) irregularities_.add(Irregularity::control_in_field_value);

  // Only the line end just before: the earlier ones are blanks already. A head of nothing but folds stays
  // linear.
  for (size_t at = line_begin_; at-- > 0 && (bytes_[at] == '\r' || bytes_[at] == '\n');) bytes_[at] = ' ';
  if (trim_blanks(line).empty()) return Outcome::needs_more;
  Slot& slot = slots_.back();
  const size_t value_end = line_begin_ + line.size();
  const std::string_view value =
      trim_blanks(std::string_view(bytes_).substr(slot.value_begin, value_end - slot.value_begin));
  slot.value_begin = static_cast<uint32_t>(value.data() - bytes_.data());
  slot.value_size = static_cast<uint32_t>(value.size());
  return Outcome::needs_more;
}

HeadParser::Outcome HeadParser::complete() {
  const std::string_view bytes = bytes_;
  fields_.reserve(slots_.size());
  for (const Slot& slot : slots_) {
    fields_.emplace_back(std::string_view(bytes.data() + slot.name_begin, slot.name_size),
                         std::string_view(bytes.data() + slot.value_begin, slot.value_size), slot.known);
    known_.add(slot.known);
  }
  return Outcome::complete;
}

std::string_view HeadParser::start_line_bytes() const {
  return std::string_view(bytes_).substr(start_line_begin_, start_line_size_);
}

StatusLine HeadParser::status_line() const {
  StatusLine line = status_line_;
  line.reason_phrase = start_line_bytes().substr(start_line_size_ - line.reason_phrase.size());
  return line;
}

RequestLine HeadParser::request_line() const {
  RequestLine line = request_line_;
  line.method = start_line_bytes().substr(0, line.method.size());
  line.target = start_line_bytes().substr(line.method.size() + 1, line.target.size());
  return line;
}

}  // namespace astray::http1
