#include "cli/commands/named_command.h"

#include <fmt/format.h>

#include "cli/parse.h"
#include "report/printable.h"

namespace astray {

NamedCommand named_command(const Arguments& arguments, Console& console) {
  if (arguments.operands().empty()) return {};
  const std::string& name = arguments.operands().front();
  if (const Command* command = find_command(name)) return {command, true};
  std::vector<std::string_view> names;
  for (const Command* command : all_commands()) names.push_back(command->name);
  console.complain(fmt::format("'{}' is no command{}", printable(name), did_you_mean(name, names)));
  return {nullptr, false};
}

}  // namespace astray
