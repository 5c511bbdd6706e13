#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/alpn_choice.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/inputs.h"
#include "cli/listen_address.h"
#include "cli/parse.h"
#include "cli/prediction_matrix.h"
#include "cli/progress.h"
#include "report/layout.h"
#include "report/printable.h"
#include "tls/file_certificate_source.h"

namespace astray::predict_command {
namespace {

constexpr std::string_view formats[] = {"jsonl", "human"};
/// What stands for a name that is not sent.
constexpr std::string_view not_sent = "none";

constexpr Operand operands[] = {
    {.name = "CONFIG",
     .help =
         "A configuration file, a folder that holds one, or - for the output of nginx -T on standard input.",
     .kind = ValueKind::path,
     .repeat = Repeat::any_number},
};

constexpr Option own_options[] = {
    {.name = "--sni",
     .value = "LIST",
     .help = "SNI values to ask for instead of every name, separated by commas; none sends no SNI. They need "
             "not stand "
             "in the configuration.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--host",
     .value = "LIST",
     .help = "Host values to ask for instead of every name, with or without port, in any spelling; '' is an "
             "empty Host, "
             "none sends no Host.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--alpn",
     .value = "LIST",
     .help =
         "What the client offers in ALPN: none, h1, h2 (h2 first, then http/1.1, as browsers do) or h2-only.",
     .kind = ValueKind::text,
     .default_value = "h1,h2",
     .repeat = Repeat::any_number},
    {.name = "--address",
     .value = "LIST",
     .help =
         "Addresses that the client connects to, such as 192.0.2.1:443, instead of one for every listener.",
     .kind = ValueKind::text,
     .repeat = Repeat::any_number},
    {.name = "--client-cert",
     .value = "CA-FILE",
     .help = "The client holds a certificate of the CAs in this file, and presents it when asked. Without it "
             "the client "
             "has none.",
     .kind = ValueKind::file},
    {.name = "--format",
     .value = "FORMAT",
     .help =
         "jsonl, one object a line, or human, a table. Without it a table on a terminal and jsonl elsewhere.",
     .kind = ValueKind::choice,
     .choices = formats},
};
constexpr auto options = with_shared(own_options, input_options);

constexpr Example examples[] = {
    {"astray predict --server nginx@1.22.1 /etc/nginx/nginx.conf",
     "Every name with every other, on every listener."},
    {"astray predict --sni none --host shop.example /etc/apache2",
     "What a client without SNI gets for one name."},
    {"astray predict --sni a.example --host A.EXAMPLE.:8443 --alpn h2 nginx.conf",
     "An odd spelling of a known name."},
    {"astray predict conf/ | jq -c 'select(.outcome == \"reject\")'", "Everything that is refused."},
};

constexpr ExitMeaning exit_codes[] = {
    {ExitCode::success, "everything was read and predicted"},
    {ExitCode::failure,
     "a configuration, an include or a certificate could not be read, nobody listens at --address, or the "
     "command line "
     "means nothing; what could be read is predicted all the same"},
};

constexpr std::string_view see_also[] = {"audit", "explain", "list"};

std::vector<AskedName> parse_names(const std::vector<std::string>& texts) {
  std::vector<AskedName> names;
  for (const std::string& text : texts) names.push_back(text == not_sent ? AskedName{} : AskedName{text, ""});
  return names;
}

Result<MatrixOptions> parse_matrix(const Arguments& arguments, CertificateSource& certificates) {
  MatrixOptions matrix;
  if (arguments.has("--sni")) matrix.snis = parse_names(arguments.list("--sni"));
  if (arguments.has("--host")) matrix.hosts = parse_names(arguments.list("--host"));
  if (arguments.has("--alpn")) {
    Result<std::vector<AlpnOffer>> alpn = parse_alpn(arguments);
    if (!alpn) return tl::unexpected(alpn.error());
    matrix.alpn = std::move(*alpn);
  }
  for (const std::string& text : arguments.list("--address")) {
    const Result<ListenAddress> address = parse_listen_address(text);
    if (!address) return failure("--address: " + address.error().message);
    matrix.addresses.push_back(*address);
  }
  if (arguments.has("--client-cert")) {
    std::error_code ignored;
    const std::string path = std::filesystem::absolute(arguments.value("--client-cert"), ignored).string();
    const AuthoritiesResult authorities = certificates.load_authorities(path);
    if (!authorities) return failure("--client-cert: " + authorities.error().message);
    matrix.client_certificate = ClientCertificate{to_hex((*authorities)->digest)};
  }
  return matrix;
}

/// Everything that keeps the predictions of one configuration from being complete, on standard error.
void tell_problems(const Deployment& deployment, const ShownPaths& paths, Console& console) {
  constexpr size_t most = 50;
  size_t told = 0;
  for (const ReadProblem& problem : deployment.problems) {
    if (++told > most) continue;
    const Place place{std::string(deployment.files.path(problem.span.file)), problem.span.line,
                      problem.span.column, ""};
    const std::string where = place.known() ? paths.of(place) + ": " : "";
    if (problem.severity == ReadProblem::Severity::error) {
      console.complain(where + problem.message);
    } else {
      console.note(where + problem.message);
    }
  }
  if (told > most) console.note(fmt::format("{} further problems of reading", told - most));
}

/// What the matrix leaves out or makes up, said once for each configuration.
void tell_samples(const std::string& main_file, const std::vector<std::string>& without_sample,
                  size_t samples, Console& console) {
  if (samples > 0) {
    console.note(
        fmt::format("{}: {} in the matrix {} made for a wildcard or regular expression "
                    "(sni_sample_of, host_sample_of); --sni and --host ask for others",
                    main_file, count(samples, "name"), samples == 1 ? "is" : "are"));
  }
  for (const std::string& pattern : without_sample) {
    console.note(fmt::format("{}: no sample name was found for {}; give one with --sni or --host", main_file,
                             pattern));
  }
}

ExitCode run(const Arguments& arguments, Console& console) {
  FileCertificateSource certificates;
  Result<MatrixOptions> matrix_options = parse_matrix(arguments, certificates);
  if (!matrix_options) return console.fail(matrix_options.error().message);
  Result<InputOptions> reading = parse_input_options(arguments);
  if (!reading) return console.fail(reading.error().message);

  Progress progress(console);
  Inputs inputs(std::move(*reading), certificates, console, progress);
  if (const std::optional<Error> error = inputs.read(arguments.operands()))
    return console.fail(error->message);
  progress.clear();
  for (const std::string& message : inputs.unread()) console.complain(message);
  const std::vector<Site> sites = inputs.take_sites();

  std::error_code ignored;
  const ShownPaths paths(std::filesystem::current_path(ignored).string());
  const std::string_view format = arguments.value("--format");
  const bool table = format == "human" || (format.empty() && console.out.terminal);
  std::unique_ptr<PredictionWriter> writer;
  if (table) {
    writer = std::make_unique<PredictionTable>(console.out.output, paths, console.out.palette);
  } else {
    writer = std::make_unique<JsonPredictions>(console.out.output, paths);
  }

  size_t listeners = 0;
  for (const Site& site : sites) {
    tell_problems(*site.deployment, paths, console);
    writer->begin_deployment(*site.deployment);
    for (const AskedListener& asked : chosen_listeners(*site.deployment, *matrix_options)) {
      const Listener& listener = site.deployment->listener(asked.listener);
      if (listener.kind != Listener::Kind::http) {
        console.note(fmt::format("{}: {} does not speak HTTP here ({}), so there is no Host to predict for",
                                 site.deployment->main_file, asked.address,
                                 listener.kind == Listener::Kind::passthrough ? "TLS passthrough" : "TCP"));
        continue;
      }
      ++listeners;
      const ListenerMatrix matrix = matrix_of(site, asked.listener, *matrix_options);
      size_t samples = 0;
      for (const AskedName& host : matrix.hosts) samples += host.sample_of.empty() ? 0 : 1;
      tell_samples(site.deployment->main_file, matrix.without_sample, samples, console);
      predict(site, asked, matrix, *matrix_options, *writer, console.out.output);
    }
  }
  writer->finish();

  if (listeners == 0 && !sites.empty()) {
    return console.fail(matrix_options->addresses.empty()
                            ? "no HTTP listener stands in the configuration, so there is nothing to predict"
                            : "nobody listens for HTTP at --address; without it every listener is predicted");
  }
  return inputs.unread().empty() && !inputs.has_errors() ? ExitCode::success : ExitCode::failure;
}

}  // namespace

constinit const Command command = {
    .name = "predict",
    .summary = "say what a server will answer to every SNI, Host and ALPN",
    .description =
        "For every listener, each SNI (none, every name, one unknown) with each Host (every name, one "
        "unknown) and each "
        "ALPN (h1, h2): whether the handshake succeeds, which certificate is presented, which virtual host "
        "answers, "
        "with what status a refusal comes, and which line decides. --sni, --host, --alpn and --address "
        "replace an axis "
        "of that matrix.\n\n"
        "A wildcard or a regular expression takes part with a sample name, which is marked as such. What a "
        "variable or "
        "a script decides is unknowable, never guessed. Any number of cells is written in constant memory.",
    .operands = operands,
    .options = options,
    .examples = examples,
    .exit_codes = exit_codes,
    .see_also = see_also,
    .run = run,
};

}  // namespace astray::predict_command
