#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "servers/httpd/text_arena.h"

namespace astray::httpd {

/// What -D, Define and the environment file say, and the ${…} that lines may hold.
class Variables {
 public:
  /// A line may not grow beyond this by its variables.
  static constexpr size_t max_expanded_line = size_t{1} << 20;

  /// `Define NAME` or `Define NAME value`; a name without value is only good for <IfDefine>.
  void define(std::string_view name) { defined_.insert(std::string(name)); }
  void define(std::string_view name, std::string_view value);
  void undefine(std::string_view name);
  bool is_defined(std::string_view name) const { return defined_.contains(std::string(name)); }

  /// A variable of the environment that httpd is started in.
  void set_environment(std::string name, std::string value) {
    environment_[std::move(name)] = std::move(value);
  }

  enum class Outcome { unchanged, expanded, too_long };
  /// Replaces every ${NAME} of a line by its value, once (a value is not looked at again). An unknown one
  /// stays as it is, as httpd leaves it, and is reported; names with ':' belong to mod_rewrite and are left
  /// alone.
  Outcome expand(std::string_view line, TextArena& arena, std::string_view& expanded,
                 const std::function<void(std::string_view name)>& on_unknown) const;

 private:
  const std::string* find(std::string_view name) const;

  std::unordered_set<std::string> defined_;              ///< compared by case
  std::unordered_map<std::string, std::string> values_;  ///< by lower-case name: httpd's table ignores case
  std::unordered_map<std::string, std::string> environment_;
};

/// Reads the assignments of a shell file such as Debian's /etc/apache2/envvars, as text: nothing is run.
/// Understood are NAME=value and export NAME=value with quotes and $NAME; what a command or an `if` decides
/// is left out, except Debian's own test of its configuration folder's name.
void read_environment_file(std::string_view text, std::string_view configuration_folder,
                           Variables& variables);

}  // namespace astray::httpd
