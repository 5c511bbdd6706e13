#include "cli/gateway_run.h"

#include <csignal>
#include <filesystem>
#include <mutex>
#include <system_error>

#include <fmt/format.h>

#include "gateway/configuration/check_configuration.h"
#include "gateway/configuration/read_configuration.h"
#include "io/mailbox.h"
#include "io/signals.h"
#include "io/sleep.h"
#include "proxy/operation/gateway.h"
#include "servers/model/file_source.h"
#include "tls/file_certificate_source.h"

namespace astray {
namespace {

using gateway::ConfigurationProblem;
using SitePointer = std::shared_ptr<const proxy::Site>;

struct Loaded {
  SitePointer site{};  ///< null where there are errors
  std::vector<ConfigurationProblem> problems{};
};

/// The error: the file itself cannot be read.
Result<Loaded> load(const std::string& path, uint64_t generation) {
  Result<std::string> text = DiskFiles().read(path);
  if (!text) return Failure<Error>(text.error());
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::absolute(path, ignored).parent_path();
  gateway::ReadConfiguration read = gateway::read_configuration(*text, folder.string());
  Loaded loaded{.problems = std::move(read.problems)};
  if (gateway::has_errors(loaded.problems)) return loaded;
  FileCertificateSource certificates;
  const auto add = [&](const std::vector<ConfigurationProblem>& found) {
    loaded.problems.insert(loaded.problems.end(), found.begin(), found.end());
  };
  add(gateway::check_configuration(read.configuration, certificates));
  if (gateway::has_errors(loaded.problems)) return loaded;
  auto site = proxy::Site::build(std::move(read.configuration), certificates, generation);
  if (site)
    loaded.site = std::move(*site);
  else
    add(site.error());
  return loaded;
}

/// One gateway from its start to its end: signals, reloads, goodbye.
class Service {
 public:
  Service(std::string path, Console& console)
      : path_(std::move(path)),
        console_(console),
        reader_(loop_, mailbox_),
        signals_(loop_, {SIGTERM, SIGINT, SIGHUP, SIGUSR1}),
        ended_(loop_) {}

  ExitCode run();

 private:
  Task<void> supervise();
  Task<void> wait_for_end();
  Task<void> limit_drain();
  void begin_end(int signal);
  void reload();
  void tell(std::string_view sentence);
  void tell_problems(const std::vector<ConfigurationProblem>& problems);

  std::string path_;
  Console& console_;
  std::mutex console_mutex_;
  Mailbox mailbox_;
  EpollLoop loop_;
  Mailbox::Reader reader_;
  SignalQueue signals_;
  Gate ended_;
  std::unique_ptr<proxy::Gateway> gateway_;
  uint64_t generation_ = 0;
  bool draining_ = false;
  SpawnedTask supervisor_;
  SpawnedTask drain_limit_;
};

void Service::tell(std::string_view sentence) {
  const std::lock_guard lock(console_mutex_);
  console_.complain(sentence);
}

void Service::tell_problems(const std::vector<ConfigurationProblem>& problems) {
  for (const ConfigurationProblem& problem : problems) tell(gateway::describe(problem, path_));
}

ExitCode Service::run() {
  Result<Loaded> loaded = load(path_, ++generation_);
  if (!loaded) return console_.fail(loaded.error().message);
  tell_problems(loaded->problems);
  if (loaded->site == nullptr) return ExitCode::failure;
  auto started = proxy::Gateway::start(
      loaded->site, [this](std::string_view sentence) { tell(sentence); },
      [this] { mailbox_.post([this] { ended_.open(); }); });
  if (!started) return console_.fail(started.error().message);
  gateway_ = std::move(*started);
  for (const proxy::Listener& listener : gateway_->site().listeners())
    tell(fmt::format("listener {} at {} ({})", listener.settings->name.value.text,
                     listener.settings->address.value.text(), listener.tls ? "TLS" : "in clear"));
  tell(fmt::format("serving {} virtual hosts with {} threads", gateway_->site().virtual_hosts().size(),
                   gateway_->threads()));
  supervisor_ = loop_.spawn(supervise());
  const Result<void, LoopStalled> done = loop_.run_until_done(wait_for_end());
  supervisor_.cancel();
  drain_limit_.cancel();
  gateway_.reset();
  if (!done) return console_.fail(done.error().text());
  return ExitCode::success;
}

Task<void> Service::wait_for_end() {
  co_await ended_.pass();
}

Task<void> Service::supervise() {
  for (;;) {
    const int signal = co_await signals_.next();
    if (signal == SIGHUP)
      reload();
    else if (signal == SIGUSR1)
      gateway_->reopen_log();
    else
      begin_end(signal);
  }
}

void Service::begin_end(int) {
  if (draining_) return gateway_->stop();
  draining_ = true;
  tell(fmt::format("ending: {} connections are open", gateway_->connections_open()));
  gateway_->drain();
  drain_limit_ = loop_.spawn(limit_drain());
}

Task<void> Service::limit_drain() {
  const Duration patience = gateway_->site().configuration().operation.drain;
  co_await sleep_until(loop_, loop_.now() + patience);
  gateway_->stop();
}

void Service::reload() {
  Result<Loaded> loaded = load(path_, generation_ + 1);
  if (!loaded) return tell("not reloaded, all stays as it was: " + loaded.error().message);
  tell_problems(loaded->problems);
  if (loaded->site == nullptr) return tell("not reloaded, all stays as it was");
  const Result<void> adopted = gateway_->adopt(loaded->site);
  if (!adopted) return tell("not reloaded, all stays as it was: " + adopted.error().message);
  ++generation_;
  tell(fmt::format("reloaded: {} virtual hosts", loaded->site->virtual_hosts().size()));
}

}  // namespace

ExitCode check_gateway(const std::string& path, Console& console) {
  const Result<Loaded> loaded = load(path, 1);
  if (!loaded) return console.fail(loaded.error().message);
  for (const ConfigurationProblem& problem : loaded->problems)
    console.out.output.write(gateway::describe(problem, path) + "\n");
  if (gateway::has_errors(loaded->problems)) return ExitCode::findings;
  console.out.output.write(fmt::format("{}: good\n", path));
  return ExitCode::success;
}

ExitCode run_gateway(const std::string& path, Console& console) {
  return Service(path, console).run();
}

}  // namespace astray
