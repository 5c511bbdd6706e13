#include "watch/store/sentence_pattern.h"

namespace astray::watch {
namespace {

/// Stands before the number of a name, or before 'x' for itself: a control character that no sentence of ours
/// has.
constexpr char name_mark = '\x01';

/// Of those that stand there the longest: "a.test:443" and not "a.test".
size_t name_at(std::string_view text, const SentenceNames& names) {
  size_t best = names.size();
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() || !text.starts_with(names[i])) continue;
    if (best == names.size() || names[i].size() > names[best].size()) best = i;
  }
  return best;
}

}  // namespace

std::string pattern_of(std::string_view sentence, const SentenceNames& names) {
  std::string pattern;
  while (!sentence.empty()) {
    const size_t name = name_at(sentence, names);
    if (name < names.size()) {
      pattern += {name_mark, static_cast<char>('0' + name)};
      sentence.remove_prefix(names[name].size());
      continue;
    }
    pattern += sentence.front();
    if (sentence.front() == name_mark) pattern += 'x';
    sentence.remove_prefix(1);
  }
  return pattern;
}

std::string sentence_of(std::string_view pattern, const SentenceNames& names) {
  std::string sentence;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != name_mark || i + 1 == pattern.size()) {
      sentence += pattern[i];
      continue;
    }
    const auto name = static_cast<size_t>(pattern[++i] - '0');
    if (name < names.size())
      sentence += names[name];
    else
      sentence += name_mark;
  }
  return sentence;
}

}  // namespace astray::watch
