#include "cli/explain_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <thread>

#include "cli/explain_pages.h"
#include "cli/inputs.h"
#include "cli/instant_text.h"
#include "cli/log_files.h"
#include "cli/packet_capture.h"
#include "cli/parse.h"
#include "explain/captures/response_source.h"
#include "explain/logs/error_sentence.h"
#include "explain/story/against.h"
#include "explain/story/chronicle.h"
#include "explain/text_bytes.h"
#include "report/explain_formats.h"
#include "report/printable.h"
#include "tls/file_certificate_source.h"

namespace astray {
namespace {

using explain::ByteSource;
using explain::Story;

constexpr std::string_view standard_input = "-";
constexpr std::string_view pasted_text = "(pasted text)";
constexpr unsigned most_threads = 64;

/// A signal ends --follow, and what was told until then is summed up.
std::atomic<bool> stop_following{false};
static_assert(std::atomic<bool>::is_always_lock_free);

struct Told {
  std::string name;
  std::unique_ptr<ByteSource> bytes;
  const TsharkBytes* tshark = nullptr;  ///< within `bytes`, for a packet capture
};

bool is_pasted(const std::string& text) {
  explain::Sighting sighting;
  return text.find_first_of(" \n\t") != std::string::npos || text.starts_with('{') || explain::is_response(text) ||
         explain::read_error_sentence(text, sighting);
}

Failure<Error> neither(const std::string& text) {
  return failure(
      fmt::format("'{}' is neither a rule, a reason or a cause, nor a file{}\nastray list rules, astray list "
                  "reasons and astray list causes show what has a page; a line of a log or a response is pasted in quotes",
                  printable(text), did_you_mean(text, explain_page_ids())));
}

std::string tells_nothing(const std::string& text) {
  constexpr size_t shown = 60;
  return fmt::format("'{}{}' is no file, and as pasted text it tells of no request: paste a line of a log, a response, or a sentence of "
                     "an error log",
                     printable(text.substr(0, shown)), text.size() > shown ? "…" : "");
}

Result<Told> open_capture(const std::string& path, const std::string& key_log) {
  Result<std::unique_ptr<TsharkBytes>> tshark = TsharkBytes::start(path, key_log);
  if (!tshark) return tl::unexpected(tshark.error());
  const TsharkBytes* const seen = tshark->get();
  return Told{path, std::move(*tshark), seen};
}

Result<Told> open_source(const std::string& operand, bool follow, const std::string& key_log) {
  std::error_code ignored;
  if (operand == standard_input || std::filesystem::exists(operand, ignored)) {
    const std::string name = operand == standard_input ? "(standard input)" : operand;
    if (operand != standard_input && is_packet_capture_file(operand)) {
      if (follow) return failure(fmt::format("--follow: {} is a packet capture, and only logs can be followed", printable(operand)));
      return open_capture(operand, key_log);
    }
    if (follow && operand != standard_input) {
      Result<std::unique_ptr<FollowedFile>> file = FollowedFile::open(operand, stop_following);
      if (!file) return tl::unexpected(file.error());
      return Told{name, std::move(*file), nullptr};
    }
    Result<std::unique_ptr<FileBytes>> file = FileBytes::open(operand);
    if (!file) return tl::unexpected(file.error());
    return Told{name, std::move(*file), nullptr};
  }
  if (!is_pasted(operand)) return neither(operand);
  return Told{std::string(pasted_text), std::make_unique<explain::TextBytes>(operand + "\n"), nullptr};
}

Result<std::optional<int64_t>> read_instant(const Arguments& arguments, std::string_view option) {
  if (!arguments.has(option)) return std::optional<int64_t>();
  const std::optional<Instant> instant = parse_instant(arguments.value(option));
  if (!instant)
    return failure(fmt::format("{}: '{}' is no time; write 2026-03-31 or 2026-03-31T12:00:00Z", option,
                               printable(arguments.value(option))));
  return std::optional<int64_t>(instant->unix_seconds * 1'000'000);
}

/// --keylog; tshark takes one that is not there without a word.
Result<std::string> read_key_log(const Arguments& arguments) {
  if (!arguments.has("--keylog")) return std::string();
  const std::string path(arguments.value("--keylog"));
  const Result<std::unique_ptr<FileBytes>> file = FileBytes::open(path);
  if (!file) return failure(fmt::format("--keylog: {}", file.error().message));
  return path;
}

Result<unsigned> read_threads(const Arguments& arguments) {
  if (!arguments.has("--threads")) return std::clamp(std::thread::hardware_concurrency(), 1U, most_threads);
  const std::string_view text = arguments.value("--threads");
  unsigned threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (error != std::errc() || end != text.data() + text.size() || threads == 0 || threads > most_threads)
    return failure(fmt::format("--threads: '{}' is no number from 1 to {}", printable(text), most_threads));
  return threads;
}

/// --config: what is predicted, and the log formats that are stated.
struct Configurations {
  std::vector<Site> sites;
  explain::LineFormats formats;
  bool complete = true;
};

/// The gateway's configuration has one, whichever virtual host it is read of.
void add_gateway_format(const Deployment& deployment, explain::LineFormats& formats) {
  if (deployment.server != ServerKind::astray || deployment.virtual_hosts.empty()) return;
  for (const AccessLog& log : deployment.virtual_hosts.front().access_logs)
    formats.add(log.format, "access_log", explain::LogServer::astray);
}

/// What was read, and what no directive names: Traffic Server's formats stand beside its records.
std::vector<std::string> files_with_formats(const SourceFiles& files) {
  std::vector<std::string> paths;
  for (size_t i = 0; i < files.size(); ++i) {
    const std::filesystem::path path(files.path(static_cast<SourceFileId>(i)));
    paths.push_back(path.string());
    if (path.stem() == "records") paths.push_back((path.parent_path() / "logging.yaml").string());
  }
  return paths;
}

Result<Configurations> read_configurations(const Arguments& arguments, Console& console) {
  Configurations read;
  if (!arguments.has("--config")) return read;
  Result<InputOptions> options = parse_input_options(arguments);
  if (!options) return tl::unexpected(options.error());
  FileCertificateSource certificates;
  Progress progress(console);
  Inputs inputs(std::move(*options), certificates, console, progress);
  if (const std::optional<Error> error = inputs.read(arguments.values("--config"))) return tl::unexpected(*error);
  progress.clear();
  for (const std::string& message : inputs.unread()) console.complain(message);
  read.complete = inputs.unread().empty();
  read.sites = inputs.take_sites();
  DiskFiles disk;
  for (const Site& site : read.sites) {
    add_gateway_format(*site.deployment, read.formats);
    for (const std::string& path : files_with_formats(site.deployment->files)) {
      const Result<std::string> text = disk.read(path);
      if (!text) continue;
      explain::LineFormats found = explain::formats_in_configuration(*text);
      for (explain::TextFormat& format : found.text) read.formats.text.push_back(std::move(format));
      read.formats.json.insert(read.formats.json.end(), found.json.begin(), found.json.end());
    }
  }
  return read;
}

void tell(const Story& story, std::string_view format, const ExplainStyle& style, ByteSink& sink) {
  if (format == "json") {
    write_explain_json(story, sink);
  } else if (format == "jsonl") {
    write_explain_jsonl(story, sink);
  } else if (format == "html") {
    write_explain_page(story, sink);
  } else if (format == "prometheus") {
    write_explain_prometheus(story, sink);
  } else {
    write_explain_human(story, style, sink);
  }
}

/// Ends --follow at the first SIGINT or SIGTERM; the second one has its usual effect.
void end_following_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_following = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

std::vector<std::string> sources_of(const Arguments& arguments) {
  if (arguments.operands().empty()) return {std::string(standard_input)};
  return in_order_of_rotation(arguments.operands());
}

}  // namespace

ExitCode explain_sources(const Arguments& arguments, Console& console) {
  const Result<std::optional<int64_t>> since = read_instant(arguments, "--since");
  if (!since) return console.fail(since.error().message);
  const Result<std::optional<int64_t>> until = read_instant(arguments, "--until");
  if (!until) return console.fail(until.error().message);
  const Result<unsigned> threads = read_threads(arguments);
  if (!threads) return console.fail(threads.error().message);
  const Result<std::string> key_log = read_key_log(arguments);
  if (!key_log) return console.fail(key_log.error().message);
  Result<Configurations> configurations = read_configurations(arguments, console);
  if (!configurations) return console.fail(configurations.error().message);

  // What the user states counts before what a configuration states.
  explain::LineFormats formats;
  for (const std::string& format : arguments.values("--log-format")) {
    if (const std::optional<Error> error = formats.add_given(format))
      return console.fail("--log-format: " + error->message);
  }
  for (explain::TextFormat& format : configurations->formats.text) formats.text.push_back(std::move(format));
  formats.json.insert(formats.json.end(), configurations->formats.json.begin(), configurations->formats.json.end());

  const bool follow = arguments.has("--follow");
  const std::vector<std::string> operands = sources_of(arguments);
  if (follow && operands.size() != 1) return console.fail("--follow: one file can be followed, and no more");
  const std::string_view format = arguments.value("--format");
  if (follow && format != "human" && format != "jsonl")
    return console.fail("--follow prints line by line: --format human or jsonl goes with it");
  const ExplainStyle style{console.out.palette, console.out.columns};
  const ExplainStyle plain{Palette(), 100};

  std::optional<OutputFile> file;
  if (arguments.has("--output")) {
    Result<OutputFile> opened = OutputFile::open(std::string(arguments.value("--output")));
    if (!opened) return console.fail(opened.error().message);
    file.emplace(std::move(*opened));
  }

  explain::ChronicleOptions options{.since = *since, .until = *until, .on_refused = {}};
  if (follow) {
    end_following_on_signals();
    options.on_refused = [&](const explain::Sighting& sighting, const explain::Judgement& judgement) {
      console.out.output.write(format == "jsonl" ? explain_line_json(sighting, judgement, operands.front())
                                                 : explain_line(sighting, judgement, operands.front(), style));
      console.out.output.flush();
    };
  }
  explain::Chronicle chronicle(std::move(options));
  bool complete = configurations->complete;
  bool any_packets = false;
  std::vector<std::string> called;  // by the number of the source
  uint32_t number = 0;
  for (const std::string& operand : operands) {
    Result<Told> told = open_source(operand, follow, *key_log);
    if (!told) {
      console.complain(told.error().message);
      complete = false;
      continue;
    }
    any_packets = any_packets || told->tshark != nullptr;
    called.push_back(operand);
    chronicle.begin_source(told->name);
    const explain::SourceOptions reading{.file = number++,
                                         .threads = follow ? 1 : *threads,
                                         .given = formats.empty() ? nullptr : &formats};
    const Result<explain::SourceSummary> summary = explain::read_source(*told->bytes, reading, chronicle);
    if (summary) {
      chronicle.end_source(summary->format, summary->server, summary->lines, "");
      // One that failed has said so in its error.
      if (const std::string said = told->tshark != nullptr ? told->tshark->complaints() : ""; !said.empty())
        console.complain(fmt::format("{}: tshark: {}", told->name, said));
    } else {
      console.complain(fmt::format("{}: {}", told->name, summary.error().message));
      chronicle.end_source("", explain::LogServer::unknown, 0, summary.error().message);
      complete = false;
    }
  }
  if (number == 0) return ExitCode::failure;
  if (!key_log->empty() && !any_packets)
    console.complain("--keylog: none of the sources is a packet capture, so that no key was used");

  Story story = chronicle.finish();
  for (size_t i = 0; i < story.sources.size(); ++i) {
    const explain::SourceNote& note = story.sources[i];
    if (note.name == pasted_text && note.requests == 0) console.complain(tells_nothing(called[i]));
  }
  std::vector<explain::ConfiguredSite> sites;
  for (const Site& site : configurations->sites) sites.push_back({site.deployment.get(), site.behaviour.get()});
  hold_against(sites, story);
  if (file) {
    const Result<int> descriptor = file->begin();
    if (!descriptor) return console.fail(descriptor.error().message);
    Output output(*descriptor, std::string(arguments.value("--output")));
    tell(story, format, plain, output);
    if (const std::optional<Error> error = output.finish()) return console.fail(error->message);
  } else {
    tell(story, format, style, console.out.output);
  }
  if (!complete || story.requests == 0) return ExitCode::failure;
  const bool misdirected = std::any_of(story.incidents.begin(), story.incidents.end(), [](const explain::Incident& incident) {
    return incident.judgement.cause != explain::Cause::other_protocol;
  });
  return misdirected || story.incidents_left_out > 0 ? ExitCode::findings : ExitCode::success;
}

}  // namespace astray
