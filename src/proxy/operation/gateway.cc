#include "proxy/operation/gateway.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "io/listening_socket.h"
#include "proxy/operation/privileges.h"

namespace astray::proxy {
namespace {

constexpr int backlog = 4096;

uint32_t threads_for(const gateway::OperationSettings& operation) {
  if (operation.threads != 0) return operation.threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

bool listens_there(const Site& site, const Listener& listener) {
  const Listener* before = site.listener(listener.settings->name.value.text);
  return before != nullptr && before->settings->address.value == listener.settings->address.value;
}

const ActivatedSocket* find_socket(const std::vector<ActivatedSocket>& activated, const Endpoint& at) {
  for (const ActivatedSocket& each : activated)
    if (each.address == at) return &each;
  return nullptr;
}

/// Of one socket that all workers share, each has a descriptor of its own.
FileDescriptor duplicate(const FileDescriptor& socket) {
  return FileDescriptor(fcntl(socket.number(), F_DUPFD_CLOEXEC, 3));
}

void add_address(BackDescription& back, const BackAddressDescription& address) {
  for (BackAddressDescription& each : back.addresses) {
    if (each.endpoint != address.endpoint) continue;
    each.open += address.open;
    each.idle += address.idle;
    each.active += address.active;
    return;
  }
  back.addresses.push_back(address);
}

Result<void> become_user(const gateway::OperationSettings& operation) {
  if (!operation.user) return geteuid() == 0 ? Result<void>() : give_up_capabilities();
  std::optional<std::string_view> group;
  if (operation.group) group = operation.group->text;
  Result<Identity> identity = find_identity(operation.user->text, group);
  if (!identity) return Failure<Error>(identity.error());
  return become(*identity);
}

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(std::shared_ptr<const Site> site,
                                                std::vector<ActivatedSocket> activated, Tell tell,
                                                Ended ended) {
  const gateway::OperationSettings& operation = site->configuration().operation;
  const uint32_t workers = threads_for(operation);
  std::unique_ptr<Gateway> gateway(new Gateway(workers, std::move(tell), std::move(ended)));
  gateway->workers_.resize(workers);
  Result<Sockets> sockets = gateway->open_sockets(*site, nullptr, activated);
  if (!sockets) return Failure<Error>(sockets.error());
  gateway->site_ = std::move(site);
  const Result<void> became = become_user(operation);
  if (!became) return Failure<Error>(became.error());
  const Result<void> started = gateway->start_workers(std::move(*sockets));
  if (!started) return Failure<Error>(started.error());
  return gateway;
}

Result<void> Gateway::start_workers(Sockets sockets) {
  std::shared_ptr<const gateway::LogFormat> format;
  if (const auto& log = site_->configuration().operation.access_log) {
    Result<gateway::LogFormat> parsed = gateway::LogFormat::parse(log->format.value.text);
    if (!parsed) return Failure<Error>(parsed.error());
    format = std::make_shared<const gateway::LogFormat>(std::move(*parsed));
    auto writer = LogWriter::start(log->path.text, tell_);
    if (!writer) return Failure<Error>(writer.error());
    log_ = std::move(*writer);
  }
  std::random_device random;
  for (uint32_t i = 0; i < workers_.size(); ++i) {
    workers_[i] = std::make_unique<Worker>(WorkerParts{.number = i,
                                                       .site = site_,
                                                       .sockets = std::move(sockets[i]),
                                                       .shared = shared_.get(),
                                                       .log = log_.get(),
                                                       .log_format = format,
                                                       .seed = random()});
  }
  running_ = static_cast<uint32_t>(workers_.size());
  for (const auto& worker : workers_) {
    threads_.emplace_back([this, each = worker.get()] {
      each->run();
      if (--running_ == 0) ended_();
    });
  }
  return {};
}

Gateway::~Gateway() {
  if (!threads_.empty()) stop();
  for (std::thread& thread : threads_) thread.join();
}

Result<Gateway::Sockets> Gateway::open_sockets(const Site& site, const Site* before,
                                               const std::vector<ActivatedSocket>& activated) const {
  Sockets sockets(workers_.size());
  for (const Listener& listener : site.listeners()) {
    if (before != nullptr && listens_there(*before, listener)) continue;
    const Endpoint at = listener.settings->address.value;
    const ActivatedSocket* given = find_socket(activated, at);
    for (std::vector<ListeningSocket>& each : sockets) {
      if (given != nullptr) {
        each.push_back({listener.settings->name.value.text, duplicate(given->descriptor)});
        continue;
      }
      const PortSharing sharing = sockets.size() > 1 ? PortSharing::shared : PortSharing::exclusive;
      auto socket = open_listening_socket(at, {.backlog = backlog, .sharing = sharing});
      if (!socket)
        return failure(fmt::format("listener {} cannot listen at {}: {}", listener.settings->name.value.text,
                                   at.text(), describe(socket.error())));
      each.push_back({listener.settings->name.value.text, std::move(*socket)});
    }
  }
  return sockets;
}

Result<void> Gateway::adopt(std::shared_ptr<const Site> site) {
  Result<Sockets> sockets = open_sockets(*site, site_.get(), {});
  if (!sockets) return Failure<Error>(sockets.error());
  for (size_t i = 0; i < workers_.size(); ++i) workers_[i]->adopt(site, std::move((*sockets)[i]));
  site_ = std::move(site);
  return {};
}

std::vector<BackDescription> Gateway::describe_backs() {
  std::vector<BackDescription> sum;
  for (const auto& worker : workers_) {
    for (const BackDescription& back : worker->describe_backs()) {
      const auto same = std::find_if(sum.begin(), sum.end(),
                                     [&](const BackDescription& each) { return each.name == back.name; });
      if (same == sum.end()) {
        sum.push_back(back);
        continue;
      }
      for (const BackAddressDescription& address : back.addresses) add_address(*same, address);
    }
  }
  return sum;
}

void Gateway::drain() {
  for (const auto& worker : workers_) worker->drain();
}

void Gateway::stop() {
  for (const auto& worker : workers_) worker->stop();
}

void Gateway::reopen_log() {
  if (log_ != nullptr) log_->reopen();
}

uint64_t Gateway::connections_open() const {
  uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->connections_open();
  return sum;
}

}  // namespace astray::proxy
