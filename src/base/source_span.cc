#include "base/source_span.h"

#include <fmt/format.h>

#include "base/check.h"

namespace astray {

SourceFileId SourceFiles::add(std::string path) {
  paths_.push_back(std::move(path));
  return static_cast<SourceFileId>(paths_.size() - 1);
}

std::string_view SourceFiles::path(SourceFileId id) const {
  if (id == SourceFileId::none) return {};
  CHECK(static_cast<size_t>(id) < paths_.size());
  return paths_[static_cast<size_t>(id)];
}

std::string SourceFiles::describe(SourceSpan span) const {
  if (!span.known()) return {};
  std::string text(path(span.file));
  if (span.line != 0) text += fmt::format(":{}", span.line);
  if (span.line != 0 && span.column != 0) text += fmt::format(":{}", span.column);
  return text;
}

}  // namespace astray
