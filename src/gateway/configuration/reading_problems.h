#pragma once
// What a reader of YAML complains of, each at its place.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/configuration/configuration_problem.h"
#include "gateway/configuration/yaml_tree.h"

namespace astray::gateway {

/// More are not listed, only said to be there.
constexpr size_t max_read_problems = 50;

/// Text of the file in a sentence, whatever its bytes.
std::string in_quotes(std::string_view text);
/// What stands there instead of what was expected: "a list".
std::string found(const YamlNode& node);

class ReadingProblems {
 public:
  void complain(SourceSpan place, std::string message);
  bool are_enough() const { return problems_.size() > max_read_problems; }
  /// By place; that there are more is said last.
  std::vector<ConfigurationProblem> take();

 private:
  std::vector<ConfigurationProblem> problems_;
};

/// The keys of one map, each of which may stand there once.
class KeysSeen {
 public:
  explicit KeysSeen(ReadingProblems& problems) : problems_(problems) {}
  /// False, and a complaint, for the second of two.
  bool first_of_name(const YamlMember& member);

 private:
  ReadingProblems& problems_;
  std::map<std::string_view, uint32_t> lines_;
};

}  // namespace astray::gateway
