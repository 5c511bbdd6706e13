#include "servers/httpd/problems.h"

#include <fmt/format.h>

namespace astray::httpd {

void Problems::add(ReadProblem::Severity severity, SourceSpan span, std::string message) {
  // Messages quote what was read, which can be a line of any length.
  if (message.size() > max_message) {
    message.resize(max_message);
    message += "…";
  }
  std::string key =
      fmt::format("{} {} {} {}", static_cast<uint32_t>(span.file), span.line, span.column, message);
  if (seen_.contains(key)) return;
  if (kept_.size() >= max_kept) {
    ++left_out_;
    return;
  }
  seen_.insert(std::move(key));
  kept_.push_back({severity, span, std::move(message)});
}

std::vector<ReadProblem> Problems::take() {
  if (left_out_ != 0)
    kept_.push_back({ReadProblem::Severity::warning,
                     {},
                     fmt::format("{} further problems are not listed; repair the first ones", left_out_)});
  seen_.clear();
  left_out_ = 0;
  return std::move(kept_);
}

}  // namespace astray::httpd
