#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/source_span.h"
#include "servers/httpd/modules.h"
#include "servers/httpd/problems.h"
#include "servers/httpd/text_arena.h"
#include "servers/httpd/variables.h"
#include "servers/model/file_source.h"

namespace astray::httpd {

/// The sections that httpd decides while it reads.
enum class Condition { module, define, file, directive, section, version };
std::optional<Condition> condition_of(std::string_view lower_case_name);

/// Decides them. What cannot be decided is taken as true (and, behind '!', as false), and said once.
class Conditions {
 public:
  Conditions(const Modules& modules, const Variables& variables, FileSource& files, Problems& problems,
             TextArena& arena, Version version)
      : modules_(modules),
        variables_(variables),
        files_(files),
        problems_(problems),
        arena_(arena),
        version_(version) {}

  /// `arguments` is what follows the section's name, up to and with '>'.
  bool holds(Condition condition, std::string_view arguments, const std::string& server_root,
             SourceSpan span);

 private:
  bool decide(Condition condition, std::string_view argument, const std::string& server_root,
              SourceSpan span);
  bool present(Presence presence, std::string_view what, std::string_view name, SourceSpan span);
  bool version_holds(std::string_view arguments, SourceSpan span);
  std::optional<int> compare_version(std::string_view text) const;

  const Modules& modules_;
  const Variables& variables_;
  FileSource& files_;
  Problems& problems_;
  TextArena& arena_;
  Version version_;
  std::unordered_set<std::string> said_;
};

}  // namespace astray::httpd
