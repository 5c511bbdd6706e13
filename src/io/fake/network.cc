#include "io/fake/network.h"

#include <cerrno>
#include <deque>
#include <map>

#include "io/fake/connection.h"
#include "io/sleep.h"

namespace astray::fake {
namespace {

using ConnectResult = Result<std::unique_ptr<Stream>, ConnectError>;
using AcceptResult = Result<std::unique_ptr<Stream>, AcceptError>;

constexpr auto connect_timeout = std::chrono::seconds(127);  // Linux: tcp_syn_retries 6, doubling from 1 s
constexpr auto syn_again_after = std::chrono::seconds(1);
constexpr auto accept_again_after = std::chrono::milliseconds(100);
constexpr uint16_t first_ephemeral_port = 32768;
constexpr uint16_t last_ephemeral_port = 60999;

Failure<ConnectError> connect_failure(ConnectError::Kind kind, int system_error) {
  return Failure<ConnectError>(ConnectError{kind, system_error});
}

int system_error_of(ConnectError::Kind kind) {
  switch (kind) {
    case ConnectError::Kind::refused:
      return ECONNREFUSED;
    case ConnectError::Kind::timed_out:
      return ETIMEDOUT;
    case ConnectError::Kind::unreachable:
      return EHOSTUNREACH;
    case ConnectError::Kind::address_unavailable:
      return EADDRNOTAVAIL;
    case ConnectError::Kind::too_many_descriptors:
      return EMFILE;
    case ConnectError::Kind::permission_denied:
      return EACCES;
    case ConnectError::Kind::other:
      break;
  }
  return EIO;
}

IpAddress unspecified(IpFamily family) {
  return family == IpFamily::v4 ? IpAddress::v4({}) : IpAddress::v6({});
}

}  // namespace

class Network::Impl {
 public:
  class FakeListener;
  Impl(Loop& the_loop, uint64_t the_seed) : loop(the_loop), seed(the_seed) {}

  FakeListener* listener_at(const Endpoint& endpoint) const {
    auto found = listeners.find(endpoint);
    if (found == listeners.end())
      found = listeners.find({unspecified(endpoint.address.family()), endpoint.port});
    return found == listeners.end() ? nullptr : found->second;
  }
  const Link& link_to(const Endpoint& endpoint) const {
    auto found = links.find(endpoint);
    return found == links.end() ? default_link : found->second;
  }
  bool is_full() const { return descriptors >= most_descriptors; }
  Port next_port() {
    uint16_t port = next_ephemeral_port;
    next_ephemeral_port =
        port == last_ephemeral_port ? first_ephemeral_port : static_cast<uint16_t>(port + 1);
    return Port(port);
  }

  Loop& loop;
  uint64_t seed;
  Link default_link;
  std::map<Endpoint, Link> links;
  std::map<Endpoint, std::optional<ConnectError::Kind>> faults;  // none: silence
  std::map<Endpoint, FakeListener*> listeners;
  size_t descriptors = 0;
  size_t most_descriptors = SIZE_MAX;
  uint64_t connections = 0;
  uint16_t next_ephemeral_port = first_ephemeral_port;
};

class Network::Impl::FakeListener final : public StreamListener {
 public:
  FakeListener(Impl& network, Endpoint at, ListenOptions options)
      : network_(network),
        at_(at),
        backlog_(static_cast<size_t>(std::max(options.backlog, 1))),
        waiting_(network.loop),
        retry_at_(network.loop.now()),
        descriptor_(network.descriptors) {
    network_.listeners.emplace(at, this);
  }
  ~FakeListener() override {
    network_.listeners.erase(at_);
    for (const auto& connection : backlogged_) connection->abort(Side::server);
  }

  bool is_full() const { return backlogged_.size() >= backlog_; }
  void add(std::shared_ptr<Connection> connection) {
    backlogged_.push_back(std::move(connection));
    waiting_.wake_one();
  }

  Task<AcceptResult> accept() override {
    if (retry_at_ > network_.loop.now()) co_await sleep_until(network_.loop, retry_at_);
    while (backlogged_.empty()) co_await waiting_.wait();
    if (network_.is_full()) {
      retry_at_ = network_.loop.now() + accept_again_after;
      co_return Failure<AcceptError>(AcceptError{AcceptError::Kind::too_many_descriptors, EMFILE});
    }
    std::shared_ptr<Connection> connection = std::move(backlogged_.front());
    backlogged_.pop_front();
    co_return stream_of(std::move(connection), Side::server, DescriptorCount(network_.descriptors));
  }

  Endpoint local() const override { return at_; }

 private:
  Impl& network_;
  Endpoint at_;
  size_t backlog_;
  std::deque<std::shared_ptr<Connection>> backlogged_;
  WaitQueue waiting_;
  MonotonicTime retry_at_;
  DescriptorCount descriptor_;
};

Network::Network(Loop& loop, uint64_t seed) : impl_(std::make_unique<Impl>(loop, seed)) {}
Network::~Network() {
  CHECK(impl_->descriptors == 0);
}

void Network::set_link(Endpoint to, Link link) {
  impl_->links.insert_or_assign(to, link);
}
void Network::set_default_link(Link link) {
  impl_->default_link = link;
}
void Network::fail_connects(Endpoint to, ConnectError::Kind kind) {
  impl_->faults.insert_or_assign(to, kind);
}
void Network::swallow_connects(Endpoint to) {
  impl_->faults.insert_or_assign(to, std::nullopt);
}
void Network::limit_descriptors(size_t most) {
  impl_->most_descriptors = most;
}
size_t Network::descriptors() const {
  return impl_->descriptors;
}

Task<ConnectResult> Network::connect(Endpoint to, ConnectOptions options) {
  using Kind = ConnectError::Kind;
  Impl& network = *impl_;
  Loop& loop = network.loop;
  if (network.is_full()) co_return connect_failure(Kind::too_many_descriptors, EMFILE);
  DescriptorCount descriptor(network.descriptors);
  Link link = network.link_to(to);
  if (auto fault = network.faults.find(to); fault != network.faults.end()) {
    Kind kind = fault->second.value_or(Kind::timed_out);
    co_await sleep_for(loop, fault->second ? Duration(2 * link.latency) : Duration(connect_timeout));
    co_return connect_failure(kind, system_error_of(kind));
  }

  MonotonicTime give_up = loop.now() + connect_timeout;
  co_await sleep_for(loop, link.latency);
  Impl::FakeListener* listener = network.listener_at(to);
  while (listener != nullptr && listener->is_full()) {
    if (loop.now() >= give_up) co_return connect_failure(Kind::timed_out, ETIMEDOUT);
    co_await sleep_for(loop, syn_again_after);
    listener = network.listener_at(to);
  }
  if (listener == nullptr) {
    co_await sleep_for(loop, link.latency);
    co_return connect_failure(Kind::refused, ECONNREFUSED);
  }
  Endpoint from{options.from.value_or(to.address), network.next_port()};
  auto connection =
      std::make_shared<Connection>(loop, link, from, to, network.seed * 1000003 + network.connections++);
  auto stream = stream_of(connection, Side::client, std::move(descriptor));
  listener->add(connection);
  co_await sleep_for(loop, link.latency);
  co_return stream;
}

Result<std::unique_ptr<StreamListener>, ListenError> Network::listen(Endpoint at, ListenOptions options) {
  if (impl_->is_full())
    return Failure<ListenError>(ListenError{ListenError::Kind::too_many_descriptors, EMFILE});
  if (at.port.number() == 0) {
    at.port = impl_->next_port();
    while (impl_->listeners.contains(at)) at.port = impl_->next_port();
  }
  if (impl_->listeners.contains(at))
    return Failure<ListenError>(ListenError{ListenError::Kind::address_in_use, EADDRINUSE});
  return std::make_unique<Impl::FakeListener>(*impl_, at, options);
}

}  // namespace astray::fake
