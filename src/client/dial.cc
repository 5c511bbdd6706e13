#include "client/dial.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/deadline.h"
#include "io/race.h"

namespace astray::client {
namespace {

using Connected = Result<std::unique_ptr<Stream>, ConnectError>;

Task<size_t> first_to_end(std::vector<TaskBase*> tasks) {
  AnyEnd any(std::move(tasks));
  const size_t index = co_await any;
  co_return index;
}

/// Attempts under way and those to come.
class Dialling {
 public:
  Dialling(Loop& loop, Network& network, std::vector<Endpoint> endpoints, MonotonicTime deadline)
      : loop_(loop), network_(network), endpoints_(std::move(endpoints)), deadline_(deadline) {}

  Task<Result<std::unique_ptr<Stream>, FetchFailure>> run();

 private:
  void start_next() {
    attempts_.push_back(network_.connect(endpoints_[attempts_.size()]));
    next_at_ = loop_.now() + connection_attempt_delay;
  }
  bool more() const { return attempts_.size() < endpoints_.size(); }
  bool under_way() const {
    return std::any_of(attempts_.begin(), attempts_.end(),
                       [](const auto& attempt) { return !attempt.empty(); });
  }
  void note(size_t index, std::string_view why) {
    if (!told_.empty()) told_ += "; ";
    told_ += fmt::format("{}: {}", endpoints_[index].text(), why);
  }
  FetchFailure failure(FailureKind kind);

  Loop& loop_;
  Network& network_;
  std::vector<Endpoint> endpoints_;
  MonotonicTime deadline_;
  MonotonicTime next_at_{};
  std::vector<Task<Connected>> attempts_;  ///< of the endpoints in order; ended ones are empty
  std::string told_;
};

FetchFailure Dialling::failure(FailureKind kind) {
  if (kind == FailureKind::timed_out) {
    for (size_t i = 0; i < attempts_.size(); ++i) {
      if (!attempts_[i].empty()) note(i, "no answer");
    }
  }
  return {kind, Phase::connect, "could not connect to " + told_, Processing::impossible};
}

Task<Result<std::unique_ptr<Stream>, FetchFailure>> Dialling::run() {
  while (more() || under_way()) {
    if (loop_.now() >= deadline_) co_return Failure<FetchFailure>(failure(FailureKind::timed_out));
    if (!under_way() || (more() && loop_.now() >= next_at_)) start_next();
    const MonotonicTime until = more() ? std::min(next_at_, deadline_) : deadline_;
    Task<size_t> waiting = first_to_end(pointers_to(attempts_));
    const Result<size_t, TimedOut> ended = co_await with_deadline(loop_, std::move(waiting), until);
    if (!ended) continue;
    Connected connected = attempts_[*ended].take();
    attempts_[*ended].cancel();
    if (connected) co_return std::move(*connected);
    note(*ended, describe(connected.error()));
    if (connected.error().kind == ConnectError::Kind::too_many_descriptors)
      co_return Failure<FetchFailure>(failure(FailureKind::local_limit));
  }
  co_return Failure<FetchFailure>(failure(FailureKind::connect_failed));
}

}  // namespace

std::vector<IpAddress> dial_order(std::span<const IpAddress> addresses, uint32_t seed) {
  std::vector<IpAddress> by_family[2];
  for (const IpAddress& address : addresses)
    by_family[address.family() == IpFamily::v6 ? 0 : 1].push_back(address);
  for (std::vector<IpAddress>& family : by_family) {
    if (!family.empty())
      std::rotate(family.begin(), family.begin() + static_cast<ptrdiff_t>(seed % family.size()),
                  family.end());
  }
  std::vector<IpAddress> order;
  for (size_t i = 0; i < std::max(by_family[0].size(), by_family[1].size()); ++i) {
    for (const std::vector<IpAddress>& family : by_family) {
      if (i < family.size()) order.push_back(family[i]);
    }
  }
  return order;
}

Task<Result<std::unique_ptr<Stream>, FetchFailure>> dial(Loop& loop, Network& network,
                                                         std::vector<Endpoint> endpoints, Duration timeout) {
  Dialling dialling(loop, network, std::move(endpoints), loop.now() + timeout);
  co_return co_await dialling.run();
}

}  // namespace astray::client
