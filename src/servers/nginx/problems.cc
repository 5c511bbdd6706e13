#include "servers/nginx/problems.h"

#include <fmt/format.h>

namespace astray::nginx {

namespace {

// Words of the configuration stand in messages: what is no text in them is shown as \xNN.
std::string without_control_characters(std::string_view message) {
  std::string out;
  for (const char c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out;
}

}  // namespace

void Problems::add(ReadProblem::Severity severity, SourceSpan span, std::string message) {
  if (kept_.size() == max_kept) {
    ++left_out_;
    return;
  }
  message = without_control_characters(message);
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
