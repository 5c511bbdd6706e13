#include "servers/nginx/problems.h"

#include <fmt/format.h>

namespace astray::nginx {

void Problems::add(ReadProblem::Severity severity, SourceSpan span, std::string message) {
  if (kept_.size() == max_kept) {
    ++left_out_;
    return;
  }
  std::string key =
      fmt::format("{}:{}:{}:{}", static_cast<uint32_t>(span.file), span.line, span.column, message);
  if (seen_.insert(std::move(key)).second) kept_.push_back({severity, span, std::move(message)});
}

std::vector<ReadProblem> Problems::take() {
  if (left_out_ != 0)
    kept_.push_back(
        {ReadProblem::Severity::warning, {}, fmt::format("{} more problems are not listed", left_out_)});
  return std::move(kept_);
}

}  // namespace astray::nginx
