#include "watch/detection/cause_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace astray::watch {
namespace {

constexpr std::array<std::string_view, 5> scope_words = {"watcher", "node", "certificate", "own", "pair"};

}  // namespace

std::string CauseKey::text() const {
  return fmt::format("{}|{}|{}", scope_words.at(static_cast<size_t>(scope)), what, seed);
}

CauseKey CauseKey::parse(std::string_view text) {
  const size_t first = text.find('|');
  const size_t last = text.rfind('|');
  if (first == std::string_view::npos || first == last) return {Scope::watcher, std::string(text), {}};
  const auto* word = std::find(scope_words.begin(), scope_words.end(), text.substr(0, first));
  if (word == scope_words.end()) return {Scope::watcher, std::string(text), {}};
  return {static_cast<Scope>(word - scope_words.begin()),
          std::string(text.substr(first + 1, last - first - 1)), std::string(text.substr(last + 1))};
}

}  // namespace astray::watch
