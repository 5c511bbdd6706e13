#include "cli/commands.h"
#include "cli/commands/named_command.h"
#include "cli/help_text.h"

namespace astray::help_command {
namespace {

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "done"},
    {ExitCode::failure, "the command line means nothing, or the output could not be written"},
};

constexpr Example examples[] = {{"astray help audit", "Show what astray audit does and takes."}};
constexpr std::string_view see_also[] = {"man", "explain"};

ExitCode run(const Arguments& arguments, Console& console) {
  const NamedCommand named = named_command(arguments, console);
  if (!named.known) return ExitCode::failure;
  console.out.output.write(named.command ? help_of(*named.command, console.out.columns, console.out.palette)
                                         : help_of_all(console.out.columns, console.out.palette));
  return ExitCode::success;
}

}  // namespace

constinit const Command command = {
    .name = "help",
    .summary = "show what a command does and takes",
    .description = "Shows the same as COMMAND --help: usage, options, examples and exit status.",
    .operands = command_operand,
    .options = {},
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::help_command
