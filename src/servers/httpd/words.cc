#include "servers/httpd/words.h"

#include <string>

namespace astray::httpd {
namespace {

std::string_view unescape(std::string_view word, char quote, TextArena& arena) {
  if (word.find('\\') == std::string_view::npos) return word;
  std::string plain;
  plain.reserve(word.size());
  for (size_t i = 0; i < word.size(); ++i) {
    bool escapes = word[i] == '\\' && i + 1 < word.size() &&
                   (word[i + 1] == '\\' || (quote != '\0' && word[i + 1] == quote));
    if (escapes) ++i;
    plain += word[i];
  }
  return arena.keep(plain);
}

size_t skip_space(std::string_view line, size_t position) {
  while (position < line.size() && is_space(line[position])) ++position;
  return position;
}

}  // namespace

std::string_view trim(std::string_view text) {
  size_t first = skip_space(text, 0);
  size_t last = text.size();
  while (last > first && is_space(text[last - 1])) --last;
  return text.substr(first, last - first);
}

std::string_view take_word(std::string_view& line, TextArena& arena) {
  size_t start = skip_space(line, 0);
  if (start == line.size()) {
    line = {};
    return {};
  }
  char quote = line[start] == '"' || line[start] == '\'' ? line[start] : '\0';
  size_t end = quote == '\0' ? start : start + 1;
  std::string_view word;
  if (quote != '\0') {
    while (end < line.size() && line[end] != quote) {
      bool escape =
          line[end] == '\\' && end + 1 < line.size() && (line[end + 1] == quote || line[end + 1] == '\\');
      end += escape ? 2 : 1;
    }
    word = line.substr(start + 1, end - start - 1);
    if (end < line.size()) ++end;
  } else {
    while (end < line.size() && !is_space(line[end])) ++end;
    word = line.substr(start, end - start);
  }
  line.remove_prefix(skip_space(line, end));
  return unescape(word, quote, arena);
}

std::vector<std::string_view> words_of(std::string_view line, TextArena& arena) {
  std::vector<std::string_view> words;
  line = trim(line);
  while (!line.empty()) words.push_back(take_word(line, arena));
  return words;
}

}  // namespace astray::httpd
