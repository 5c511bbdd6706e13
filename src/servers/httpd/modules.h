#pragma once
#include <string>
#include <string_view>
#include <unordered_set>

#include "servers/model/version.h"

namespace astray::httpd {

enum class Presence { yes, no, unknown };

/// Which modules the server has, as far as LoadModule lines say it. Where none was read (a sites folder
/// alone), whatever is not built in is unknown.
class Modules {
 public:
  /// `LoadModule identifier path`.
  void load(std::string_view identifier, std::string_view path);
  bool any_loaded() const { return !loaded_.empty(); }

  /// By what <IfModule> takes: "ssl_module" or "mod_ssl.c".
  Presence module(std::string_view name) const;
  /// By what <IfDirective> takes, any letter case; a section's name begins with '<'.
  Presence directive(std::string_view name, Version version) const;

 private:
  std::unordered_set<std::string> loaded_;  ///< identifiers and source names
};

/// "mod_ssl.c" for "ssl_module"; by custom, where the module is not one of httpd's own.
std::string source_name(std::string_view identifier);

/// The source name of the module that brings a directive (lower case, sections with '<'), as `httpd -L` of
/// 2.4.71 lists them; "" when none of httpd's own does. Several modules may: the first that is loaded counts.
struct ModuleDirectives {
  std::string_view source;
  std::string_view directives;  ///< separated by blanks
};
std::string_view module_of_directive(std::string_view lower_case_name);

}  // namespace astray::httpd
