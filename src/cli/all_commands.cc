// The list of commands, in the order in which help and documents show them.
#include <fmt/format.h>

#include <array>

#include "cli/commands.h"

namespace astray {

std::span<const Command* const> all_commands() {
  static constexpr std::array<const Command*, 14> list = {
      &audit_command::command,   &predict_command::command, &probe_command::command,   &fetch_command::command,
      &gateway_command::command, &watch_command::command,   &history_command::command, &explain_command::command,
      &list_command::command,    &demo_command::command,    &man_command::command,     &completion_command::command,
      &version_command::command, &help_command::command,
  };
  return list;
}

const Command* find_command(std::string_view name) {
  for (const Command* command : all_commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

std::span<const Option> common_options() {
  static constexpr std::string_view when[] = {"auto", "always", "never"};
  static constexpr Option options[] = {
      {.name = "--color",
       .value = "WHEN",
       .help = "Colours in the output: auto means on a terminal. NO_COLOR and CLICOLOR_FORCE are honoured "
               "when this "
               "is not given.",
       .kind = ValueKind::choice,
       .choices = when,
       .default_value = "auto"},
      {.name = "--help", .value = "", .help = "Show this help and end."},
  };
  return options;
}

const Option* find_option(const Command& command, std::string_view name) {
  for (const std::span<const Option> options : {command.options, common_options()}) {
    for (const Option& option : options) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

const Option* find_short_option(const Command& command, char short_name) {
  for (const Option& option : command.options) {
    if (option.short_name != 0 && option.short_name == short_name) return &option;
  }
  return nullptr;
}

std::string short_spelling(const Option& option) {
  return option.short_name == 0 ? std::string() : std::string("-") + option.short_name;
}

std::string term_of(const Option& option) {
  std::string term = short_spelling(option);
  if (!term.empty()) term += ", ";
  term += option.name;
  if (option.value.empty()) return term;
  return term +
         (option.bare_value.empty() ? fmt::format(" {}", option.value) : fmt::format("[={}]", option.value));
}

}  // namespace astray
