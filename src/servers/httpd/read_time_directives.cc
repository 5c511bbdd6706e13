// The directives that httpd obeys while it reads (EXEC_ON_READ), so that their place among the lines counts.
#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/tree_reader.h"
#include "servers/httpd/words.h"

namespace astray::httpd {

bool TreeReader::run_now(std::string_view name, std::string_view arguments, SourceSpan span) {
  // Most directives are not of these: tell by the first letter before comparing.
  switch (ascii_lower(name[0])) {
    case 'i':
      if (ascii_iequals(name, "Include")) return include(arguments, span, false), true;
      if (ascii_iequals(name, "IncludeOptional")) return include(arguments, span, true), true;
      return false;
    case 'd':
      if (ascii_iequals(name, "Define")) return define(arguments, span), true;
      return false;
    case 'e':
      if (!ascii_iequals(name, "Error")) return false;
      problems_.error(span, fmt::format("an Error directive stops httpd here: {}", arguments));
      return true;
    case 'l':
      if (ascii_iequals(name, "LoadModule")) return load_module(arguments, span), true;
      return ascii_iequals(name, "LoadFile");
    case 's':
      if (ascii_iequals(name, "ServerRoot")) return change_server_root(arguments, span), true;
      return false;
    case 'u':
      if (ascii_iequals(name, "UnDefine")) return variables_.undefine(take_word(arguments, arena_)), true;
      if (ascii_iequals(name, "Use")) return use_macro(arguments, span), true;
      if (ascii_iequals(name, "UndefMacro")) {
        std::string_view macro = take_word(arguments, arena_);
        if (!macros_.undefine(macro))
          problems_.error(
              span,
              fmt::format("UndefMacro names \"{}\", which is no macro here; httpd refuses to start", macro));
        return true;
      }
      return false;
    default:
      return false;
  }
}

void TreeReader::define(std::string_view arguments, SourceSpan span) {
  std::vector<std::string_view> words = words_of(arguments, arena_);
  if (words.empty() || words.size() > 2 || words[0].empty()) {
    problems_.error(
        span, "Define takes a name and at most one value (in quotes when it has blanks); it is left out");
    return;
  }
  if (words[0].find(':') != std::string_view::npos) {
    problems_.error(
        span, fmt::format("Define: a name must not hold ':', as \"{}\" does; it is left out", words[0]));
    return;
  }
  // An empty value is none: httpd then leaves the variable as it stands.
  if (words.size() == 2 && !words[1].empty())
    variables_.define(words[0], words[1]);
  else
    variables_.define(words[0]);
}

void TreeReader::load_module(std::string_view arguments, SourceSpan span) {
  std::vector<std::string_view> words = words_of(arguments, arena_);
  if (words.size() != 2) {
    problems_.error(span, "LoadModule takes a module's identifier and its file; it is left out");
    return;
  }
  modules_.load(words[0], words[1]);
}

void TreeReader::change_server_root(std::string_view arguments, SourceSpan span) {
  std::vector<std::string_view> words = words_of(arguments, arena_);
  if (words.size() != 1 || words[0].empty()) {
    problems_.error(span, "ServerRoot takes one folder; it is left out");
    return;
  }
  std::string folder = resolve_path(server_root_, words[0]);
  if (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if (files_.kind(folder) != FileSource::Kind::directory) {
    problems_.warning(span,
                      fmt::format("ServerRoot {} is no folder here, so relative paths start at {}; read the "
                                  "configuration where it lives, or name its folder as prefix",
                                  folder, server_root_));
    return;
  }
  server_root_ = std::move(folder);
}

void TreeReader::define_macro(std::string_view arguments, SourceSpan span) {
  size_t end = arguments.rfind('>');
  if (end == std::string_view::npos)
    problems_.error(span, "<Macro lacks its closing '>': httpd refuses to start; add it");
  std::vector<std::string_view> words = words_of(arguments.substr(0, end), arena_);
  Macro macro;
  macro.span = span;
  bool usable = !words.empty() && !words[0].empty();
  if (usable) {
    macro.name = ascii_lower(words[0]);
    macro.parameters.assign(words.begin() + 1, words.end());
  }
  for (size_t i = 0; i < macro.parameters.size(); ++i) {
    usable = usable && !macro.parameters[i].empty();
    for (size_t j = 0; j < i; ++j) usable = usable && macro.parameters[i] != macro.parameters[j];
  }
  if (!usable)
    problems_.error(
        span,
        "<Macro takes a name and distinct parameter names, as in <Macro Site $name $port>; it is left out");

  size_t depth = 1;
  while (std::optional<LogicalLine> line = next_line()) {
    if (line->text.starts_with('#')) continue;
    std::string_view rest = line->text;
    std::string_view first = take_word(rest, arena_);
    if (ascii_iequals(first, "</Macro>") && --depth == 0) {
      if (usable) macros_.define(std::move(macro));
      return;
    }
    if (ascii_iequals(first, "<Macro")) ++depth;
    macro.lines.push_back(*line);
  }
  if (!stopped_)
    problems_.error(span,
                    "<Macro is not closed before the end of the file; httpd refuses to start: add </Macro>");
}

void TreeReader::use_macro(std::string_view arguments, SourceSpan span) {
  std::vector<std::string_view> words = words_of(arguments, arena_);
  std::string_view name = words.empty() ? std::string_view() : words[0];
  std::shared_ptr<const Macro> macro = macros_.find(name);
  if (!macro) {
    problems_.error(
        span,
        fmt::format("Use names \"{}\", which no <Macro> before it defines, so nothing is put here; httpd "
                    "refuses to start",
                    name));
    return;
  }
  for (size_t i = first_source_; i < sources_.size(); ++i)
    if (sources_[i].macro && sources_[i].macro->name == macro->name) {
      problems_.error(
          span,
          fmt::format("the macro \"{}\" uses itself, so this use is left out; httpd refuses to start", name));
      return;
    }
  words.erase(words.begin());
  if (words.size() != macro->parameters.size()) {
    problems_.error(
        span,
        fmt::format("the macro \"{}\" takes {} arguments and was given {}, so this use is left out; httpd "
                    "refuses to start",
                    name, macro->parameters.size(), words.size()));
    return;
  }
  SourceSpan place = sources_.back().macro ? sources_.back().used_at : span;
  sources_.push_back({nullptr, std::move(macro), std::move(words), 0, place});
}

}  // namespace astray::httpd
