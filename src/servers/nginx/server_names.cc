#include "servers/nginx/server_names.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/nginx/regex.h"

namespace astray::nginx {
namespace {

// A name that is well formed to nginx but that no Host or SNI is ever equal to, because nginx strips ports
// and trailing dots before it compares (ngx_http_validate_host), or "" when there is nothing to say.
std::string why_never_asked_for(const ServerNamePattern& pattern) {
  if (pattern.kind == PatternKind::regex || pattern.kind == PatternKind::unknowable) return {};
  const std::string& text = pattern.text;
  if (text.find('/') != std::string::npos)
    return "server name \"{}\" has suspicious symbols: a name has no \"/\", so no request carries it; "
           "write the host name alone";
  if (text.find(':') != std::string::npos && !text.starts_with('['))
    return "server name \"{}\" is never matched: nginx removes the port from a request's Host before it "
           "compares; "
           "write it without \":\"";
  if (text.ends_with('.') && pattern.kind != PatternKind::trailing_wildcard)
    return "server name \"{}\" is never matched: nginx removes the trailing dot from a request's Host before "
           "it "
           "compares; write it without";
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return "server name \"{}\" is never matched: clients send the A-label (\"xn--…\") of an international "
           "name; "
           "write that";
  return {};
}

}  // namespace

Result<ServerNamePattern> parse_server_name(std::string_view word) {
  ServerNamePattern pattern;
  if (word.starts_with('~')) {
    if (word.size() == 1) return failure("empty regex in server name \"~\"");
    Result<Regex> regex = compile_server_name(word.substr(1));
    if (!regex) return tl::unexpected(regex.error());
    return ServerNamePattern{PatternKind::regex, std::string(word.substr(1))};
  }
  if (ascii_iequals(word, "$hostname")) return ServerNamePattern{PatternKind::unknowable, std::string(word)};
  const auto stars = std::count(word.begin(), word.end(), '*');
  if (stars > 1 || word.find("..") != std::string_view::npos || word.find('\0') != std::string_view::npos)
    return failure(fmt::format("invalid server name or wildcard \"{}\"", word));
  if (word.size() > 1 && word.front() == '.') {
    pattern.kind = PatternKind::dotted_suffix;
    word.remove_prefix(1);
  } else if (word.size() > 2 && word.starts_with("*.")) {
    pattern.kind = PatternKind::leading_wildcard;
    word.remove_prefix(2);
  } else if (word.size() > 2 && word.ends_with(".*")) {
    pattern.kind = PatternKind::trailing_wildcard;
    word.remove_suffix(2);
  } else if (stars != 0 || word == ".") {
    return failure(
        fmt::format("invalid server name or wildcard \"{}\": \"*\" stands for whole labels, and only at "
                    "the start or the end",
                    word));
  }
  pattern.text = ascii_lower(word);
  return pattern;
}

std::vector<NamedPattern> read_server_names(const Scope& server, Problems& problems) {
  const DirectiveTree& tree = server.tree();
  std::vector<NamedPattern> names;
  for (const DirectiveId directive : server.own(Keyword::server_name)) {
    const std::span<const Word> words = tree.arguments(directive);
    if (words.empty()) problems.error(tree.span(directive), "\"server_name\" without a name; left out");
    if (names.empty()) names.reserve(words.size());
    for (const Word& word : words) {
      const SourceSpan span = tree.span(directive, word);
      Result<ServerNamePattern> pattern = parse_server_name(word.text);
      if (!pattern) {
        problems.error(
            span, fmt::format("{}; nginx will not start, the name is left out", pattern.error().message));
        continue;
      }
      if (const std::string sentence = why_never_asked_for(*pattern); !sentence.empty())
        problems.warning(span, fmt::format(fmt::runtime(sentence), word.text));
      names.push_back({std::move(*pattern), span});
    }
  }
  return names;
}

}  // namespace astray::nginx
