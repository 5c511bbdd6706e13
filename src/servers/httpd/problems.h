#pragma once
#include <string>
#include <unordered_set>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::httpd {

/// Collects what could not be read, in the order it is met. The same sentence at the same place is kept once
/// (a file or macro is read as often as it is used), and a flood is cut with a count at its end.
class Problems {
 public:
  static constexpr size_t max_kept = 10'000;
  static constexpr size_t max_message = 1000;  ///< bytes

  void error(SourceSpan span, std::string message) {
    add(ReadProblem::Severity::error, span, std::move(message));
  }
  void warning(SourceSpan span, std::string message) {
    add(ReadProblem::Severity::warning, span, std::move(message));
  }
  std::vector<ReadProblem> take();

 private:
  void add(ReadProblem::Severity severity, SourceSpan span, std::string message);

  std::vector<ReadProblem> kept_;
  std::unordered_set<std::string> seen_;
  size_t left_out_ = 0;
};

}  // namespace astray::httpd
