#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/fetch_plan.h"
#include "cli/fetch_run.h"

namespace astray::fetch_command {
namespace {

constexpr std::string_view policies[] = {"off", "strict", "rfc9113", "origin-frame"};
constexpr std::string_view trace_forms[] = {"text", "json"};
constexpr std::string_view tls_versions[] = {"1.2", "1.3", "default"};

constexpr Operand operands[] = {
    {.name = "URL",
     .help = "What to fetch, http or https; without a scheme http. Brackets and braces mean themselves (curl "
             "-g).",
     .required = false,
     .repeat = Repeat::any_number},
};

constexpr Option flag(char letter, std::string_view name, std::string_view help) {
  return {.name = name, .value = "", .help = help, .short_name = letter};
}
constexpr Option text(char letter, std::string_view name, std::string_view value, std::string_view help) {
  return {.name = name, .value = value, .help = help, .kind = ValueKind::text, .short_name = letter};
}
constexpr Option file(char letter, std::string_view name, std::string_view value, std::string_view help) {
  return {.name = name, .value = value, .help = help, .kind = ValueKind::file, .short_name = letter};
}
constexpr Option choice(std::string_view name, std::string_view value, std::string_view help,
                        std::span<const std::string_view> choices) {
  return {.name = name, .value = value, .help = help, .kind = ValueKind::choice, .choices = choices};
}
constexpr Option many(Option option) {
  option.repeat = Repeat::any_number;
  return option;
}
constexpr Option by_default(Option option, std::string_view value) {
  option.default_value = value;
  return option;
}
constexpr Option bare(Option option, std::string_view value) {
  option.bare_value = value;
  return option;
}

constexpr Option options[] = {
    // The request.
    many(text(0, "--url", "URL", "A URL, as if it were an operand.")),
    text('X', "--request", "METHOD",
         "The method. Redirects change it as RFC 9110 says, also when it is given here."),
    many(text('H', "--header", "FIELD",
              "A field, 'Name: value'; 'Name;' is sent empty, 'Name:' takes one of ours away; @FILE has one "
              "a line. "
              "A Host other than the URL's is refused: see --connect-identity.")),
    many(text('d', "--data", "DATA",
              "A form's data, sent with POST; several are joined with '&'. @FILE is a file without its line "
              "ends, @- "
              "standard input.")),
    many(text(0, "--data-raw", "DATA", "The same, but '@' means itself.")),
    many(text(0, "--data-binary", "DATA", "The same, but files are sent as they are.")),
    many(text(0, "--data-urlencode", "DATA",
              "The same, percent-encoded: CONTENT, NAME=CONTENT, @FILE or NAME@FILE.")),
    many(text(0, "--json", "DATA", "JSON, sent with POST and the types that go with it; @FILE and @- too.")),
    flag('G', "--get", "Put what --data says into the query of the URL, and ask with GET."),
    many(file('T', "--upload-file", "FILE",
              "Send this file with PUT, for one URL each, in order; - is standard input, sent as it comes.")),
    text('A', "--user-agent", "TEXT", "The User-Agent field; an empty one is not sent."),
    text('e', "--referer", "URL", "The Referer field."),
    text('u', "--user", "USER:PASSWORD",
         "Credentials of the Basic scheme. They stay with the URL's own origin."),
    many(text('b', "--cookie", "NAME=VALUE", "Cookies to send; files of cookies are not read.")),
    flag(0, "--compressed", "Ask for a compressed answer, and undo it: gzip, deflate, br, zstd."),
    flag('I', "--head", "Ask for the head alone, and show it."),

    // The answer.
    many(file('o', "--output", "FILE",
              "Write the body into FILE, for one URL each, in order; - is standard output.")),
    many(flag('O', "--remote-name", "Write the body into a file called as the last part of the URL's path.")),
    flag(0, "--remote-name-all", "The same for every URL that has no --output."),
    {.name = "--output-dir",
     .value = "DIR",
     .help = "Where files without a folder go.",
     .kind = ValueKind::directory},
    flag(0, "--create-dirs", "Make the folders of output files."),
    flag('i', "--include", "Show the heads of answers in front of their bodies."),
    file('D', "--dump-header", "FILE", "Write the heads into FILE; - is standard output."),
    flag('N', "--no-buffer", "Nothing is ever held back; taken for curl's sake."),
    text('w', "--write-out", "FORMAT",
         "Print this behind each answer: %{http_code}, %{json} and curl's other variables, %header{name}, "
         "\\n, and "
         "%{astray_coalesced}, %{astray_sni}, %{astray_opened_for}, %{astray_421s}; @FILE reads it."),
    flag('f', "--fail", "A status of 400 or more is a failure, whose body is not written."),
    flag(0, "--fail-with-body", "The same, but the body is written."),
    text(0, "--max-filesize", "BYTES", "Refuse larger bodies: 500, 64k, 10M."),
    flag('L', "--location", "Follow redirects, but none from https to http."),
    by_default(text(0, "--max-redirs", "N", "How many."), "50"),

    // What is said about it.
    flag('s', "--silent", "No messages and no progress."),
    flag('S', "--show-error", "With --silent: messages all the same."),
    flag('v', "--verbose",
         "Tell on standard error what is sent ('>') and what comes ('<'), and what the pool decides ('*'). "
         "Credentials "
         "are not shown."),
    bare(choice("--trace", "FORMAT",
                "Tell the pool's story on standard error: which connection each request goes on, why two "
                "names share "
                "one or do not, every 421 and what follows.",
                trace_forms),
         "text"),
    file(0, "--trace-file", "FILE", "Write that story into FILE."),

    // Connections.
    by_default(
        choice(
            "--coalesce", "POLICY",
            "Which URLs may share a connection that was opened for another name. strict: all that any client "
            "asks for must hold. rfc9113: the most that the standards allow. origin-frame: what the server "
            "names in an ORIGIN frame. off: none.",
            policies),
        "strict"),
    text(0, "--connect-identity", "NAME",
         "Shake hands under another name than the URL's: SNI, and the name that the certificate must cover. "
         "The Host "
         "stays the URL's. An address sends no SNI."),
    many(text(0, "--resolve", "HOST:PORT:ADDRESS[,ADDRESS]…",
              "Use these addresses instead of DNS; HOST may be *.")),
    many(text(0, "--connect-to", "HOST1:PORT1:HOST2:PORT2",
              "Connect to HOST2:PORT2 for what is meant for HOST1:PORT1; each part may be empty. Names and "
              "certificate "
              "stay the URL's.")),
    many(text(0, "--dns", "LIST", "DNS servers to ask instead of the machine's: 192.0.2.53:53.")),
    flag('4', "--ipv4", "IPv4 alone."),
    flag('6', "--ipv6", "IPv6 alone."),
    flag(0, "--http1.1", "HTTP/1.1 alone."),
    flag(0, "--http2", "HTTP/2 where the server has it, else HTTP/1.1; this is the default."),
    flag(0, "--http2-prior-knowledge", "HTTP/2 alone, in clear too."),
    text(
        'x', "--proxy", "URL",
        "Go through this proxy: http:// or https://. Without it http_proxy, https_proxy and all_proxy of the "
        "environment hold; '' is none."),
    text(0, "--noproxy", "LIST", "Hosts that are asked without a proxy, in place of no_proxy; * is all."),
    flag('k', "--insecure", "Take any certificate. Such connections are shared with no other name."),
    file(0, "--cacert", "FILE", "Trust these authorities (PEM) instead of the machine's."),
    file('E', "--cert", "FILE", "The client certificate (PEM), with its key perhaps."),
    file(0, "--key", "FILE", "Its key."),
    flag(0, "--tlsv1.2", "TLS 1.2 or newer; this is the default."),
    flag(0, "--tlsv1.3", "TLS 1.3 or newer."),
    choice("--tls-max", "VERSION", "The highest TLS version.", tls_versions),

    // Time, order, and again.
    text('m', "--max-time", "SECONDS", "How long each URL may take, redirects included; each --retry anew."),
    text(0, "--connect-timeout", "SECONDS", "How long each of DNS, TCP and TLS may take."),
    text(0, "--retry", "N",
         "Ask again after a timeout, a failed DNS question, 408, 429, 500, 502, 503 or 504; the body of such "
         "an answer "
         "is dropped. Never after 421, which has its own rule: once, on a fresh connection."),
    text(0, "--retry-delay", "SECONDS",
         "Wait this long before each; without it 1 s, then twice as long each time."),
    text(0, "--retry-max-time", "SECONDS", "Begin no retry later than this."),
    flag(0, "--retry-connrefused", "Also where the connection was refused."),
    flag(0, "--retry-all-errors", "After every failure."),
    flag('Z', "--parallel", "Fetch several URLs at once; this is the default."),
    by_default(text(0, "--parallel-max", "N", "How many at once."), "50"),
    flag(0, "--no-parallel", "One after the other."),
};

constexpr Example examples[] = {
    {"astray fetch https://a.example/", "The body, on standard output."},
    {"astray fetch --trace https://a.example/ https://b.example/",
     "Whether the two names share a connection, and why; a 421 is asked again on a fresh one."},
    {"astray fetch -sS -o /dev/null -w %{json} --resolve a.example:443:192.0.2.1 https://a.example/",
     "All about one exchange with one address, as JSON."},
    {"astray fetch --resolve a.example:443:192.0.2.1 --connect-identity b.example https://a.example/",
     "SNI b.example, Host a.example: what goes astray, on purpose."},
    {"astray fetch -f --retry 5 -O https://a.example/file.tar.gz",
     "A download that does not give up at once."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "every URL was answered; without -f whatever the status is, but 421"},
    {ExitCode::findings,
     "an answer was 421 in the end (Misdirected Request), or with -f any status of 400 and above"},
    {ExitCode::failure,
     "a URL could not be fetched, and the message says how far it came and why; or the command line means "
     "nothing. "
     "%{exitcode} of --write-out has the number that curl would have ended with"},
};

constexpr std::string_view see_also[] = {"probe", "explain", "list"};

ExitCode run(const Arguments& arguments, Console& console) {
  const Result<FetchPlan> plan = parse_fetch_plan(arguments);
  if (!plan) return console.fail("fetch: " + plan.error().message);
  return run_fetch(*plan, console);
}

}  // namespace

constinit const Command command = {
    .name = "fetch",
    .summary = "fetch URLs as curl does, and never let a request go astray",
    .description =
        "Takes curl's options where it has them. Several URLs are fetched at once; their bodies come on "
        "standard "
        "output in the order of the command line, unmixed. URLs of different names share a connection where "
        "the "
        "server's certificate, addresses and answers allow it (--coalesce), and what is answered 421 "
        "(Misdirected "
        "Request) is asked once more on a connection of its own. --trace tells each of these decisions.\n\n"
        "SNI and Host are always the same name, the URL's, unless --connect-identity asks for something "
        "else.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::fetch_command
