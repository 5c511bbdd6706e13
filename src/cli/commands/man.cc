#include "cli/commands.h"
#include "cli/commands/named_command.h"
#include "cli/manual.h"

namespace astray::man_command {
namespace {

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "done"},
    {ExitCode::failure, "the command line means nothing, or the output could not be written"},
};

constexpr Example examples[] = {
    {"astray man audit | man -l -", "Read the manual page of astray audit."},
    {"astray man > astray.1", "Write the manual page of the whole."},
};
constexpr std::string_view see_also[] = {"help", "completion"};

ExitCode run(const Arguments& arguments, Console& console) {
  const NamedCommand named = named_command(arguments, console);
  if (!named.known) return ExitCode::failure;
  console.out.output.write(named.command ? manual_of(*named.command) : manual_of_all());
  return ExitCode::success;
}

}  // namespace

constinit const Command command = {
    .name = "man",
    .summary = "print a manual page in troff",
    .description =
        "Prints the manual page of a command, or of astray as a whole, for man(1). The pages are made from "
        "the same "
        "table as --help and the completions, and an installed astray has them already.",
    .operands = command_operand,
    .options = {},
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::man_command
