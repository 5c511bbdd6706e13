#include "servers/haproxy/reading.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/haproxy/patterns.h"

namespace astray::haproxy {
namespace {

constexpr size_t most_entries = 2'000'000;

/// How map_<name> compares; the part behind a second '_' says what type the value has.
Match match_of_map(std::string_view name) {
  if (name == "map") return Match::str;
  name.remove_prefix(4);
  name = name.substr(0, name.find('_'));
  constexpr std::pair<std::string_view, Match> names[] = {
      {"str", Match::str}, {"beg", Match::beg}, {"end", Match::end}, {"sub", Match::sub}, {"dir", Match::dir},
      {"dom", Match::dom}, {"reg", Match::reg}, {"int", Match::number}};
  for (const auto& [known, match] : names)
    if (name == known) return match;
  return Match::unknown;
}

}  // namespace

std::string located(std::string_view path, std::string_view base, const Reading& reading) {
  if (!path.starts_with('/') && !base.empty()) return resolve_path(base, path);
  return resolve_path(reading.folder, path);
}

bool add_file(std::string_view path, Columns columns, bool ignores_case, Patterns& patterns, SourceSpan span,
              Reading& reading) {
  for (const std::string_view prefix : {"file@", "opt@"})
    if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  if (path.starts_with("virt@")) {
    reading.problems.warning(span, fmt::format("{} exists only at run time: what it has is unknown", path));
    return false;
  }
  const std::string file = located(path, "", reading);
  const Result<std::string> text = reading.files.read(file);
  if (!text) {
    reading.problems.error(span, fmt::format("what is looked up there stays unknown: {}", text.error().message));
    return false;
  }
  const SourceFileId id = reading.names.add(file);
  std::string_view rest = *text;
  for (uint32_t number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.starts_with('#')) continue;
    line = ascii_trim(line);
    if (line.empty()) continue;
    if (patterns.all().size() == most_entries) {
      reading.problems.error(span, fmt::format("{}: more than {} entries; the rest is unknown", file, most_entries));
      return false;
    }
    Pattern pattern;
    pattern.span = {id, number, 1};
    pattern.ignores_case = ignores_case;
    const size_t blank = columns == Columns::keys ? std::string_view::npos : line.find_first_of(" \t");
    pattern.text = std::string(line.substr(0, blank));
    if (blank != std::string_view::npos) pattern.value = std::string(ascii_trim(line.substr(blank)));
    const SourceSpan at = pattern.span;
    if (const std::string problem = patterns.add(std::move(pattern)); !problem.empty())
      reading.problems.error(at, problem);
  }
  return true;
}

std::shared_ptr<const Patterns> read_map(std::string_view path, Match match, SourceSpan span, Reading& reading) {
  const auto [entry, is_new] =
      reading.lists.try_emplace(fmt::format("{} {}", static_cast<int>(match), path), nullptr);
  if (!is_new) return entry->second;
  auto patterns = std::make_shared<Patterns>(match);
  if (add_file(path, Columns::keys_and_values, false, *patterns, span, reading)) entry->second = patterns;
  return entry->second;
}

Expression read_expression(std::string_view text, SourceSpan span, Reading& reading) {
  Expression expression = parse_expression(text, span);
  for (Converter& converter : expression.converters) {
    // Commit 1dcc6a8a9; later releases of stable branches have it, too. 2.6.12 was asked.
    constexpr Version word_may_be_missing{2, 9, 0};
    converter.missing_is_empty =
        converter.kind == Converter::Kind::word && reading.version < word_may_be_missing;
    if (converter.kind != Converter::Kind::map || converter.call.arguments.empty()) continue;
    converter.patterns =
        read_map(converter.call.arguments.front(), match_of_map(converter.call.name), span, reading);
  }
  return expression;
}

}  // namespace astray::haproxy
