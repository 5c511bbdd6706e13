#include "proxy/operation/gateway.h"

#include <random>

#include <fmt/format.h>

#include "io/listening_socket.h"

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

}  // namespace

Result<std::unique_ptr<Gateway>> Gateway::start(std::shared_ptr<const Site> site, Tell tell, Ended ended) {
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(tell), std::move(ended)));
  const gateway::OperationSettings& operation = site->configuration().operation;
  std::shared_ptr<const gateway::LogFormat> format;
  if (const auto& log = operation.access_log) {
    Result<gateway::LogFormat> parsed = gateway::LogFormat::parse(log->format.value.text);
    if (!parsed) return Failure<Error>(parsed.error());
    format = std::make_shared<const gateway::LogFormat>(std::move(*parsed));
    auto writer = LogWriter::start(log->path.text, gateway->tell_);
    if (!writer) return Failure<Error>(writer.error());
    gateway->log_ = std::move(*writer);
  }
  gateway->workers_.resize(threads_for(operation));
  Result<Sockets> sockets = gateway->open_sockets(*site, nullptr);
  if (!sockets) return Failure<Error>(sockets.error());

  gateway->site_ = std::move(site);
  gateway->shared_.health = std::make_shared<HealthBoard>();
  std::random_device random;
  for (uint32_t i = 0; i < gateway->workers_.size(); ++i) {
    gateway->workers_[i] = std::make_unique<Worker>(WorkerParts{.number = i,
                                                                .site = gateway->site_,
                                                                .sockets = std::move((*sockets)[i]),
                                                                .shared = gateway->shared_,
                                                                .log = gateway->log_.get(),
                                                                .log_format = format,
                                                                .seed = random()});
  }
  gateway->running_ = static_cast<uint32_t>(gateway->workers_.size());
  for (const auto& worker : gateway->workers_) {
    gateway->threads_.emplace_back([owner = gateway.get(), each = worker.get()] {
      each->run();
      if (--owner->running_ == 0) owner->ended_();
    });
  }
  return gateway;
}

Gateway::~Gateway() {
  stop();
  for (std::thread& thread : threads_) thread.join();
}

Result<Gateway::Sockets> Gateway::open_sockets(const Site& site, const Site* before) const {
  Sockets sockets(workers_.size());
  for (const Listener& listener : site.listeners()) {
    if (before != nullptr && listens_there(*before, listener)) continue;
    const Endpoint at = listener.settings->address.value;
    for (std::vector<ListeningSocket>& each : sockets) {
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
  Result<Sockets> sockets = open_sockets(*site, site_.get());
  if (!sockets) return Failure<Error>(sockets.error());
  for (size_t i = 0; i < workers_.size(); ++i) workers_[i]->adopt(site, std::move((*sockets)[i]));
  site_ = std::move(site);
  return {};
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
