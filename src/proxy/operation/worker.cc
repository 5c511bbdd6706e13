#include "proxy/operation/worker.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/check.h"

namespace astray::proxy {
namespace {

/// Connection ids are unique in the process: the worker's number stands above its own count.
constexpr int worker_shift = 48;

Instant now_as_instant() {
  return Instant{
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count()};
}

}  // namespace

/// One listening socket of this worker.
struct Worker::Accepting {
  std::string listener;
  std::unique_ptr<StreamListener> socket;
  SpawnedTask task;
};

Worker::Worker(WorkerParts parts)
    : parts_(std::move(parts)),
      network_(loop_),
      resolver_(std::make_unique<CaresResolver>(loop_)),
      random_(parts_.seed) {}

Worker::~Worker() = default;

void Worker::run() {
  if (parts_.log != nullptr) log_ = std::make_unique<WorkerLog>(loop_, *parts_.log, parts_.log_format);
  records_.emplace(parts_.number, metrics(), parts_.shared->refusals, log_.get());
  Mailbox::Reader reader(loop_, mailbox_);
  take_up(std::move(parts_.site), std::move(parts_.sockets));
  (void)loop_.run_until_done(live());
  accepting_.clear();
  finished_.clear();
  connections_.clear();
  backs_ = nullptr;
  generation_.reset();
  records_.reset();
  log_.reset();
}

Task<void> Worker::live() {
  co_await ended_.pass();
}

// ---- from any thread

void Worker::adopt(std::shared_ptr<const Site> site, std::vector<ListeningSocket> added) {
  // std::function wants to be copied; sockets cannot be.
  auto sockets = std::make_shared<std::vector<ListeningSocket>>(std::move(added));
  mailbox_.post([this, site = std::move(site), sockets] { take_up(site, std::move(*sockets)); });
}

void Worker::drain() {
  mailbox_.post([this] { begin_draining(); });
}

void Worker::stop() {
  mailbox_.post([this] {
    phase_ = Phase::draining;
    ended_.open();
  });
}

std::vector<BackDescription> Worker::describe_backs() {
  mailbox_.post([this] {
    if (backs_ == nullptr) return;
    std::vector<BackDescription> description = backs_->describe();
    const std::lock_guard lock(description_mutex_);
    description_ = std::move(description);
  });
  const std::lock_guard lock(description_mutex_);
  return description_;
}

// ---- in the worker's thread

void Worker::take_up(std::shared_ptr<const Site> site, std::vector<ListeningSocket> added) {
  // A listener that is added under a label that is known listens at another address now.
  std::erase_if(accepting_, [&](const auto& each) {
    const bool moved = std::any_of(added.begin(), added.end(),
                                   [&](const auto& other) { return other.listener == each->listener; });
    return moved || site->listener(each->listener) == nullptr;
  });
  const bool keeps_backs = generation_ != nullptr && generation_->site->has_same_backs(*site);
  std::shared_ptr<BackSender> backs = keeps_backs ? generation_->backs : make_backs(site);
  generation_ = std::make_shared<const Generation>(Generation{std::move(site), std::move(backs)});
  if (phase_ == Phase::working) begin_accepting(std::move(added));
}

/// The site outlives them: whoever has the backs has it, too.
std::shared_ptr<BackSender> Worker::make_backs(const std::shared_ptr<const Site>& site) {
  struct SiteBacks {
    SiteBacks(std::shared_ptr<const Site> of, BacksParts parts)
        : site(std::move(of)), backs(std::move(parts)) {}
    std::shared_ptr<const Site> site;
    Backs backs;
  };
  const HealthChecks checks = parts_.number == 0 ? HealthChecks::run : HealthChecks::leave_to_another;
  auto owner =
      std::make_shared<SiteBacks>(site, BacksParts{.loop = loop_,
                                                   .network = network_,
                                                   .resolver = *resolver_,
                                                   .settings = site->configuration().backs,
                                                   .prepared = site->prepared_backs(),
                                                   .health = parts_.shared->health,
                                                   .connection_ids = parts_.shared->back_connection_ids,
                                                   .wall_clock = now_as_instant,
                                                   .seed = parts_.seed,
                                                   .checks = checks});
  backs_ = &owner->backs;
  return {std::move(owner), backs_};
}

void Worker::begin_accepting(std::vector<ListeningSocket> sockets) {
  for (ListeningSocket& each : sockets) {
    auto accepting = std::make_unique<Accepting>();
    accepting->listener = std::move(each.listener);
    accepting->socket = network_.adopt(std::move(each.socket));
    accepting->task = loop_.spawn(accept_from(*accepting));
    accepting_.push_back(std::move(accepting));
  }
}

Task<void> Worker::accept_from(Accepting& accepting) {
  for (;;) {
    Result<std::unique_ptr<Stream>, AcceptError> stream = co_await accepting.socket->accept();
    if (stream) accept(accepting.listener, std::move(*stream));
  }
}

void Worker::accept(const std::string& listener, std::unique_ptr<Stream> stream) {
  const Site& site = *generation_->site;
  const Listener* found = site.listener(listener);
  const uint32_t most = site.configuration().operation.peers.connections;
  if (found == nullptr) return;
  // Beyond the limit a connection is closed before it costs a handshake.
  std::atomic<uint64_t>& of_all = parts_.shared->connections;
  if (of_all.fetch_add(1, std::memory_order_relaxed) >= most) {
    of_all.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  auto connection = std::make_unique<FrontConnection>(*this, *found, std::move(stream));
  FrontConnection* key = connection.get();
  connections_.emplace(key, std::move(connection));
  metrics().connection_opened();
  open_.store(connections_.size(), std::memory_order_relaxed);
}

void Worker::begin_draining() {
  if (phase_ != Phase::working) return;
  phase_ = Phase::draining;
  accepting_.clear();
  for (auto& [key, connection] : connections_) connection->go_away();
  check_end();
}

void Worker::check_end() {
  if (phase_ == Phase::draining && connections_.empty()) ended_.open();
}

void Worker::on_finished(FrontConnection& connection) {
  finished_.push_back(&connection);
  loop_.flush_at_end_of_turn(gravedigger_);
}

void Worker::bury() {
  for (FrontConnection* connection : std::exchange(finished_, {})) {
    connections_.erase(connection);
    metrics().connection_closed();
    parts_.shared->connections.fetch_sub(1, std::memory_order_relaxed);
  }
  open_.store(connections_.size(), std::memory_order_relaxed);
  check_end();
}

uint64_t Worker::next_connection_id() {
  return uint64_t{parts_.number} << worker_shift | ++connections_made_;
}

void Worker::on_handshake_done(const ClientConnection& connection) {
  using Session = WorkerMetrics::Session;
  metrics().handshake_done(connection.tls_version,
                           connection.facts.resumed ? Session::resumed : Session::full);
}

void Worker::on_handshake_failed(std::optional<tls::FailureKind> kind) {
  if (kind)
    metrics().handshake_failed(*kind);
  else
    metrics().handshake_timed_out();
}

gateway::WallTime Worker::wall_time() {
  if (clock_turn_ != loop_.turn_number()) {
    clock_turn_ = loop_.turn_number();
    wall_time_ = std::chrono::system_clock::now();
  }
  return wall_time_;
}

std::string_view Worker::http_date() {
  const time_t second = std::chrono::system_clock::to_time_t(wall_time());
  if (second != date_second_) {
    date_second_ = second;
    tm parts{};
    gmtime_r(&second, &parts);
    char text[64];
    date_.assign(text, strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return date_;
}

void Worker::on_request_ended(const gateway::LogRecord& record) {
  records_->request_ended(record);
}

BackSlot Worker::slot_of(const std::string& back) {
  if (last_slot_ != nullptr && last_slot_->first == back) return last_slot_->second;
  const auto [found, is_new] = back_slots_.try_emplace(back);
  if (is_new) found->second = parts_.shared->metrics.slot_of(back);
  last_slot_ = &*found;
  return found->second;
}

void Worker::on_back_answered(const std::string& back, Duration duration) {
  metrics().back_answered(slot_of(back), duration);
}

void Worker::on_back_failed(const std::string& back, BackFailure::Kind kind) {
  metrics().back_failed(slot_of(back), kind);
}

void Worker::on_back_misdirected(const std::string& back) {
  metrics().back_retried_after_421(slot_of(back));
}

}  // namespace astray::proxy
