#include "cli/command_line.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "base/check.h"
#include "cli/console.h"
#include "cli/help_text.h"
#include "cli/parse.h"

namespace astray {
namespace {

/// A standard stream that the parent closed would be the first file that is opened, and reports would go
/// there. Reading from it gives nothing and writing to it fails, which is then said.
void occupy_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    const int opened = ::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY | O_PATH : O_RDONLY);
    CHECK(opened < 0 || opened == descriptor);
  }
}

std::string try_help(const Command* command) {
  return command == nullptr ? "\nastray --help shows the commands"
                            : fmt::format("\nastray {} --help shows what it takes", command->name);
}

ExitCode answer(const Invocation& invocation, Console& console) {
  switch (invocation.kind) {
    case Invocation::Kind::run:
      return invocation.command->run(*invocation.arguments, console);
    case Invocation::Kind::help:
      console.out.output.write(invocation.command
                                   ? help_of(*invocation.command, console.out.columns, console.out.palette)
                                   : help_of_all(console.out.columns, console.out.palette));
      return ExitCode::success;
    case Invocation::Kind::version:
      console.out.output.write(fmt::format("astray {}\n", ASTRAY_VERSION));
      return ExitCode::success;
    case Invocation::Kind::nothing:
      console.err.output.write(help_of_all(console.err.columns, console.err.palette));
      return ExitCode::failure;
  }
  return ExitCode::failure;
}

}  // namespace

ExitCode run_command_line(const std::vector<std::string>& words) {
  occupy_standard_streams();
  // A reader that goes away shows as EPIPE; the default would end the process in the middle of its work.
  signal(SIGPIPE, SIG_IGN);

  const Result<Invocation, UsageError> invocation = parse_command_line(words);
  const std::string color = invocation ? invocation->color : "auto";
  Output out(STDOUT_FILENO, "standard output");
  Output err(STDERR_FILENO, "standard error");
  Console console{{out, choose_palette(color, STDOUT_FILENO), is_terminal(STDOUT_FILENO),
                   columns_of_terminal(STDOUT_FILENO)},
                  {err, choose_palette(color, STDERR_FILENO), is_terminal(STDERR_FILENO),
                   columns_of_terminal(STDERR_FILENO)}};
  if (!invocation) {
    const UsageError& error = invocation.error();
    const std::string subject = error.command ? fmt::format("{}: ", error.command->name) : "";
    return console.fail(subject + error.message + try_help(error.command));
  }
  const ExitCode code = answer(*invocation, console);
  if (const std::optional<Error> error = out.finish()) return console.fail(error->message);
  return code;
}

}  // namespace astray
