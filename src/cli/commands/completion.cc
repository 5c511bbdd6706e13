#include "cli/completion.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"

namespace astray::completion_command {
namespace {

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "done"},
    {ExitCode::failure, "the command line means nothing, or the output could not be written"},
};

constexpr std::string_view shells[] = {"bash", "zsh", "fish"};
constexpr Operand operands[] = {
    {.name = "SHELL", .help = "The shell to complete for.", .kind = ValueKind::choice, .choices = shells},
};
constexpr Example examples[] = {
    {"source <(astray completion bash)", "Complete in this bash."},
    {"astray completion zsh > \"${fpath[1]}/_astray\"", "Complete in every new zsh."},
    {"astray completion fish > ~/.config/fish/completions/astray.fish", "Complete in every new fish."},
};
constexpr std::string_view see_also[] = {"man", "explain"};

ExitCode run(const Arguments& arguments, Console& console) {
  const std::string& shell = arguments.operands().front();
  console.out.output.write(shell == "bash"  ? bash_completion()
                           : shell == "zsh" ? zsh_completion()
                                            : fish_completion());
  return ExitCode::success;
}

}  // namespace

constinit const Command command = {
    .name = "completion",
    .summary = "print a completion script for bash, zsh or fish",
    .description =
        "Prints a script that completes commands, options and their values: formats, ids of rules, reasons "
        "and clients, "
        "kinds of servers, files. An installed astray has brought the scripts to where the shells look for "
        "them.",
    .operands = operands,
    .options = {},
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::completion_command
