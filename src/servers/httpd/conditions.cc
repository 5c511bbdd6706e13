#include "servers/httpd/conditions.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/regex.h"
#include "servers/httpd/words.h"

namespace astray::httpd {

std::optional<Condition> condition_of(std::string_view lower_case_name) {
  if (lower_case_name == "ifmodule") return Condition::module;
  if (lower_case_name == "ifdefine") return Condition::define;
  if (lower_case_name == "iffile") return Condition::file;
  if (lower_case_name == "ifdirective") return Condition::directive;
  if (lower_case_name == "ifsection") return Condition::section;
  if (lower_case_name == "ifversion") return Condition::version;
  return std::nullopt;
}

bool Conditions::holds(Condition condition, std::string_view arguments, const std::string& server_root,
                       SourceSpan span) {
  if (condition == Condition::version) return version_holds(arguments, span);
  size_t end = arguments.rfind('>');
  if (end == std::string_view::npos)
    problems_.error(span, "the section's first line lacks its closing '>': httpd refuses to start; add it");
  arguments = arguments.substr(0, end);
  bool negated = arguments.starts_with('!');
  if (negated) arguments.remove_prefix(1);
  std::string_view argument = take_word(arguments, arena_);
  if (argument.empty()) {
    problems_.error(
        span,
        "the section lacks its argument, so it is left out; httpd refuses to start: say what it asks for");
    return false;
  }
  return decide(condition, argument, server_root, span) != negated;
}

bool Conditions::decide(Condition condition, std::string_view argument, const std::string& server_root,
                        SourceSpan span) {
  switch (condition) {
    case Condition::module:
      return present(modules_.module(argument), "module", argument, span);
    case Condition::define:
      return variables_.is_defined(argument);
    case Condition::file:
      return files_.kind(resolve_path(server_root, argument)) != FileSource::Kind::missing;
    case Condition::directive:
      return present(modules_.directive(argument, version_), "directive", argument, span);
    case Condition::section:
      return present(modules_.directive("<" + std::string(argument), version_), "section", argument, span);
    case Condition::version:
      break;
  }
  return false;
}

bool Conditions::present(Presence presence, std::string_view what, std::string_view name, SourceSpan span) {
  if (presence != Presence::unknown) return presence == Presence::yes;
  if (said_.insert(fmt::format("{} {}", what, name)).second)
    problems_.warning(
        span, fmt::format("whether this server has the {} \"{}\" cannot be told from what was read: it is "
                          "taken to have it; read the main file, with its LoadModule lines, to decide it",
                          what, name));
  return true;
}

/// <0, 0, >0 as our version is before, at or behind `text`.
std::optional<int> Conditions::compare_version(std::string_view text) const {
  int parts[3] = {0, 0, 0};
  size_t part = 0;
  size_t digits = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || text[i] == '.') {
      if (digits == 0 || part == 3) return std::nullopt;
      ++part;
      digits = 0;
    } else if (is_ascii_digit(text[i]) && part < 3 && digits < 6) {
      parts[part] = parts[part] * 10 + (text[i] - '0');
      ++digits;
    } else {
      return std::nullopt;
    }
  }
  Version other{parts[0], parts[1], parts[2]};
  return version_ < other ? -1 : version_ > other ? 1 : 0;
}

bool Conditions::version_holds(std::string_view arguments, SourceSpan span) {
  size_t end = arguments.rfind('>');
  if (end == std::string_view::npos)
    problems_.error(span, "<IfVersion lacks its closing '>': httpd refuses to start; add it");
  std::vector<std::string_view> words = words_of(arguments.substr(0, end), arena_);
  std::string_view op = words.size() > 1 ? words[0] : "=";
  bool negated = op.starts_with('!');
  if (negated && op.size() > 1) op.remove_prefix(1);
  if (words.empty() || words.size() > 2) {
    problems_.error(
        span, "<IfVersion takes an operator and a version, as in <IfVersion >= 2.4.66>; it is left out");
    return false;
  }
  std::string_view text = words.back();
  bool slashes = text.size() >= 2 && text.starts_with('/') && text.ends_with('/');
  bool is_pattern = op == "~" || ((op == "=" || op == "==") && slashes);
  if (is_pattern) {
    if (op != "~") text = text.substr(1, text.size() - 2);
    RegexAnswer answer = search(text, version_.text());
    if (answer != RegexAnswer::bad_pattern) return (answer == RegexAnswer::matches) != negated;
    problems_.error(
        span,
        fmt::format("<IfVersion has a pattern that is no regular expression: \"{}\"; it is left out", text));
    return false;
  }
  std::optional<int> order = compare_version(text);
  if (!order) {
    problems_.error(
        span, fmt::format("<IfVersion compares with \"{}\", which is no version like 2.4.66; it is left out",
                          text));
    return false;
  }
  bool result = false;
  if (op == "=" || op == "==")
    result = *order == 0;
  else if (op == ">")
    result = *order > 0;
  else if (op == ">=")
    result = *order >= 0;
  else if (op == "<")
    result = *order < 0;
  else if (op == "<=")
    result = *order <= 0;
  else {
    problems_.error(
        span,
        fmt::format(
            "<IfVersion has the unknown operator \"{}\"; expected one of = == > >= < <= ~; it is left out",
            op));
    return false;
  }
  return result != negated;
}

}  // namespace astray::httpd
