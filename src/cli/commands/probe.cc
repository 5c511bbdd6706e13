#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/inputs.h"
#include "cli/probe_against.h"
#include "cli/probe_plan.h"
#include "cli/probe_progress.h"
#include "cli/probe_setup.h"
#include "io/cares_resolver.h"
#include "io/epoll_loop.h"
#include "io/signals.h"
#include "io/sleep.h"
#include "io/socket_network.h"
#include "probe/prober.h"
#include "report/layout.h"
#include "report/probe_formats.h"
#include "tls/file_certificate_source.h"

namespace astray::probe_command {
namespace {

constexpr std::string_view formats[] = {"human", "json", "jsonl", "sarif", "junit", "github", "html"};
constexpr std::string_view thresholds[] = {"error", "warning", "info", "never"};
constexpr std::string_view presets[] = {"polite", "full"};
constexpr std::string_view progress_kinds[] = {"auto", "none"};

constexpr Operand operands[] = {
    {.name = "TARGET",
     .help = "A URL (https://a.example/), a name with or without port, or name@address:port, which asks that "
             "address and no DNS. ftp:// and smtp:// tell those protocols' own 421 apart. Every address of a "
             "name is a node.",
     .required = false,
     .repeat = Repeat::any_number},
};

constexpr Option own_options[] = {
    {.name = "--targets",
     .value = "FILE",
     .help = "More targets, one a line; '#' begins a comment; - is standard input.",
     .kind = ValueKind::file,
     .repeat = Repeat::any_number},
    {.name = "--against",
     .value = "CONFIG",
     .help = "Hold every answer against what this configuration says; differences are drift. Without a "
             "TARGET its "
             "listeners and names are the targets.",
     .kind = ValueKind::path,
     .repeat = Repeat::any_number},
    {.name = "--node",
     .value = "LIST",
     .help = "Ask these addresses for every target instead of its own: 192.0.2.1, 192.0.2.1:8443, "
             "[2001:db8::1]:443.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--axes",
     .value = "PRESET",
     .help = "polite asks what is needed to tell; full asks every combination.",
     .kind = ValueKind::choice,
     .choices = presets,
     .default_value = "polite"},
    {.name = "--sni",
     .value = "LIST",
     .help = "What to send as SNI: names (each known one), none, unknown, upper-case, trailing-dot, or a "
             "name of your "
             "own; =TEXT sends those very bytes.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--host",
     .value = "LIST",
     .help =
         "What to send as Host or :authority: names, unknown, with-port, wrong-port, upper-case, "
         "trailing-dot, "
         "address, empty, missing; where to send it: absolute-form, absolute-conflict, "
         "two-host-fields (HTTP/1.1), host-field-alone, authority-conflict (HTTP/2); or a name of your own.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--alpn",
     .value = "LIST",
     .help = "What to offer in ALPN: none, h1, h2 (h2 first, then http/1.1, as browsers do) or h2-only.",
     .kind = ValueKind::text,
     .default_value = "h1,h2",
     .repeat = Repeat::any_number},
    {.name = "--connection",
     .value = "LIST",
     .help = "fresh: the request is the first on its connection. reused: the connection was opened for "
             "another name, "
             "as by a client that coalesces.",
     .kind = ValueKind::text,
     .default_value = "fresh,reused",
     .repeat = Repeat::any_number},
    {.name = "--resume",
     .value = "",
     .help = "Also offer the TLS session of each name under the SNI of every other, to see whether client "
             "authentication holds."},
    {.name = "--client-cert",
     .value = "FILE[:KEYFILE]",
     .help = "Ask everything once more with this client certificate (PEM, with its key).",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--client-ca",
     .value = "FILE",
     .help = "The CA that issued the --client-cert of the same place in the order, for --against.",
     .kind = ValueKind::file,
     .repeat = Repeat::any_number},
    {.name = "--ca",
     .value = "FILE",
     .help = "Authorities to judge certificates by: a PEM file, system, or none. A bad certificate never "
             "ends a probe.",
     .kind = ValueKind::text,
     .default_value = "system"},
    {.name = "--tls-min",
     .value = "VERSION",
     .help = "The lowest TLS version to offer: 1.0, 1.1, 1.2 or 1.3.",
     .kind = ValueKind::text,
     .default_value = "1.0"},
    {.name = "--tls-max",
     .value = "VERSION",
     .help = "The highest.",
     .kind = ValueKind::text,
     .default_value = "1.3"},
    {.name = "--plan",
     .value = "",
     .help = "Print the cells and their number, and send nothing to any node."},
    {.name = "--rate",
     .value = "N",
     .help = "New connections a second to one node; 0 is no limit.",
     .kind = ValueKind::text,
     .default_value = "20"},
    {.name = "--per-node",
     .value = "N",
     .help = "Connections to one node at a time.",
     .kind = ValueKind::text,
     .default_value = "6"},
    {.name = "--concurrency",
     .value = "N",
     .help = "Connections at a time over all nodes.",
     .kind = ValueKind::text,
     .default_value = "1024"},
    {.name = "--timeout",
     .value = "SECONDS",
     .help = "How long one cell may take.",
     .kind = ValueKind::text,
     .default_value = "10"},
    {.name = "--body-limit",
     .value = "KIB",
     .help = "How much of a body is read; the rest is not waited for.",
     .kind = ValueKind::text,
     .default_value = "64"},
    {.name = "--owner-field",
     .value = "FIELD",
     .help = "A response field that says which virtual host answered, such as X-Virtual-Host. Answers are "
             "then told "
             "apart by it, and not by their content.",
     .kind = ValueKind::text},
    {.name = "--dns",
     .value = "LIST",
     .help = "DNS servers to ask instead of the machine's: 192.0.2.53:53.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--client",
     .value = "LIST",
     .help = "Clients of the coalescing outlook, by id, separated by commas (astray list clients). Without "
             "it every "
             "client that coalesces, and curl.",
     .kind = ValueKind::clients,
     .repeat = Repeat::any_number},
    {.name = "--format",
     .value = "FORMAT",
     .help = "How the cells and findings are written; html is one page with a matrix to click into.",
     .kind = ValueKind::choice,
     .choices = formats,
     .default_value = "human"},
    {.name = "--output",
     .value = "FILE",
     .help = "Write to FILE instead of standard output.",
     .kind = ValueKind::file},
    {.name = "--fail-on",
     .value = "SEVERITY",
     .help = "The lowest severity of a finding that makes the exit status 1, itself included; never means "
             "none does.",
     .kind = ValueKind::choice,
     .choices = thresholds,
     .default_value = "warning"},
    {.name = "--progress",
     .value = "WHEN",
     .help = "A line on a terminal that says how far the probe is.",
     .kind = ValueKind::choice,
     .choices = progress_kinds,
     .default_value = "auto"},
};
constexpr auto options = with_shared(own_options, input_options);

constexpr Example examples[] = {
    {"astray probe a.example b.example",
     "Whether the two names can be confused, on every address they have."},
    {"astray probe --plan --axes full a.example b.example",
     "What the whole matrix would ask; nothing is sent."},
    {"astray probe --against /etc/nginx/nginx.conf --node 192.0.2.10,192.0.2.11",
     "Whether both nodes do what the configuration says."},
    {"astray probe --resume --client-cert me.pem open.example@192.0.2.1 private.example@192.0.2.1",
     "Whether a TLS session opens a door that its certificate does not."},
    {"astray probe --format html --output probe.html --targets names.txt",
     "A page to look through the matrix."},
    {"astray probe smtp://mail.example:25", "Whether a 421 there is SMTP's."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "every node answered, and no finding is as severe as --fail-on"},
    {ExitCode::findings, "requests are misdirected, or there are other findings that severe"},
    {ExitCode::failure,
     "no evidence: a target has no address, a node answered nothing, the run was interrupted, or the command "
     "line "
     "means nothing; what was seen is reported all the same"},
};

constexpr std::string_view see_also[] = {"predict", "audit", "explain", "list"};

/// Sockets are what a probe uses most of; the soft limit is often far below what is allowed.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::unique_ptr<CellSink> sink_for(std::string_view format, const ProbeReport& report,
                                   const ProbeHumanStyle& style, ByteSink& bytes) {
  if (format == "json") return probe_json(report, bytes);
  if (format == "jsonl") return probe_jsonl(report, bytes);
  if (format == "sarif") return probe_sarif(report, bytes);
  if (format == "junit") return probe_junit(report, bytes);
  if (format == "github") return probe_github(report, bytes);
  if (format == "html") return probe_page(report, ProbePageLimits{}, bytes);
  return probe_human(report, style, bytes);
}

bool reaches(const ProbeSummary& summary, std::string_view threshold) {
  const auto lowest = threshold == "error"     ? ProbeSeverity::error
                      : threshold == "warning" ? ProbeSeverity::warning
                                               : ProbeSeverity::info;
  if (threshold == "never") return false;
  return std::any_of(summary.findings.begin(), summary.findings.end(),
                     [&](const ProbeFinding& finding) { return finding.severity >= lowest; });
}

bool lacks_evidence(const ProbeSummary& summary) {
  return summary.interrupted || summary.cells == 0 ||
         std::any_of(summary.findings.begin(), summary.findings.end(), [](const ProbeFinding& finding) {
           return finding.kind == ProbeFindingKind::not_answered;
         });
}

/// Ctrl-C ends a run early: what was seen is still reported. A second one ends the process.
Task<void> watch_signals(SignalQueue& signals, bool& interrupted) {
  co_await signals.next();
  interrupted = true;
  co_await signals.next();
  std::_Exit(130);
}

/// Whoever reads along sees cells soon, and not only when a buffer is full.
Task<void> flush_now_and_then(Loop& loop, CellSink& sink, Output& output) {
  constexpr Duration pause = std::chrono::milliseconds(500);
  while (true) {
    co_await sleep_for(loop, pause);
    sink.flush();
    output.flush();
  }
}

struct Running {
  ProbeSummary summary;
  size_t unresolved = 0;
};

Result<Running> probe(const Arguments& arguments, Console& console, const ProbeSetup& setup,
                      const std::vector<Site>& sites, ConsoleStream& out) {
  EpollLoop loop;
  SocketNetwork network(loop);
  CaresOptions resolving;
  resolving.servers = setup.dns_servers;
  CaresResolver resolver(loop, resolving);
  Running running;

  auto resolved = loop.run_until_done(find_nodes(loop, resolver, setup.targets, setup.nodes));
  if (!resolved) return failure(resolved.error().text());
  ProbeNodes& found = *resolved;
  for (const UnresolvedTarget& target : found.unresolved) {
    console.complain(fmt::format("{}: {}", target.target, target.message));
  }
  running.unresolved = found.unresolved.size();
  const std::string_view format = arguments.value("--format");
  const Plan plan(found.nodes, setup.axes);
  for (const std::string& note : plan.notes()) console.note(note);
  if (arguments.has("--plan")) {
    write_plan(plan, format, out);
    return running;
  }
  if (found.nodes.empty()) return running;

  std::vector<PredictedSite> predicted;
  for (const Site& site : sites) predicted.push_back({site.deployment.get(), site.behaviour.get()});
  const Predictor predictor(std::move(predicted), setup.client_authorities);
  Assessor assessor(found.nodes, found.names, sites.empty() ? nullptr : &predictor, setup.clients);

  std::error_code ignored;
  const ProbeReport report{ASTRAY_VERSION, ShownPaths(std::filesystem::current_path(ignored).string()),
                           arguments.values("--client-cert")};
  const std::unique_ptr<CellSink> sink = sink_for(format, report, {out.palette, out.columns}, out.output);
  ProbeProgressLine progress(console, arguments.value("--progress") == "none"
                                          ? ProbeProgressLine::When::never
                                          : ProbeProgressLine::When::on_terminal);
  bool interrupted = false;
  SignalQueue signals(loop, {SIGINT, SIGTERM});
  SpawnedTask watching = loop.spawn(watch_signals(signals, interrupted));
  SpawnedTask flushing = loop.spawn(flush_now_and_then(loop, *sink, out.output));
  const ProbeRun run{plan,
                     setup.options,
                     assessor,
                     *sink,
                     [&](const ProbeProgress& state) { progress.show(state); },
                     [&] { return interrupted || !out.output.wanted(); }};
  auto summary = loop.run_until_done(run_probe(loop, network, run));
  progress.clear();
  if (!summary) return failure(summary.error().text());
  running.summary = std::move(*summary);
  return running;
}

ExitCode run(const Arguments& arguments, Console& console) {
  FileCertificateSource certificates;
  Result<InputOptions> reading = parse_input_options(arguments);
  if (!reading) return console.fail(reading.error().message);
  Result<ProbeSetup> setup = parse_probe_setup(arguments, certificates);
  if (!setup) return console.fail(setup.error().message);
  if (setup->targets.empty() && !arguments.has("--against")) {
    return console.fail(
        "nothing to probe: name a TARGET such as https://a.example/, --targets FILE or --against CONFIG");
  }

  Progress reading_progress(console);
  Inputs inputs(std::move(*reading), certificates, console, reading_progress);
  if (const std::optional<Error> error = inputs.read(arguments.values("--against")))
    return console.fail(error->message);
  reading_progress.clear();
  for (const std::string& message : inputs.unread()) console.complain(message);
  const std::vector<Site> sites = inputs.take_sites();
  if (setup->targets.empty()) {
    TargetsOfSites named = targets_of(sites, setup->nodes);
    for (const std::string& note : named.notes) console.note(note);
    setup->targets = std::move(named.targets);
  }
  if (setup->targets.empty() && !inputs.unread().empty()) return ExitCode::failure;
  if (setup->targets.empty()) return console.fail("--against names no listener that could be asked");

  std::optional<OutputFile> file;
  if (arguments.has("--output")) {
    Result<OutputFile> opened = OutputFile::open(std::string(arguments.value("--output")));
    if (!opened) return console.fail(opened.error().message);
    file.emplace(std::move(*opened));
  }
  raise_descriptor_limit();

  Result<Running> running = failure("");
  if (file) {
    const Result<int> descriptor = file->begin();
    if (!descriptor) return console.fail(descriptor.error().message);
    Output output(*descriptor, std::string(arguments.value("--output")));
    const std::string_view color = arguments.has("--color") ? arguments.value("--color") : "never";
    ConsoleStream out{output, choose_palette(color, *descriptor)};
    running = probe(arguments, console, *setup, sites, out);
    if (const std::optional<Error> error = output.finish()) return console.fail(error->message);
  } else {
    running = probe(arguments, console, *setup, sites, console.out);
  }
  if (!running) return console.fail(running.error().message);

  const bool unread = !inputs.unread().empty() || inputs.has_errors();
  if (arguments.has("--plan"))
    return running->unresolved > 0 || unread ? ExitCode::failure : ExitCode::success;
  if (running->unresolved > 0 || unread || lacks_evidence(running->summary)) return ExitCode::failure;
  return reaches(running->summary, arguments.value("--fail-on")) ? ExitCode::findings : ExitCode::success;
}

}  // namespace

constinit const Command command = {
    .name = "probe",
    .summary = "ask live servers, and show where a request goes astray",
    .description =
        "Sets address, SNI, Host, ALPN and the connection (fresh, or opened for another name) independently, "
        "over every "
        "address of every name, and says of each answer whose it is: the name's own, another virtual host's, "
        "a 421, and "
        "who wrote it. It opens connections to the targets and sends GET / on them, nothing else; by default "
        "at most 20 "
        "a second to one node.\n\n"
        "The findings: misdirected content or certificates, false 421s, client authentication that can be "
        "passed by, "
        "pairs of names that a browser would coalesce and what it would get (the outlook), nodes or "
        "protocols that "
        "answer differently (parity), and, with --against, answers that a configuration does not explain "
        "(drift).\n\n"
        "What could not be told is said, and never counted as a pass. FTP and SMTP have a 421 of their own, "
        "which is "
        "told apart.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::probe_command
