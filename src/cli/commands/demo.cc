#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/demo_lab.h"
#include "cli/demo_outage.h"

namespace astray {
namespace {

constexpr std::string_view stories[] = {"lab", "outage"};
constexpr Operand operands[] = {
    {.name = "STORY",
     .help = "lab (the default): a gateway on loopback and requests that go astray. outage: a real outage, "
             "from two configurations to the fix.",
     .kind = ValueKind::choice,
     .choices = stories,
     .required = false},
};

constexpr Example examples[] = {
    {"astray demo", "See a gateway answer 421, and what a client does then."},
    {"astray demo outage", "Walk through a real outage, from two configurations to the fix."}};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "done"},
    {ExitCode::failure, "the lab could not be started, was interrupted, or the output could not be written"},
};

constexpr std::string_view see_also[] = {"gateway", "fetch", "audit", "predict", "explain"};

ExitCode run(const Arguments& arguments, Console& console) {
  const bool outage = !arguments.operands().empty() && arguments.operands().front() == "outage";
  if (!outage) return run_lab(console);
  tell_outage(console);
  return ExitCode::success;
}

}  // namespace

constinit const Command demo_command = {
    .name = "demo",
    .summary = "show what becomes of misdirected requests: live, or in a real outage",
    .description =
        "Alone, starts two servers and a gateway on loopback, with certificates made on the spot, and sends "
        "them "
        "requests for names of their own and of others. Shows for each which connection carried it, what was "
        "answered and why, and what the client did next. Needs no network and no privileges, ends by itself "
        "and leaves nothing.\n\n"
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

}  // namespace astray
