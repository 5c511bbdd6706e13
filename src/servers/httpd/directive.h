#pragma once
#include <string_view>
#include <vector>

#include "base/source_span.h"

namespace astray::httpd {

/// One directive or section of the configuration, after includes, conditions, macros and variables have been
/// resolved. Views into the texts that were read.
struct Directive {
  std::string_view name;       ///< as written; of a section without '<'
  std::string_view arguments;  ///< what follows the name; of a section without its '>'
  SourceSpan span;
  bool is_section = false;
  std::vector<Directive> children;
};

}  // namespace astray::httpd
