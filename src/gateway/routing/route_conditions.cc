#include "gateway/routing/route_conditions.h"

#include <algorithm>

#include "base/ascii.h"
#include "gateway/routing/path.h"

namespace astray::gateway {
namespace {

using Answer = RouteConditions::Answer;

Answer answer_of(Regex::Found found) {
  switch (found) {
    case Regex::Found::yes:
      return Answer::holds;
    case Regex::Found::no:
      return Answer::fails;
    case Regex::Found::gave_up:
      return Answer::undecided;
  }
  return Answer::undecided;
}

Result<std::optional<Regex>, BadRegex> compiled(const std::optional<Placed<RegexText>>& text) {
  if (!text) return std::optional<Regex>();
  auto regex = Regex::compile(text->value.text);
  if (!regex) return Failure<BadRegex>(BadRegex{text->place, std::move(regex.error())});
  return std::optional<Regex>(*std::move(regex));
}

/// A path of the configuration that no request can have has no other spelling.
std::string canonical_text(std::string_view path) {
  return path_problem(path) ? std::string(path) : canonical_path(path);
}

}  // namespace

std::string_view prefix_segments(std::string_view prefix) {
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return prefix;
}

bool has_prefix_segments(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && path.starts_with('/') &&
         (path.size() == prefix.size() || path[prefix.size()] == '/');
}

Result<RouteConditions, BadRegex> RouteConditions::of(const MatchSettings& settings) {
  RouteConditions conditions;
  if (settings.prefix) {
    conditions.path_kind_ = PathKind::prefix;
    conditions.path_text_ = prefix_segments(settings.prefix->text);
    conditions.canonical_text_ = prefix_segments(canonical_text(settings.prefix->text));
  } else if (settings.exact) {
    conditions.path_kind_ = PathKind::exact;
    conditions.path_text_ = settings.exact->text;
    conditions.canonical_text_ = canonical_text(settings.exact->text);
  } else if (settings.regex) {
    conditions.path_kind_ = PathKind::regex;
    auto regex = compiled(settings.regex);
    if (!regex) return Failure<BadRegex>(std::move(regex.error()));
    conditions.path_regex_ = *std::move(regex);
  }
  for (const MethodName& method : settings.methods) conditions.methods_.push_back(method.text);
  for (const HeaderMatch& header : settings.headers) {
    auto regex = compiled(header.regex);
    if (!regex) return Failure<BadRegex>(std::move(regex.error()));
    std::optional<std::string> value;
    if (header.value) value = header.value->text;
    conditions.headers_.push_back({ascii_lower(header.name.text), std::move(value), *std::move(regex)});
  }
  return conditions;
}

Answer RouteConditions::hold_for(const RequestHead& head, std::string_view path) const {
  return all_hold(head, path, path_text_);
}

Answer RouteConditions::hold_for_canonical(const RequestHead& head, std::string_view path) const {
  return all_hold(head, path, canonical_text_);
}

Answer RouteConditions::all_hold(const RequestHead& head, std::string_view path,
                                 std::string_view text) const {
  if (!methods_.empty() && std::ranges::find(methods_, head.method) == methods_.end()) return Answer::fails;
  Answer answer = path_holds(path, text);
  // One condition that fails decides, whatever another could not tell.
  for (const Header& header : headers_) {
    if (answer == Answer::fails) return answer;
    const Answer next = header_holds(header, head.fields);
    if (next != Answer::holds) answer = next;
  }
  return answer;
}

Answer RouteConditions::path_holds(std::string_view path, std::string_view text) const {
  switch (path_kind_) {
    case PathKind::any:
      return Answer::holds;
    case PathKind::prefix:
      return has_prefix_segments(path, text) ? Answer::holds : Answer::fails;
    case PathKind::exact:
      return path == text ? Answer::holds : Answer::fails;
    case PathKind::regex:
      return answer_of(path_regex_->find_in(path));
  }
  return Answer::fails;
}

Answer RouteConditions::header_holds(const Header& header, const Fields& fields) {
  Answer answer = Answer::fails;
  for (const http2::Field field : fields) {
    if (field.name != header.name) continue;
    if (header.regex) {
      const Answer found = answer_of(header.regex->find_in(field.value));
      if (found == Answer::holds) return Answer::holds;
      if (found == Answer::undecided) answer = Answer::undecided;
    } else if (!header.value || *header.value == field.value) {
      return Answer::holds;
    }
  }
  return answer;
}

}  // namespace astray::gateway
