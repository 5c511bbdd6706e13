#pragma once
#include <string>
#include <utility>
#include <vector>

#include "servers/model/deployment.h"

namespace astray::haproxy {

/// Collects what is wrong, up to a limit that keeps a broken file from filling memory.
class Problems {
 public:
  explicit Problems(std::vector<ReadProblem>& into) : into_(into) {}
  void error(SourceSpan span, std::string message) { add(ReadProblem::Severity::error, span, std::move(message)); }
  void warning(SourceSpan span, std::string message) {
    add(ReadProblem::Severity::warning, span, std::move(message));
  }

 private:
  static constexpr size_t most = 1000;
  void add(ReadProblem::Severity severity, SourceSpan span, std::string message) {
    if (into_.size() == most)
      into_.push_back({ReadProblem::Severity::error, span, "further problems are not told; mend those first"});
    if (into_.size() < most) into_.push_back({severity, span, std::move(message)});
  }

  std::vector<ReadProblem>& into_;
};

}  // namespace astray::haproxy
