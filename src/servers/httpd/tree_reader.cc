#include "servers/httpd/tree_reader.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/words.h"

namespace astray::httpd {

TreeReader::TreeReader(FileSource& files, SourceFiles& file_names, Problems& problems, TextArena& arena,
                       Version version, const ReadLimits& limits)
    : files_(files),
      file_names_(file_names),
      problems_(problems),
      arena_(arena),
      limits_(limits),
      conditions_(modules_, variables_, files, problems, arena, version) {}

std::vector<Directive>& TreeReader::sink() {
  return section_ == npos ? tree_ : frames_[section_].section.children;
}

bool TreeReader::within_limits(SourceSpan span) {
  if (!stopped_ && (++lines_ > limits_.lines || arena_.size() + given_up_bytes_ > limits_.kept_bytes)) {
    stopped_ = true;
    problems_.error(
        span,
        fmt::format("the configuration unfolds into more than {} lines or {} MiB of replaced text, so the "
                    "rest is left out; look for includes or macros that use each other many times",
                    limits_.lines, limits_.kept_bytes >> 20));
  }
  return !stopped_;
}

std::optional<LogicalLine> TreeReader::next_line() {
  while (sources_.size() > first_source_) {
    Source& source = sources_.back();
    std::optional<LogicalLine> line;
    if (source.file != nullptr) {
      line = source.file->next();
    } else if (source.next < source.macro->lines.size()) {
      line = source.macro->lines[source.next++];
      // A line that the arguments changed belongs to the Use; so does a section, or all that one macro opens
      // would share one place.
      if (auto changed = substitute(line->text, source.macro->parameters, source.arguments)) {
        line->text = trim(arena_.keep(*changed));
        line->span = source.used_at;
      } else if (line->text.starts_with('<')) {
        line->span = source.used_at;
      }
    }
    if (line) return within_limits(line->span) ? line : std::nullopt;
    sources_.pop_back();
  }
  return std::nullopt;
}

void TreeReader::read_lines(LineReader& lines) {
  size_t outer_first_source = first_source_;
  size_t outer_first_frame = first_frame_;
  first_source_ = sources_.size();
  first_frame_ = frames_.size();
  sources_.push_back({&lines, nullptr, {}, 0, {}});
  while (std::optional<LogicalLine> line = next_line()) take_line(*line);
  while (frames_.size() > first_frame_) {
    if (!stopped_)
      problems_.error(frames_.back().span,
                      fmt::format("<{}> is not closed before the end of the file; httpd refuses to "
                                  "start: add </{}>",
                                  frames_.back().tag, frames_.back().tag));
    close_top();
  }
  sources_.resize(first_source_);
  first_source_ = outer_first_source;
  first_frame_ = outer_first_frame;
}

void TreeReader::take_line(LogicalLine line) {
  if (!frames_.empty() && frames_.size() > first_frame_ && !frames_.back().skipped.empty())
    return skip_line(line);
  if (line.text.empty() || line.text[0] == '#') return;
  std::string_view rest;
  Variables::Outcome outcome = variables_.expand(line.text, arena_, rest, [&](std::string_view name) {
    problems_.warning(
        line.span, fmt::format("the variable ${{{}}} is not defined, so httpd takes it literally; add "
                               "`Define {} value`, or -D {}=value here if the server's environment sets it",
                               name, name, name));
  });
  if (outcome == Variables::Outcome::too_long) {
    given_up_bytes_ += Variables::max_expanded_line;
    problems_.error(
        line.span,
        fmt::format("this line grows beyond {} bytes by its variables, so it is left out; look at the "
                    "Define lines that use each other",
                    Variables::max_expanded_line));
    return;
  }
  std::string_view name = take_word(rest, arena_);
  if (name.empty()) return;
  if (name.starts_with("</")) return close_section(name.substr(2), rest, line.span);
  if (name.starts_with('<')) return open_section(name.substr(1), rest, line.span);
  if (run_now(name, rest, line.span)) return;
  sink().push_back({name, rest, line.span, false, {}});
}

void TreeReader::open_section(std::string_view name, std::string_view arguments, SourceSpan span) {
  if (name.ends_with('>')) {
    name.remove_suffix(1);
    if (arguments.empty()) arguments = ">";
  }
  std::string lower = ascii_lower(name);
  if (lower == "macro") return define_macro(arguments, span);
  Frame frame;
  frame.tag = name;
  frame.span = span;
  frame.parent = section_;
  std::optional<Condition> condition = condition_of(lower);
  frame.is_condition = condition.has_value();
  bool too_deep = frames_.size() >= limits_.nesting;
  if (too_deep)
    problems_.error(span, fmt::format("sections nest more than {} deep, so <{}> is left out; unfold them",
                                      limits_.nesting, name));
  if (too_deep || (condition && !conditions_.holds(*condition, arguments, server_root_, span))) {
    frame.is_condition = true;
    frame.skipped.push_back(name);
  } else if (!condition) {
    size_t end = arguments.rfind('>');
    if (end == std::string_view::npos)
      problems_.error(span, fmt::format("<{} lacks its closing '>': httpd refuses to start; add it", name));
    frame.section = {name, trim(arguments.substr(0, end)), span, true, {}};
    section_ = frames_.size();
  }
  frames_.push_back(std::move(frame));
}

void TreeReader::close_top() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  section_ = frame.parent;
  if (!frame.is_condition) sink().push_back(std::move(frame.section));
}

void TreeReader::close_section(std::string_view name, std::string_view arguments, SourceSpan span) {
  if (name.ends_with('>')) {
    name.remove_suffix(1);
  } else {
    problems_.error(span, fmt::format("</{} lacks its closing '>': httpd refuses to start; add it", name));
  }
  size_t match = frames_.size();
  while (match > first_frame_ && !ascii_iequals(frames_[match - 1].tag, name)) --match;
  if (match == first_frame_) {
    problems_.error(
        span, fmt::format("</{}> closes nothing: no <{}> is open in this file; httpd refuses to start", name,
                          name));
    return;
  }
  if (match != frames_.size())
    problems_.error(
        span, fmt::format("</{}> was met where </{}> was expected; httpd refuses to start: close the inner "
                          "section first",
                          name, frames_.back().tag));
  if (frames_[match - 1].is_condition && !arguments.empty())
    problems_.error(
        span, fmt::format("httpd does not see </{}> when anything follows it in the line; remove \"{}\"",
                          name, arguments));
  while (frames_.size() >= match) close_top();
}

void TreeReader::skip_line(LogicalLine line) {
  std::string_view rest = line.text;
  std::string_view name = take_word(rest, arena_);
  if (!name.starts_with('<')) return;
  std::vector<std::string_view>& open = frames_.back().skipped;
  if (!name.starts_with("</")) {
    name.remove_prefix(1);
    if (rest.empty() && name.ends_with('>')) name.remove_suffix(1);
    open.push_back(name);
    return;
  }
  name.remove_prefix(2);
  if (!name.empty()) name.remove_suffix(1);
  size_t match = open.size();
  while (match > 0 && !ascii_iequals(open[match - 1], name)) --match;
  if (match != open.size())
    problems_.error(line.span, fmt::format("</{}> was met where </{}> was expected; httpd refuses to start",
                                           name, open.back()));
  if (match == 0) return;
  open.resize(match - 1);
  if (open.empty()) close_top();
}

}  // namespace astray::httpd
