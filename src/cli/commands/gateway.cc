#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/gateway_run.h"

namespace astray::gateway_command {
namespace {

constexpr Operand operands[] = {
    {.name = "CONFIG",
     .help = "The configuration, in YAML; astray's documentation has its reference. Or manifests of the Gateway API: a file, a folder, or - for "
             "standard input.",
     .kind = ValueKind::file},
};

constexpr Option options[] = {
    {.name = "--check",
     .value = "",
     .help = "Only say whether the configuration is good: every problem with its line and column. "
             "Certificates and "
             "keys are opened; nothing is listened to."},
};

constexpr Example examples[] = {
    {"astray gateway --check gateway.yaml", "Look for mistakes before a deploy."},
    {"astray gateway gateway.yaml", "Serve until SIGTERM or SIGINT."},
    {"astray gateway --check manifests/", "Gateway API: problems, and the status conditions of Gateways, listeners and routes."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "ended as asked; with --check: nothing to mend"},
    {ExitCode::findings, "with --check: the configuration has errors"},
    {ExitCode::failure, "it cannot be read, or the gateway cannot start"},
};

constexpr std::string_view see_also[] = {"audit", "probe", "fetch"};

ExitCode run(const Arguments& arguments, Console& console) {
  const std::string& path = arguments.operands().front();
  return arguments.has("--check") ? check_gateway(path, console) : run_gateway(path, console);
}

}  // namespace

const Command command{
    .name = "gateway",
    .summary = "serve as a TLS reverse proxy that answers 421 exactly when it must",
    .description =
        "Answers requests for the names of its virtual hosts from backs, over TLS and HTTP/2 or HTTP/1.1. "
        "Every "
        "request of every connection is judged: one that this connection may not carry gets 421, a reason "
        "and what "
        "to do, and a new connection of the name's own would be answered.\n\n"
        "SIGTERM and SIGINT end it gracefully, a second one at once; SIGHUP reads the configuration anew, "
        "and a bad "
        "one changes nothing; SIGUSR1 opens the log anew.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::gateway_command
