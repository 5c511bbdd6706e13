#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "audit/auditor.h"
#include "cli/arguments.h"
#include "cli/client_choice.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/inputs.h"
#include "cli/instant_text.h"
#include "cli/parse.h"
#include "cli/progress.h"
#include "cli/waivers_file.h"
#include "report/audit_formats.h"
#include "report/printable.h"
#include "tls/file_certificate_source.h"

namespace astray {
namespace {

constexpr std::string_view formats[] = {"human", "json", "jsonl", "sarif", "junit", "github"};
constexpr std::string_view thresholds[] = {"error", "warning", "info", "never"};

constexpr Operand operands[] = {
    {.name = "CONFIG",
     .help =
         "A configuration file, a folder that holds one, or - for the output of nginx -T on standard input. "
         "Several are joined by address into one topology: a request is followed from a front to the back "
         "that "
         "listens where it connects.",
     .kind = ValueKind::path,
     .repeat = Repeat::any_number},
};

constexpr Option own_options[] = {
    {.name = "--format",
     .value = "FORMAT",
     .help = "How the findings are written.",
     .kind = ValueKind::choice,
     .choices = formats,
     .default_value = "human"},
    {.name = "--output",
     .value = "FILE",
     .help = "Write the report to FILE instead of standard output. FILE is left as it was when there is no "
             "report.",
     .kind = ValueKind::file},
    {.name = "--fail-on",
     .value = "SEVERITY",
     .help = "The lowest severity that makes the exit status 1, itself included; never means none does.",
     .kind = ValueKind::choice,
     .choices = thresholds,
     .default_value = "warning"},
    {.name = "--exit-zero",
     .value = "",
     .help = "End with 0 whatever is found. What could not be read still ends with 2."},
    {.name = "--client",
     .value = "LIST",
     .help = "Clients to predict for, by id, separated by commas (astray list clients). Without it every "
             "client that "
             "coalesces, and curl.",
     .kind = ValueKind::clients,
     .repeat = Repeat::any_number},
    {.name = "--dns",
     .value = "FILE",
     .help = "What DNS answers: lines as in /etc/hosts or a zone file (A, AAAA, CNAME). Without it names of "
             "one listener "
             "are taken to have equal addresses, and findings that rest on it say so.",
     .kind = ValueKind::file},
    {.name = "--only",
     .value = "RULES",
     .help = "Report these rules alone, by id or name, separated by commas (astray list rules).",
     .kind = ValueKind::rules,
     .repeat = Repeat::any_number},
    {.name = "--skip",
     .value = "RULES",
     .help = "Leave these rules out.",
     .kind = ValueKind::rules,
     .repeat = Repeat::any_number},
    {.name = "--waivers",
     .value = "FILE",
     .help = "Findings that are accepted. Without it the nearest .astray-ignore.yaml in the folder of the "
             "configuration "
             "or above it.",
     .kind = ValueKind::file},
    {.name = "--no-waivers",
     .value = "",
     .help = "Use no waivers, also not those that lie beside the configuration."},
    {.name = "--show-waived", .value = "", .help = "List waived findings too, marked as such."},
    {.name = "--now",
     .value = "DATE",
     .help = "The day that certificates and waivers are judged for (YYYY-MM-DD), instead of today.",
     .kind = ValueKind::text,
     .visibility = Visibility::hidden},
};

constexpr Example examples[] = {
    {"astray audit /etc/nginx/nginx.conf", "Audit what nginx runs with."},
    {"nginx -T | astray audit -", "The same for the configuration as nginx itself puts it together."},
    {"astray audit --server nginx@1.22.1 --server httpd@2.4.66 front/nginx.conf back/apache2.conf",
     "An nginx in front of an Apache httpd: requests are followed over both."},
    {"astray audit --format sarif --output astray.sarif --fail-on error conf/", "For code scanning in CI."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "everything was read, and no finding is as severe as --fail-on"},
    {ExitCode::findings, "everything was read, and there are findings that severe"},
    {ExitCode::failure,
     "a configuration, an include or a certificate could not be read, or the command line means nothing; "
     "what could be "
     "read is audited and reported all the same"},
};

constexpr std::string_view see_also[] = {"predict", "explain", "list"};

struct Selection {
  std::vector<const Rule*> only;
  std::vector<const Rule*> skip;
  bool takes(const Finding& finding) const {
    const auto has = [&](const std::vector<const Rule*>& rules) {
      return std::any_of(rules.begin(), rules.end(),
                         [&](const Rule* rule) { return rule->id == finding.rule_id; });
    };
    return (only.empty() || has(only)) && !has(skip);
  }
};

Result<std::vector<const Rule*>> parse_rules(const Arguments& arguments, std::string_view option) {
  std::vector<const Rule*> rules;
  for (const std::string& text : arguments.list(option)) {
    const Rule* rule = find_rule(text);
    if (rule == nullptr) {
      std::vector<std::string_view> known;
      for (const Rule* each : all_rules()) {
        known.push_back(each->id);
        known.push_back(each->name);
      }
      return failure(fmt::format("{}: '{}' is no rule{} (astray list rules shows them all)", option,
                                 printable(text), did_you_mean(text, known)));
    }
    rules.push_back(rule);
  }
  return rules;
}

Result<DnsView> read_dns(const Arguments& arguments) {
  if (!arguments.has("--dns")) return DnsView();
  const std::string path(arguments.value("--dns"));
  Result<std::string> text = DiskFiles().read(path);
  if (!text) return failure("--dns: " + text.error().message);
  return DnsView::parse(*text, path);
}

Result<Waivers> waivers_for(const Arguments& arguments) {
  if (arguments.has("--no-waivers")) return Waivers();
  if (arguments.has("--waivers")) return read_waivers(std::string(arguments.value("--waivers")));
  Result<std::optional<std::string>> path = find_waivers_file(arguments.operands());
  if (!path) return tl::unexpected(path.error());
  return *path ? read_waivers(**path) : Waivers();
}

void write_report(std::string_view format, const AuditOutcome& outcome, const HumanStyle& style,
                  ByteSink& sink) {
  if (format == "json") return write_audit_json(outcome, sink);
  if (format == "jsonl") return write_audit_jsonl(outcome, sink);
  if (format == "sarif") return write_audit_sarif(outcome, sink);
  if (format == "junit") return write_audit_junit(outcome, sink);
  if (format == "github") return write_audit_github(outcome, sink);
  write_audit_human(outcome, style, sink);
}

bool reaches(const FindingCounts& counts, std::string_view threshold) {
  if (threshold == "error") return counts.errors > 0;
  if (threshold == "warning") return counts.errors + counts.warnings > 0;
  return threshold == "info" && counts.total() > 0;
}

ExitCode run(const Arguments& arguments, Console& console) {
  // Everything that can be wrong with the command line is found before the work.
  Result<InputOptions> reading = parse_input_options(arguments);
  if (!reading) return console.fail(reading.error().message);
  Result<std::vector<const ClientProfile*>> clients = parse_clients(arguments);
  if (!clients) return console.fail(clients.error().message);
  Selection selection;
  for (const auto& [option, rules] :
       {std::pair("--only", &selection.only), std::pair("--skip", &selection.skip)}) {
    Result<std::vector<const Rule*>> parsed = parse_rules(arguments, option);
    if (!parsed) return console.fail(parsed.error().message);
    *rules = std::move(*parsed);
  }
  Instant moment = now();
  if (arguments.has("--now")) {
    const std::optional<Instant> stated = parse_instant(arguments.value("--now"));
    if (!stated) return console.fail("--now: expected a day such as 2026-03-31");
    moment = *stated;
  }
  Result<DnsView> dns = read_dns(arguments);
  if (!dns) return console.fail(dns.error().message);
  Result<Waivers> waivers = waivers_for(arguments);
  if (!waivers) return console.fail(waivers.error().message);
  std::optional<OutputFile> file;
  if (arguments.has("--output")) {
    Result<OutputFile> opened = OutputFile::open(std::string(arguments.value("--output")));
    if (!opened) return console.fail(opened.error().message);
    file.emplace(std::move(*opened));
  }

  Progress progress(console);
  FileCertificateSource certificates;
  Inputs inputs(std::move(*reading), certificates, console, progress);
  if (const std::optional<Error> error = inputs.read(arguments.operands()))
    return console.fail(error->message);
  progress.clear();
  for (const std::string& message : inputs.unread()) console.complain(message);
  std::vector<Site> sites = inputs.take_sites();
  if (sites.empty()) return ExitCode::failure;

  std::vector<std::string> client_ids;
  for (const ClientProfile* client : *clients) client_ids.emplace_back(client->id);
  const Topology topology(std::move(sites), std::move(*dns), std::move(*clients), moment);
  progress.stage("asking what each name will get");
  AuditReport report = audit(topology, *waivers);
  progress.clear();
  std::erase_if(report.findings, [&](const Finding& finding) { return !selection.takes(finding); });

  const bool complete = inputs.unread().empty() && !inputs.has_errors();
  std::error_code ignored;
  const AuditOutcome outcome{
      report,
      std::move(client_ids),
      inputs.unread(),
      complete,
      ShownPaths(std::filesystem::current_path(ignored).string()),
      arguments.has("--show-waived") ? WaivedFindings::listed : WaivedFindings::left_out,
      ASTRAY_VERSION};
  const std::string_view format = arguments.value("--format");
  if (file) {
    const Result<int> descriptor = file->begin();
    if (!descriptor) return console.fail(descriptor.error().message);
    Output output(*descriptor, std::string(arguments.value("--output")));
    const Palette palette =
        choose_palette(arguments.has("--color") ? arguments.value("--color") : "never", *descriptor);
    write_report(format, outcome, HumanStyle{palette, 100, inputs.source()}, output);
    if (const std::optional<Error> error = output.finish()) return console.fail(error->message);
  } else {
    write_report(format, outcome, HumanStyle{console.out.palette, console.out.columns, inputs.source()},
                 console.out.output);
  }

  if (!complete) return ExitCode::failure;
  const bool found = reaches(counts_of(report), arguments.value("--fail-on"));
  return found && !arguments.has("--exit-zero") ? ExitCode::findings : ExitCode::success;
}

constexpr auto options = with_shared(own_options, input_options);

}  // namespace

constinit const Command audit_command = {
    .name = "audit",
    .summary = "find names that will be misdirected, before a deploy",
    .description =
        "Reads configurations of nginx, Apache httpd and astray gateway with the certificates that they "
        "name, predicts which "
        "names a "
        "client will carry on one another's connections and what each hop will then answer, and reports what "
        "goes "
        "wrong, for which client, where, and what to change. It reads files and nothing else: no network, no "
        "private "
        "key, no program (but see --binary).\n\n"
        "Every finding has a rule (astray list rules) with a page of its own (astray explain ID), a severity "
        "and a "
        "confidence. error: a request goes to the wrong place, is refused although the client is right, or "
        "passes a "
        "check that it should not. warning: some clients will see a 421, a 404 or a handshake alert. info: "
        "an overlap "
        "that is consistent today.\n\n"
        "Accepted findings are listed in .astray-ignore.yaml: a list of entries with rule, names, reason, "
        "owner and "
        "expires (YYYY-MM-DD). An expired entry is a finding itself.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray
