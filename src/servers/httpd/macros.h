#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/httpd/line_reader.h"

namespace astray::httpd {

/// What stands between <Macro name $parameters…> and </Macro>: lines, to be read again at each Use.
struct Macro {
  std::string name;  ///< lower case
  std::vector<std::string_view> parameters;
  std::vector<LogicalLine> lines;
  SourceSpan span;
};

/// The macros defined so far (modules/core/mod_macro.c).
class Macros {
 public:
  void define(Macro macro);
  /// False when there was none.
  bool undefine(std::string_view name);
  /// Null when there is none. A macro may be redefined while it is in use.
  std::shared_ptr<const Macro> find(std::string_view name) const;

 private:
  std::unordered_map<std::string, std::shared_ptr<const Macro>> macros_;
};

/// A line may not grow beyond this by the arguments.
inline constexpr size_t max_substituted_line = size_t{1} << 20;

/// Replaces the parameters in one line by the arguments: the leftmost first, the longest name of those; a
/// name with '@' gives a quoted argument. nullopt when the line holds none; what grows beyond the limit is
/// cut there.
std::optional<std::string> substitute(std::string_view line, const std::vector<std::string_view>& parameters,
                                      const std::vector<std::string_view>& arguments);

}  // namespace astray::httpd
