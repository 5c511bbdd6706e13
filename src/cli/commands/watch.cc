#include <fmt/format.h>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/watch_run.h"

namespace astray::watch_command {
namespace {

constexpr std::string_view formats[] = {"human", "json", "jsonl", "junit", "github"};
constexpr std::string_view thresholds[] = {"error", "warning", "info", "never"};
constexpr std::string_view progress_kinds[] = {"auto", "none"};

constexpr Option options[] = {
    {.name = "--config",
     .value = "FILE",
     .help = "The settings, in YAML; astray's documentation has their reference.",
     .kind = ValueKind::file,
     .default_value = "watch.yaml",
     .short_name = 'c'},
    {.name = "--once",
     .value = "",
     .help = "Ask one round, confirm what looks wrong on fresh connections, print the problems and end. With a store "
             "in the settings the answers are compared with those of earlier rounds."},
    {.name = "--check",
     .value = "",
     .help = "Only say whether the settings are good: every problem with its line and column. Nothing is asked."},
    {.name = "--agent",
     .value = "",
     .help = "Ask for a region (nats in the settings), share its nodes with the other agents there, and report every "
             "answer to the watcher that compares regions. Judges nothing itself, and has no page."},
    {.name = "--plan",
     .value = "",
     .help = "Print what the next round would ask, and send nothing to any node."},
    {.name = "--format",
     .value = "FORMAT",
     .help = "How problems are written; while the watcher stays, human and jsonl write each event on a line.",
     .kind = ValueKind::choice,
     .choices = formats,
     .default_value = "human"},
    {.name = "--fail-on",
     .value = "SEVERITY",
     .help = "With --once: the lowest severity of a problem that makes the exit status 1, itself included; never "
             "means none does.",
     .kind = ValueKind::choice,
     .choices = thresholds,
     .default_value = "warning"},
    {.name = "--progress",
     .value = "WHEN",
     .help = "With --once: a line on a terminal that says how far the round is.",
     .kind = ValueKind::choice,
     .choices = progress_kinds,
     .default_value = "auto"},
};

constexpr Example examples[] = {
    {"astray watch", "Watch what watch.yaml says, until SIGTERM or SIGINT."},
    {"astray watch -c watch.yaml --check", "Look for mistakes in the settings."},
    {"astray watch -c watch.yaml --once --format junit", "One round for continuous integration."},
    {"astray watch -c agent.yaml --agent", "One of the agents of a region, until SIGTERM or SIGINT."},
    {"astray watch -c watch.yaml --plan", "What a round would ask; nothing is sent."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "ended as asked; with --once: no problem as severe as --fail-on; with --check: nothing to mend"},
    {ExitCode::findings, "with --once: there are problems that severe; with --check: the settings have errors"},
    {ExitCode::failure,
     "the settings cannot be followed, or with --once: no evidence (nothing answered, a name has no address, the store "
     "or a configuration cannot be read, the round was interrupted)"},
};

constexpr std::string_view see_also[] = {"probe", "explain", "audit"};

ExitCode run(const Arguments& arguments, Console& console) {
  const WatchRequest request{.settings_path = std::string(arguments.value("--config")),
                             .format = arguments.value("--format"),
                             .fail_on = arguments.value("--fail-on"),
                             .shows_progress = arguments.value("--progress") != "none",
                             .is_agent = arguments.has("--agent")};
  const int modes = static_cast<int>(arguments.has("--once")) + static_cast<int>(arguments.has("--check")) +
                    static_cast<int>(arguments.has("--plan"));
  if (request.is_agent && modes > 0)
    return console.fail("--agent stays until it is ended; it cannot be said with --once, --check or --plan");
  if (modes > 1) return console.fail("--once, --check and --plan exclude each other; say one of them");
  if (arguments.has("--check")) return check_watch(request, console);
  if (arguments.has("--plan")) return plan_watch(request, console);
  if (arguments.has("--once")) return watch_once(request, console);
  if (request.format != "human" && request.format != "jsonl")
    return console.fail(
        fmt::format("--format {} is for --once; while the watcher stays, human and jsonl write events", request.format));
  return watch_always(request, console);
}

}  // namespace

constinit const Command command = {
    .name = "watch",
    .summary = "ask again and again, and tell what has changed, on which node, and why",
    .description =
        "Asks the names of its settings on every address they have, round after round: each name's own answer, pairs "
        "of names as clients would coalesce them, names that nobody configures. What is wrong, what changed, where one "
        "node differs from its peers or from its configuration, a certificate that stops covering a name or is about "
        "to end, HTTP/2 or client authentication that appears or goes: each is told once, with the node, the name and "
        "the cause, after it was seen again on a fresh connection, and told again when it is over.\n\n"
        "Large matrices take turns: no round asks more than the settings allow. SIGTERM and SIGINT end it, a second "
        "one at once; SIGHUP reads the settings again, and bad ones change nothing.",
    .operands = {},
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::watch_command
