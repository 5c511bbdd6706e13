#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/demo_lab.h"
#include "cli/demo_outage.h"
#include "cli/demo_watch.h"

namespace astray::demo_command {
namespace {

constexpr std::string_view stories[] = {"lab", "watch", "outage"};
constexpr Operand operands[] = {
    {.name = "STORY",
     .help =
         "lab (the default): a gateway on loopback and requests that go astray, and then watch: a node that "
         "was "
         "forgotten, and a watcher that finds it. outage: a real outage, from two configurations to the fix.",
     .kind = ValueKind::choice,
     .choices = stories,
     .required = false},
};

constexpr Example examples[] = {
    {"astray demo", "See a gateway answer 421, what a client does then, and the watcher's page."},
    {"astray demo watch", "The watcher alone."},
    {"astray demo outage", "Walk through a real outage, from two configurations to the fix."}};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "done"},
    {ExitCode::failure, "the lab could not be started, was interrupted, or the output could not be written"},
};

constexpr std::string_view see_also[] = {"gateway", "fetch", "watch", "audit", "predict", "explain"};

ExitCode run(const Arguments& arguments, Console& console) {
  const std::string_view story =
      arguments.operands().empty() ? stories[0] : std::string_view(arguments.operands().front());
  if (story == "outage") {
    tell_outage(console);
    return ExitCode::success;
  }
  if (story == "lab") {
    const ExitCode told = run_lab(console);
    if (told != ExitCode::success) return told;
  }
  return run_watch_demo(console);
}

}  // namespace

constinit const Command command = {
    .name = "demo",
    .summary = "show what becomes of misdirected requests: live, or in a real outage",
    .description =
        "Alone, starts two servers and a gateway on loopback, with certificates made on the spot, and sends "
        "them "
        "requests for names of their own and of others. Shows for each which connection carried it, what was "
        "answered and why, and what the client did next. Then a second gateway that one name was kept from, "
        "and a "
        "watcher that finds it: on a terminal its page stays until Ctrl-C. Needs no network and no "
        "privileges, and leaves "
        "nothing.\n\n"
        "With outage, audits an example that is built in: an nginx in front of an Apache httpd, as they "
        "stood "
        "on thousands of servers "
        "when an update of httpd in July 2025 made all sites but the first answer 421. Shows the two files, "
        "the finding, "
        "the prediction at each hop before and after the update, the fix, and the audit of the repaired "
        "files. Reads no "
        "file and needs no server.",
    .operands = operands,
    .options = {},
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::demo_command
