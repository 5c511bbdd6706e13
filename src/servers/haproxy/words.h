#pragma once
// One line of a configuration as HAProxy cuts it into words: quotes, escapes, environment variables
// (configuration.txt, sections 2.2 and 2.3).
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace astray::haproxy {

/// What of the environment is known: what the configuration itself sets, and what the user gave.
class Environment {
 public:
  void set(std::string name, std::string value) { values_[std::move(name)] = std::move(value); }
  void set_if_absent(const std::string& name, std::string value);
  void unset(const std::string& name) { values_[name] = std::nullopt; }

  /// Whether the variable's state is known at all.
  bool knows(std::string_view name) const { return values_.contains(std::string(name)); }
  /// Precondition: knows(). Absent: it is known not to be set.
  std::optional<std::string> value(std::string_view name) const { return values_.at(std::string(name)); }

 private:
  std::map<std::string, std::optional<std::string>> values_;
};

struct Word {
  std::string text;         ///< quotes and escapes resolved
  uint32_t column = 0;      ///< from 1
  std::string unknown_for;  ///< the environment variable that decides the text and is not known; "" else
  bool known() const { return unknown_for.empty(); }
};

struct CutLine {
  std::vector<Word> words;
  std::string problem;  ///< not empty: what is wrong with the line, which HAProxy refuses
};
/// `line` has no line end. An unknown variable leaves a word whose text has the variable as written.
CutLine cut_line(std::string_view line, const Environment& environment);

}  // namespace astray::haproxy
