#include "cli/gateway_run.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

#include "cli/gateway_source.h"
#include "io/mailbox.h"
#include "io/signals.h"
#include "io/sleep.h"
#include "io/socket_network.h"
#include "proxy/operation/admin_server.h"
#include "proxy/operation/gateway_admin.h"
#include "proxy/operation/privileges.h"
#include "proxy/operation/service_notice.h"
#include "tls/file_certificate_source.h"

namespace astray {
namespace {

using gateway::ConfigurationProblem;
using SitePointer = std::shared_ptr<const proxy::Site>;

using TicketKeysPointer = std::shared_ptr<tls::TicketKeys>;

struct Loaded {
  SitePointer site{};    ///< null where there are errors
  GatewayInput input{};  ///< without its configuration, which the site has
  /// As the configuration wants them, for those in use to take over once the site is taken up. Null: they
  /// stay.
  TicketKeysPointer ticket_keys{};
};

/// Random ones stay what they are for as long as the configuration wants random ones.
Result<TicketKeysPointer> ticket_keys_for(const gateway::Configuration& configuration,
                                          const TicketKeysPointer& in_use, MonotonicTime now) {
  const auto& file = configuration.operation.ticket_keys;
  if (file) return tls::TicketKeys::load(file->value.text);
  if (in_use != nullptr && !in_use->of_file()) return TicketKeysPointer();
  return tls::TicketKeys::random(now);
}

/// `ticket_keys`: those that are in use; null: none yet, the site has the ones that are made.
Result<Loaded> load(GatewaySource& source, const TicketKeysPointer& ticket_keys, MonotonicTime now,
                    uint64_t generation) {
  FileCertificateSource certificates;
  Result<GatewayInput> found = source.read(certificates);
  if (!found) return Failure<Error>(found.error());
  Loaded loaded{.input = std::move(*found)};
  gateway::Configuration configuration = std::move(loaded.input.configuration);
  if (gateway::has_errors(loaded.input.problems)) return loaded;
  Result<TicketKeysPointer> wanted = ticket_keys_for(configuration, ticket_keys, now);
  if (!wanted) return Failure<Error>(wanted.error());
  loaded.ticket_keys = std::move(*wanted);
  auto site = proxy::Site::build(std::move(configuration), certificates,
                                 ticket_keys != nullptr ? ticket_keys : loaded.ticket_keys, generation);
  const auto& more = site ? (*site)->warnings() : site.error();
  loaded.input.problems.insert(loaded.input.problems.end(), more.begin(), more.end());
  if (site) loaded.site = std::move(*site);
  return loaded;
}

std::optional<std::string_view> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string_view>(value);
}

/// One gateway from its start to its end: signals, reloads, the operator, goodbye.
class GatewayService {
 public:
  GatewayService(std::string path, Console& console)
      : path_(path),
        source_(std::move(path)),
        console_(console),
        reader_(loop_, mailbox_),
        network_(loop_),
        signals_(loop_, {SIGTERM, SIGINT, SIGHUP, SIGUSR1}),
        ended_(loop_) {}

  ExitCode run();

 private:
  Result<void> start();
  Result<void> open_admin(const gateway::Configuration& configuration);
  void serve_operator();
  Task<void> supervise();
  Task<void> wait_for_end();
  Task<void> limit_drain();
  Task<void> rotate_ticket_keys();
  void begin_end();
  void reload();
  Result<uint64_t> try_reload();
  Result<Loaded> load_again();
  void take_over(const TicketKeysPointer& ticket_keys);
  void tell(std::string_view sentence);
  void tell_problems(const GatewayInput& input);
  void tell_manager(const Result<void>& told);

  std::string path_;
  GatewaySource source_;
  Console& console_;
  std::mutex console_mutex_;
  Mailbox mailbox_;
  EpollLoop loop_;
  Mailbox::Reader reader_;
  SocketNetwork network_;
  SignalQueue signals_;
  Gate ended_;
  std::optional<proxy::ServiceNotice> notice_;
  TicketKeysPointer ticket_keys_;
  std::unique_ptr<proxy::Gateway> gateway_;
  std::unique_ptr<proxy::GatewayAdmin> admin_;
  std::unique_ptr<StreamListener> admin_listener_;
  uint64_t generation_ = 0;
  bool draining_ = false;
  std::vector<SpawnedTask> tasks_;  ///< go before what they use
};

void GatewayService::tell(std::string_view sentence) {
  const std::lock_guard lock(console_mutex_);
  console_.note(sentence);
}

void GatewayService::tell_problems(const GatewayInput& input) {
  for (const ConfigurationProblem& problem : input.problems) tell(input.describe(problem, path_));
}

void GatewayService::tell_manager(const Result<void>& told) {
  if (!told) tell(told.error().message);
}

ExitCode GatewayService::run() {
  const Result<void> started = start();
  if (!started) return console_.fail(started.error().message);
  const Result<void, LoopStalled> done = loop_.run_until_done(wait_for_end());
  tasks_.clear();
  gateway_.reset();
  if (!done) return console_.fail(done.error().text());
  return ExitCode::success;
}

Result<void> GatewayService::start() {
  Result<proxy::ServiceNotice> notice = proxy::ServiceNotice::to(variable("NOTIFY_SOCKET"));
  if (!notice) return Failure<Error>(notice.error());
  notice_.emplace(std::move(*notice));
  const Result<uint64_t> descriptors = proxy::raise_descriptor_limit();
  if (!descriptors) tell(descriptors.error().message);

  Result<Loaded> loaded = load(source_, ticket_keys_, loop_.now(), ++generation_);
  if (!loaded) return Failure<Error>(loaded.error());
  tell_problems(loaded->input);
  if (loaded->site == nullptr) return failure("the gateway does not start with these errors");
  ticket_keys_ = loaded->ticket_keys;
  const proxy::ActivationVariables activation{.process = variable("LISTEN_PID"),
                                              .descriptors = variable("LISTEN_FDS"),
                                              .names = variable("LISTEN_FDNAMES")};
  auto activated = proxy::take_activated_sockets(activation, getpid());
  if (!activated) return Failure<Error>(activated.error());
  const Result<void> opened = open_admin(loaded->site->configuration());
  if (!opened) return opened;
  auto gateway = proxy::Gateway::start(
      loaded->site, std::move(*activated), [this](std::string_view sentence) { tell(sentence); },
      [this] { mailbox_.post([this] { ended_.open(); }); });
  if (!gateway) return Failure<Error>(gateway.error());
  gateway_ = std::move(*gateway);
  for (const proxy::Listener& listener : gateway_->site().listeners())
    tell(fmt::format("listener {} at {} ({})", listener.settings->name.value.text,
                     listener.settings->address.value.text(), listener.tls ? "TLS" : "in clear"));
  serve_operator();
  tasks_.push_back(loop_.spawn(supervise()));
  tasks_.push_back(loop_.spawn(rotate_ticket_keys()));
  tell(fmt::format("serving {} virtual hosts with {} threads", gateway_->site().virtual_hosts().size(),
                   gateway_->threads()));
  tell_manager(notice_->ready());
  return {};
}

Result<void> GatewayService::open_admin(const gateway::Configuration& configuration) {
  const auto& admin = configuration.operation.admin.settings;
  if (!admin) return {};
  const Endpoint at = admin->address.value;
  auto listener = network_.listen(at, {});
  if (!listener)
    return failure(
        fmt::format("the operator's port cannot listen at {}: {}; give operation.admin another address, or "
                    "say admin: off",
                    at.text(), describe(listener.error())));
  admin_listener_ = std::move(*listener);
  return {};
}

void GatewayService::serve_operator() {
  admin_ = std::make_unique<proxy::GatewayAdmin>(*gateway_, std::string(ASTRAY_VERSION),
                                                 [this] { return try_reload(); });
  if (admin_listener_ == nullptr) return;
  const Endpoint at = gateway_->site().configuration().operation.admin.settings->address.value;
  tasks_.push_back(loop_.spawn(proxy::serve_admin(loop_, *admin_listener_, *admin_, at)));
  tell(fmt::format("operator's page at http://{}/admin, metrics at /metrics", at.text()));
}

Task<void> GatewayService::wait_for_end() {
  co_await ended_.pass();
}

Task<void> GatewayService::supervise() {
  for (;;) {
    const int signal = co_await signals_.next();
    if (signal == SIGHUP)
      reload();
    else if (signal == SIGUSR1)
      gateway_->reopen_log();
    else
      begin_end();
  }
}

Task<void> GatewayService::rotate_ticket_keys() {
  while (const std::optional<MonotonicTime> next = ticket_keys_->next_rotation()) {
    co_await sleep_until(loop_, *next);
    if (const std::optional<Error> error = ticket_keys_->rotate(loop_.now())) {
      tell(error->message);
      co_await sleep_until(loop_, loop_.now() + std::chrono::minutes(1));
    }
  }
}

void GatewayService::begin_end() {
  if (draining_) return gateway_->stop();
  draining_ = true;
  tell(fmt::format("ending: {} connections are open", gateway_->connections_open()));
  tell_manager(notice_->stopping());
  admin_->note_draining();
  gateway_->drain();
  tasks_.push_back(loop_.spawn(limit_drain()));
}

Task<void> GatewayService::limit_drain() {
  const Duration drain_time = gateway_->site().configuration().operation.drain;
  co_await sleep_until(loop_, loop_.now() + drain_time);
  tell(fmt::format("{} connections did not end in time", gateway_->connections_open()));
  gateway_->stop();
}

void GatewayService::reload() {
  tell_manager(notice_->reloading(loop_.now()));
  const Result<uint64_t> reloaded = try_reload();
  if (!reloaded) tell(reloaded.error().message);
  tell_manager(notice_->ready());
}

Result<uint64_t> GatewayService::try_reload() {
  Result<Loaded> loaded = load_again();
  Result<void> adopted =
      loaded ? gateway_->adopt(loaded->site) : Result<void>(Failure<Error>(loaded.error()));
  if (!adopted) {
    admin_->note_reload_failed();
    return failure("not reloaded, all stays as it was: " + adopted.error().message);
  }
  take_over(loaded->ticket_keys);
  ++generation_;
  admin_->note_reload_done();
  tell(fmt::format("reloaded: {} virtual hosts", loaded->site->virtual_hosts().size()));
  return generation_;
}

Result<Loaded> GatewayService::load_again() {
  Result<Loaded> loaded = load(source_, ticket_keys_, loop_.now(), generation_ + 1);
  if (!loaded) return loaded;
  tell_problems(loaded->input);
  if (loaded->site == nullptr) return failure("the configuration has errors");
  return loaded;
}

void GatewayService::take_over(const TicketKeysPointer& ticket_keys) {
  if (ticket_keys == nullptr) return;
  const bool were_of_file = ticket_keys_->of_file();
  ticket_keys_->take_over(*ticket_keys);
  if (were_of_file && !ticket_keys_->of_file()) tasks_.push_back(loop_.spawn(rotate_ticket_keys()));
}

}  // namespace

ExitCode check_gateway(const std::string& path, Console& console) {
  GatewaySource source(path);
  const Result<Loaded> loaded = load(source, nullptr, MonotonicTime(), 1);
  if (!loaded) return console.fail(loaded.error().message);
  for (const ConfigurationProblem& problem : loaded->input.problems)
    console.out.output.write(loaded->input.describe(problem, path) + "\n");
  for (const std::string& condition : loaded->input.conditions) console.out.output.write(condition + "\n");
  if (gateway::has_errors(loaded->input.problems)) return ExitCode::findings;
  console.out.output.write(fmt::format("{}: good\n", path));
  return ExitCode::success;
}

ExitCode run_gateway(const std::string& path, Console& console) {
  return GatewayService(path, console).run();
}

}  // namespace astray
