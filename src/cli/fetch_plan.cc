#include "cli/fetch_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "cli/fetch_data.h"
#include "cli/fetch_numbers.h"
#include "cli/fetch_request.h"
#include "cli/fetch_settings.h"
#include "report/printable.h"

namespace astray {
namespace {

Result<RetryPlan> retry_of(const Arguments& arguments) {
  RetryPlan plan;
  const auto most = parse_count(arguments, "--retry", 0, 1'000'000);
  if (!most) return tl::unexpected(most.error());
  plan.most = static_cast<uint32_t>(most->value_or(0));
  const auto delay = parse_seconds(arguments, "--retry-delay");
  if (!delay) return tl::unexpected(delay.error());
  if (*delay && **delay > Duration::zero()) plan.delay = **delay;
  const auto most_time = parse_seconds(arguments, "--retry-max-time");
  if (!most_time) return tl::unexpected(most_time.error());
  if (*most_time && **most_time > Duration::zero()) plan.most_time = **most_time;
  if (arguments.has("--retry-connrefused")) plan.refused_connections = RetryPlan::Refused::retried;
  if (arguments.has("--retry-all-errors")) plan.errors = RetryPlan::Errors::all;
  return plan;
}

Result<WriteOut> write_out_of(const Arguments& arguments) {
  if (!arguments.has("--write-out")) return WriteOut();
  const std::string_view value = arguments.value("--write-out");
  if (!value.starts_with('@')) return WriteOut::parse(value);
  const Result<std::string> text = read_whole(value.substr(1), "--write-out");
  if (!text) return tl::unexpected(text.error());
  return WriteOut::parse(*text);
}

Result<std::vector<Endpoint>> dns_servers_of(const Arguments& arguments) {
  std::vector<Endpoint> servers;
  for (const std::string& text : arguments.list("--dns")) {
    const auto server = Endpoint::parse(text);
    if (!server) {
      return failure(
          fmt::format("--dns: {}: {}; expected 192.0.2.53:53", printable(text), describe(server.error())));
    }
    servers.push_back(*server);
  }
  return servers;
}

/// Two answers in one file would destroy each other.
Result<void> check_outputs(const std::vector<FetchTarget>& targets) {
  std::vector<std::string_view> paths;
  for (const FetchTarget& target : targets) {
    const std::string& path = target.output.path;
    if (target.output.kind != FetchOutput::Kind::file || path.starts_with("/dev/")) continue;
    if (std::find(paths.begin(), paths.end(), path) != paths.end()) {
      return failure(
          fmt::format("{} is the output of two URLs; name one for each with --output", printable(path)));
    }
    paths.push_back(path);
  }
  return {};
}

/// Answers that wait for their turn on standard output keep their connections and what had come of them.
void bound_waiting(FetchPlan& plan) {
  constexpr size_t most_held = size_t{16} << 20;
  constexpr size_t least_window = size_t{256} << 10;
  // The one whose turn it is must never wait for their connections.
  plan.settings.connections_per_origin =
      std::max(plan.settings.connections_per_origin, static_cast<uint32_t>(plan.most_at_once));
  const auto to_output = static_cast<size_t>(std::count_if(
      plan.targets.begin(), plan.targets.end(),
      [](const FetchTarget& target) { return target.output.kind == FetchOutput::Kind::standard_output; }));
  const size_t speakers = std::min(to_output, plan.most_at_once);
  if (speakers < 2) return;
  const size_t window = std::max(most_held / speakers, least_window);
  plan.settings.stream_window = std::min(plan.settings.stream_window, static_cast<uint32_t>(window));
}

void set_voices(const Arguments& arguments, FetchPlan& plan) {
  if (arguments.has("--silent")) {
    plan.loudness = arguments.has("--show-error") ? Loudness::errors : Loudness::silent;
  }
  if (arguments.has("--verbose")) plan.narration = Narration::verbose;
  plan.trace_file = arguments.value("--trace-file");
  if (arguments.has("--trace") || !plan.trace_file.empty()) {
    plan.trace = arguments.value("--trace") == "json" ? TraceForm::json : TraceForm::text;
  }
}

}  // namespace

Result<FetchPlan> parse_fetch_plan(const Arguments& arguments) {
  FetchPlan plan;
  Result<std::vector<FetchTarget>> targets = parse_fetch_targets(arguments);
  if (!targets) return tl::unexpected(targets.error());
  plan.targets = std::move(*targets);
  if (const Result<void> good = check_outputs(plan.targets); !good) return tl::unexpected(good.error());
  Result<client::Settings> settings = parse_fetch_settings(arguments);
  if (!settings) return tl::unexpected(settings.error());
  plan.settings = std::move(*settings);
  Result<std::vector<Endpoint>> servers = dns_servers_of(arguments);
  if (!servers) return tl::unexpected(servers.error());
  plan.dns_servers = std::move(*servers);
  const Result<RetryPlan> retry = retry_of(arguments);
  if (!retry) return tl::unexpected(retry.error());
  plan.retry = *retry;
  Result<WriteOut> write_out = write_out_of(arguments);
  if (!write_out) return tl::unexpected(write_out.error());
  plan.write_out = std::move(*write_out);

  const auto at_once = parse_count(arguments, "--parallel-max", 1, 1000);
  if (!at_once) return tl::unexpected(at_once.error());
  plan.most_at_once = arguments.has("--no-parallel") ? 1 : static_cast<size_t>(**at_once);
  bound_waiting(plan);

  if (arguments.has("--create-dirs")) plan.create_folders = CreateFolders::yes;
  if (arguments.has("--include") || arguments.has("--head")) plan.show_heads = ShowHeads::yes;
  plan.head_file = arguments.value("--dump-header");
  if (arguments.has("--fail")) plan.fail_on = FailOn::bad_status;
  if (arguments.has("--fail-with-body")) plan.fail_on = FailOn::bad_status_with_body;
  set_voices(arguments, plan);
  return plan;
}

}  // namespace astray
