#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "audit/auditor.h"
#include "audit/comparison.h"
#include "cli/arguments.h"
#include "cli/audited_side.h"
#include "cli/client_choice.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/instant_text.h"
#include "cli/parse.h"
#include "cli/progress.h"
#include "cli/waivers_file.h"
#include "report/audit_formats.h"
#include "report/comparison_formats.h"
#include "report/printable.h"

namespace astray::audit_command {
namespace {

constexpr std::string_view formats[] = {"human", "json",    "jsonl",   "sarif", "junit",
                                        "github", "dot", "mermaid", "html"};
constexpr std::string_view thresholds[] = {"error", "warning", "info", "never"};

constexpr Operand operands[] = {
    {.name = "CONFIG",
     .help =
         "A configuration file, a folder, or - for the output of nginx -T on standard input. In a folder every "
         "configuration of every server is found. Several are joined into one topology: a request is followed from a "
         "front to the back that listens where it connects.",
     .kind = ValueKind::path,
     .repeat = Repeat::any_number},
};

constexpr Option own_options[] = {
    {.name = "--format",
     .value = "FORMAT",
     .help = "How the findings are written; dot, mermaid and html draw the topology.",
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
    {.name = "--edge",
     .value = "FROM=TO",
     .help = "Where a back address leads: FROM as the front's configuration spells it, with or without port; TO an "
             "address, or a configuration that is read (app:8443=back/httpd.conf). It beats what "
             "addresses and --dns say.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--compare",
     .value = "",
     .help = "Compare two configurations or folders, such as two regions or two releases: the names whose predicted "
             "answer differs, and the findings that only one of them has. Written as human or json."},
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
    {"astray audit --edge app.internal=site/app --format html --output site.html site/",
     "A whole site, several tiers of several makes, drawn as one page."},
    {"astray audit --compare release-41/ release-42/", "What a deploy would change, name by name."},
    {"astray audit --format sarif --output astray.sarif --fail-on error conf/", "For code scanning in CI."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "everything was read, and no finding is as severe as --fail-on"},
    {ExitCode::findings,
     "everything was read, and there are findings that severe; with --compare: the two differ in anything"},
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
  void apply(std::vector<Finding>& findings) const {
    std::erase_if(findings, [&](const Finding& finding) { return !takes(finding); });
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
  if (format == "dot") return write_audit_dot(outcome, sink);
  if (format == "mermaid") return write_audit_mermaid(outcome, sink);
  if (format == "html") return write_audit_page(outcome, sink);
  write_audit_human(outcome, style, sink);
}

Result<std::vector<StatedEdge>> parse_edges(const Arguments& arguments) {
  std::vector<StatedEdge> edges;
  for (const std::string& text : arguments.list("--edge")) {
    Result<StatedEdge> edge = StatedEdge::parse(text);
    if (!edge) return failure("--edge " + printable(edge.error().message));
    edges.push_back(std::move(*edge));
  }
  return edges;
}

bool reaches(const FindingCounts& counts, std::string_view threshold) {
  if (threshold == "error") return counts.errors > 0;
  if (threshold == "warning") return counts.errors + counts.warnings > 0;
  return threshold == "info" && counts.total() > 0;
}

/// Everything that can be wrong with the command line is found before the work.
Result<AuditSettings> parse_settings(const Arguments& arguments) {
  Result<InputOptions> reading = parse_input_options(arguments);
  if (!reading) return tl::unexpected(reading.error());
  Result<std::vector<const ClientProfile*>> clients = parse_clients(arguments);
  if (!clients) return tl::unexpected(clients.error());
  Instant moment = now();
  if (arguments.has("--now")) {
    const std::optional<Instant> stated = parse_instant(arguments.value("--now"));
    if (!stated) return failure("--now: expected a day such as 2026-03-31");
    moment = *stated;
  }
  Result<DnsView> dns = read_dns(arguments);
  if (!dns) return tl::unexpected(dns.error());
  Result<std::vector<StatedEdge>> edges = parse_edges(arguments);
  if (!edges) return tl::unexpected(edges.error());
  Result<Waivers> waivers = waivers_for(arguments);
  if (!waivers) return tl::unexpected(waivers.error());
  return AuditSettings{std::move(*reading), std::move(*dns),   std::move(*clients),
                       moment,              std::move(*edges), std::move(*waivers)};
}

/// Where a report goes: standard output, or the file of --output.
class ReportTarget {
 public:
  static Result<ReportTarget> open(const Arguments& arguments) {
    ReportTarget target;
    if (!arguments.has("--output")) return target;
    Result<OutputFile> opened = OutputFile::open(std::string(arguments.value("--output")));
    if (!opened) return tl::unexpected(opened.error());
    target.file_.emplace(std::move(*opened));
    return target;
  }

  /// `write(sink, palette, columns)`; an Error when the file cannot be written.
  template <typename Write>
  std::optional<Error> write(const Arguments& arguments, Console& console, Write write) {
    if (!file_) {
      write(console.out.output, console.out.palette, console.out.columns);
      return std::nullopt;
    }
    const Result<int> descriptor = file_->begin();
    if (!descriptor) return descriptor.error();
    Output output(*descriptor, std::string(arguments.value("--output")));
    constexpr int columns_of_a_file = 100;
    write(output, choose_palette(arguments.has("--color") ? arguments.value("--color") : "never", *descriptor),
          columns_of_a_file);
    return output.finish();
  }

 private:
  std::optional<OutputFile> file_;
};

std::string working_directory() {
  std::error_code ignored;
  return std::filesystem::current_path(ignored).string();
}

ExitCode compare(const Arguments& arguments, const AuditSettings& settings, const Selection& selection,
                 ReportTarget& target, Console& console) {
  const std::vector<std::string>& sides = arguments.operands();
  const std::string_view format = arguments.value("--format");
  if (sides.size() != 2)
    return console.fail("--compare takes two configurations or folders: astray audit --compare A B");
  if (format != "human" && format != "json")
    return console.fail(fmt::format("--compare is written as human or json, not as {}", format));
  Progress progress(console);
  AuditedSide a(settings, console, progress);
  AuditedSide b(settings, console, progress);
  for (const auto& [side, configuration] : {std::pair(&a, &sides[0]), std::pair(&b, &sides[1])}) {
    if (const std::optional<Error> error = side->read({*configuration})) return console.fail(error->message);
    if (!side->has_topology()) return ExitCode::failure;
    selection.apply(side->report().findings);
  }
  progress.stage("comparing what each name will get");
  const TopologyComparison comparison =
      compare_topologies(a.topology(), a.report().findings, b.topology(), b.report().findings);
  progress.clear();
  ComparisonOutcome outcome{comparison, sides[0], sides[1], a.report().inputs, b.report().inputs, a.unread(),
                            a.complete() && b.complete(), ShownPaths(working_directory()), ASTRAY_VERSION};
  outcome.unread.insert(outcome.unread.end(), b.unread().begin(), b.unread().end());
  const std::optional<Error> error =
      target.write(arguments, console, [&](ByteSink& sink, const Palette& palette, int columns) {
        if (format == "json") write_comparison_json(outcome, sink);
        else write_comparison_human(outcome, palette, columns, sink);
      });
  if (error) return console.fail(error->message);
  if (!outcome.complete) return ExitCode::failure;
  const bool counts = arguments.value("--fail-on") != "never" && !arguments.has("--exit-zero");
  return differs(comparison) && counts ? ExitCode::findings : ExitCode::success;
}

ExitCode run(const Arguments& arguments, Console& console) {
  Selection selection;
  for (const auto& [option, rules] :
       {std::pair("--only", &selection.only), std::pair("--skip", &selection.skip)}) {
    Result<std::vector<const Rule*>> parsed = parse_rules(arguments, option);
    if (!parsed) return console.fail(parsed.error().message);
    *rules = std::move(*parsed);
  }
  const Result<AuditSettings> settings = parse_settings(arguments);
  if (!settings) return console.fail(settings.error().message);
  Result<ReportTarget> target = ReportTarget::open(arguments);
  if (!target) return console.fail(target.error().message);
  if (arguments.has("--compare")) return compare(arguments, *settings, selection, *target, console);

  Progress progress(console);
  AuditedSide side(*settings, console, progress);
  if (const std::optional<Error> error = side.read(arguments.operands())) return console.fail(error->message);
  if (!side.has_topology()) return ExitCode::failure;
  AuditReport& report = side.report();
  selection.apply(report.findings);
  report.tiers = tiers_of(side.topology(), report.findings);

  std::vector<std::string> client_ids;
  for (const ClientProfile* client : settings->clients) client_ids.emplace_back(client->id);
  const AuditOutcome outcome{
      report,
      std::move(client_ids),
      side.unread(),
      side.complete(),
      ShownPaths(working_directory()),
      arguments.has("--show-waived") ? WaivedFindings::listed : WaivedFindings::left_out,
      ASTRAY_VERSION};
  const std::optional<Error> error =
      target->write(arguments, console, [&](ByteSink& sink, const Palette& palette, int columns) {
        write_report(arguments.value("--format"), outcome, HumanStyle{palette, columns, side.source()}, sink);
      });
  if (error) return console.fail(error->message);

  if (!outcome.complete) return ExitCode::failure;
  const bool found = reaches(counts_of(report), arguments.value("--fail-on"));
  return found && !arguments.has("--exit-zero") ? ExitCode::findings : ExitCode::success;
}

constexpr auto options = with_shared(own_options, input_options);

}  // namespace

constinit const Command command = {
    .name = "audit",
    .summary = "find names that will be misdirected, before a deploy",
    .description =
        "Reads configurations (astray list servers says of which servers) with the certificates that they "
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

}  // namespace astray::audit_command
