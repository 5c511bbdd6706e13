#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "servers/model/server.h"

namespace astray::version_command {
namespace {

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "done"},
    {ExitCode::failure, "the command line means nothing, or the output could not be written"},
};

constexpr Example examples[] = {
    {"astray version", "Show the version, and the newest servers that it models."}};
constexpr std::string_view see_also[] = {"list"};

ExitCode run(const Arguments&, Console& console) {
  std::string text = fmt::format("astray {}\n", ASTRAY_VERSION);
  for (const Server& server : all_servers()) {
    text += fmt::format("predicts {} up to {}\n", server.display_name, server.newest.text());
  }
  console.out.output.write(text);
  return ExitCode::success;
}

}  // namespace

constinit const Command command = {
    .name = "version",
    .summary = "show the version, and which servers it models",
    .description =
        "Shows the version of astray and the newest version of each server whose behaviour it models: the "
        "one that is "
        "assumed when none is given.",
    .operands = {},
    .options = {},
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::version_command
