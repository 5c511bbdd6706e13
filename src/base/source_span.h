#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace astray {

/// Index of a file in a SourceFiles table. `none` stands for what was written nowhere (a default).
enum class SourceFileId : uint32_t { none = UINT32_MAX };

/// A place in a configuration: line and column count from 1 (column in bytes); 0 means unknown.
struct SourceSpan {
  SourceFileId file = SourceFileId::none;
  uint32_t line = 0;
  uint32_t column = 0;
  bool known() const { return file != SourceFileId::none; }
  auto operator<=>(const SourceSpan&) const = default;
};

/// The names of the files that were read, each once.
class SourceFiles {
 public:
  SourceFileId add(std::string path);
  std::string_view path(SourceFileId id) const;  ///< "" for `none`
  size_t size() const { return paths_.size(); }

  /// "path:line:column", as far as they are known; "" for an unknown span.
  std::string describe(SourceSpan span) const;

 private:
  std::vector<std::string> paths_;
};

}  // namespace astray
