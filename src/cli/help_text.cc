#include "cli/help_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "report/layout.h"

namespace astray {
namespace {

std::string heading(std::string_view text, const Palette& palette) {
  return "\n" + palette.paint(Role::strong, text) + "\n";
}

/// A term with its explanation beside it; below it when the term is long.
std::string entry(std::string_view term, std::string_view explanation, int column, int columns,
                  const Palette& palette) {
  std::string out = "  " + palette.paint(Role::code, term);
  int used = 2 + columns_of(term);
  if (used + 2 > column) {
    out += '\n';
    used = 0;
  }
  for (const std::string& line : wrap(explanation, columns - column)) {
    out += std::string(static_cast<size_t>(column - used), ' ') + line + '\n';
    used = 0;
  }
  return out;
}

std::string explanation_of(const Option& option) {
  std::string text(option.help);
  if (!option.choices.empty()) text += fmt::format(" One of {}.", fmt::join(option.choices, ", "));
  if (option.repeat == Repeat::any_number) text += " Can be repeated.";
  if (!option.default_value.empty()) text += fmt::format(" Default: {}.", option.default_value);
  return text;
}

std::string options_text(std::span<const Option> options, int columns, const Palette& palette) {
  constexpr int column = 26;
  std::string out;
  for (const Option& option : options) {
    if (option.visibility == Visibility::hidden) continue;
    out += entry(term_of(option), explanation_of(option), column, columns, palette);
  }
  return out;
}

}  // namespace

std::string usage_of(const Command& command) {
  std::string text = fmt::format("astray {}", command.name);
  if (!command.options.empty()) text += " [OPTION]…";
  for (const Operand& operand : command.operands) {
    const std::string_view more = operand.repeat == Repeat::any_number ? "…" : "";
    text += operand.required ? fmt::format(" {}{}", operand.name, more)
                             : fmt::format(" [{}{}]", operand.name, more);
  }
  return text;
}

std::string help_of(const Command& command, int columns, const Palette& palette) {
  std::string out = fmt::format("{} {} - {}\n", palette.paint(Role::strong, "astray"),
                                palette.paint(Role::strong, command.name), command.summary);
  out += heading("Usage", palette) + "  " + usage_of(command) + "\n\n";
  out += paragraph(command.description, columns, 2);
  if (!command.operands.empty()) {
    out += heading("Operands", palette);
    for (const Operand& operand : command.operands) {
      std::string help(operand.help);
      if (!operand.choices.empty()) help += fmt::format(" One of {}.", fmt::join(operand.choices, ", "));
      out += entry(operand.name, help, 14, columns, palette);
    }
  }
  if (!command.options.empty())
    out += heading("Options", palette) + options_text(command.options, columns, palette);
  out += heading("Common options", palette) + options_text(common_options(), columns, palette);
  out += heading("Examples", palette);
  for (const Example& example : command.examples) {
    out += paragraph(example.explanation, columns, 2);
    out += "    " + palette.paint(Role::code, example.command) + '\n';
  }
  out += heading("Exit status", palette);
  for (const ExitMeaning& meaning : command.exit_codes) {
    out += entry(fmt::format("{}", static_cast<int>(meaning.code)), meaning.meaning, 5, columns, palette);
  }
  if (!command.see_also.empty()) {
    std::string text;
    for (const std::string_view other : command.see_also)
      text += fmt::format("{}astray {}", text.empty() ? "" : ", ", other);
    out += heading("See also", palette) + "  " + text + '\n';
  }
  return out;
}

std::string help_of_all(int columns, const Palette& palette) {
  std::string out = palette.paint(Role::strong, "astray") +
                    " - make sure that a request is answered by the server that owns its name\n";
  out += heading("Usage", palette) + "  astray COMMAND [OPTION]… [OPERAND]…\n";
  out += heading("Commands", palette);
  for (const Command* command : all_commands())
    out += entry(command->name, command->summary, 14, columns, palette);
  out += heading("Options", palette) + options_text(common_options(), columns, palette);
  out += entry("--version", "Show the version and end.", 26, columns, palette);
  out += heading("Examples", palette);
  for (const Command* command : all_commands()) {
    if (command->name != "demo" && command->name != "audit" && command->name != "explain") continue;
    out += paragraph(command->examples.front().explanation, columns, 2);
    out += "    " + palette.paint(Role::code, command->examples.front().command) + '\n';
  }
  out += "\n  astray COMMAND --help says more about each.\n";
  return out;
}

}  // namespace astray
