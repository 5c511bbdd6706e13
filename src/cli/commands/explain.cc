#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/explain_pages.h"
#include "cli/explain_run.h"
#include "cli/input_options.h"
#include "report/markdown.h"

#include <unistd.h>

namespace astray::explain_command {
namespace {

constexpr std::string_view formats[] = {"human", "json", "jsonl", "html", "prometheus"};

constexpr Operand operands[] = {
    {.name = "WHAT",
     .help = "Logs, in any format and order, compressed or not, - for standard input; a response or a line of a log, "
             "pasted in quotes; or the id of a rule (AST006), a reason (certificate-gap) or a cause (back-pool-shared). "
             "Without it standard input is read.",
     .kind = ValueKind::rule_or_reason,
     .required = false,
     .repeat = Repeat::any_number},
};

constexpr Option own_options[] = {
    {.name = "--log-format",
     .value = "FORMAT",
     .help = "The format of the log, as the server's configuration states it: nginx's log_format, httpd's LogFormat, "
             "HAProxy's log-format, Envoy's text_format, Traffic Server's format, the format of astray's access_log; JSON with such "
             "fields in it too. Whose it is follows from its fields, or is said before it: httpd:'%h %s'.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--keylog",
     .value = "FILE",
     .help = "The keys of the connections in a packet capture, as browsers and curl write them where SSLKEYLOGFILE names a "
             "file. A pcapng may have them in it.",
     .kind = ValueKind::path},
    {.name = "--config",
     .value = "PATH",
     .help = "The configuration of the server. What it says that the server answers is held against the log, with the "
             "directive that decides; log formats that it states are used.",
     .kind = ValueKind::path,
     .repeat = Repeat::any_number},
    {.name = "--since",
     .value = "TIME",
     .help = "Leave out what is older: 2026-03-31 or 2026-03-31T12:00:00Z.",
     .kind = ValueKind::text},
    {.name = "--until", .value = "TIME", .help = "Leave out what is newer.", .kind = ValueKind::text},
    {.name = "--follow",
     .value = "",
     .help = "Go on reading the one file as it grows, also over its rotation, and print each refused request at once; "
             "the summary comes when this is ended."},
    {.name = "--threads",
     .value = "NUMBER",
     .help = "How many threads parse lines, besides the one that reads. Without it one for each processor.",
     .kind = ValueKind::text},
    {.name = "--format",
     .value = "FORMAT",
     .help = "human; json, one object; jsonl, one line for each kind of refusal and one for the summary; html, one page "
             "that needs no network; prometheus, counters as text.",
     .kind = ValueKind::choice,
     .choices = formats,
     .default_value = "human"},
    {.name = "--output",
     .value = "FILE",
     .help = "Write there instead of to standard output.",
     .kind = ValueKind::path},
};
constexpr auto options = with_shared(own_options, input_options);

constexpr Example examples[] = {
    {"astray explain /var/log/nginx/access.log /var/log/nginx/error.log",
     "Which requests were refused as misdirected, by whom and why."},
    {"astray explain access.log.2.gz access.log.1 access.log", "A rotated set is read in its order."},
    {"astray explain 'AH02032: Hostname a.example provided via SNI and hostname b.example provided via HTTP have no "
     "compatible SSL setup'",
     "One line of an error log."},
    {"curl -si https://b.example/ | astray explain", "Who wrote a response."},
    {"astray explain --log-format '$remote_addr $connection $ssl_server_name $http_host \"$request\" $status' access.log",
     "A log in a format of one's own."},
    {"astray explain --config /etc/nginx access.log", "With the directives that decide."},
    {"astray explain --keylog keys.txt conversation.pcapng", "What a client asked, out of its packets (through tshark)."},
    {"astray explain --follow access.log", "As it happens."},
    {"astray explain --format html --output story.html access.log", "A page to hand on."},
    {"astray explain certificate-gap", "Read what a reason means and what to do about it."},
    {"astray explain AST006", "Read what a rule finds, when it stays silent, and how to fix what it finds."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "a page was printed, or no request was refused as misdirected"},
    {ExitCode::findings, "requests were refused as misdirected"},
    {ExitCode::failure,
     "a source could not be read to its end, nothing in it tells of a request, or there is no page of that id"},
};

constexpr std::string_view see_also[] = {"probe", "predict", "audit", "list"};

ExitCode run(const Arguments& arguments, Console& console) {
  if (arguments.operands().size() == 1) {
    const std::string text = find_explain_page(arguments.operands().front());
    if (!text.empty()) {
      const bool rendered = console.out.terminal || console.out.palette.colours();
      console.out.output.write(rendered ? render_markdown(text, console.out.columns, console.out.palette) : text);
      return ExitCode::success;
    }
  }
  if (arguments.operands().empty() && isatty(STDIN_FILENO) != 0)
    return console.fail("nothing to explain: name a log, paste a line in quotes, or give the id of a page");
  return explain_sources(arguments, console);
}

}  // namespace

constinit const Command command = {
    .name = "explain",
    .summary = "tell from logs who refused a request and why, or print a page",
    .description =
        "From what an incident leaves behind: access logs and error logs of nginx, Apache httpd, HAProxy, Envoy, Istio, "
        "Caddy, Traefik, Traffic Server, AWS ALB, Cloudflare and astray itself, what a client recorded (a NetLog of "
        "Chrome, a MOZ_LOG of Firefox, what curl -v printed, a HAR, packets), or one pasted response, to the hop that refused, the two "
        "names, and the cause. Formats are recognised by content. Whether a connection was fresh or "
        "reused, whether the client asked again and with what end, follows from the lines around.\n\n"
        "What a log does not record is never guessed: the cause is then could-not-tell, and the log format that would "
        "tell is printed. Logs of any size are read in bounded memory.\n\n"
        "Every rule that astray audit reports by, every reason that stands in a prediction and every cause has a page: "
        "what it means, when it comes up, how to see it, and what to do. On a terminal the page is laid out; elsewhere it "
        "is printed as the Markdown that it is.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::explain_command
