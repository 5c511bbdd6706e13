#include "proxy/back/address_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/deadline.h"

namespace astray::proxy {

class AddressList::Name final : Timer {
 public:
  Name(AddressList& list, const gateway::BackAddress& address)
      : list_(list), host_(address.host), port_(address.port) {
    list_.loop_.timers().set(*this, list_.loop_.now());
  }

  const std::vector<IpAddress>& addresses() const { return addresses_; }
  const Host& host() const { return host_; }
  Port port() const { return port_; }
  bool answered() const { return answered_; }
  const std::string& problem() const { return problem_; }
  void refresh_soon() {
    const MonotonicTime soon = std::max(list_.loop_.now(), asked_at_ + pace);
    if (is_set() && deadline() > soon) list_.loop_.timers().set(*this, soon);
  }
  void stop() {
    cancel();
    question_.cancel();
  }

 private:
  void on_deadline(MonotonicTime now) override {
    asked_at_ = now;
    question_ = list_.loop_.spawn(ask());
  }
  Task<void> ask();
  void settle(Result<std::vector<IpAddress>, ResolveError> found);

  AddressList& list_;
  Host host_;
  Port port_;
  std::vector<IpAddress> addresses_;
  bool answered_ = false;
  std::string problem_;
  MonotonicTime asked_at_;
  SpawnedTask question_;
};

Task<void> AddressList::Name::ask() {
  Task<Result<std::vector<IpAddress>, ResolveError>> resolving = list_.resolver_.resolve(*host_.name());
  auto found = co_await with_deadline(list_.loop_, std::move(resolving), list_.loop_.now() + patience);
  list_.loop_.timers().set(*this, list_.loop_.now() + refresh);
  if (found) {
    settle(std::move(*found));
  } else {
    settle(Failure<ResolveError>(ResolveError{ResolveError::Kind::timed_out, "no answer"}));
  }
}

void AddressList::Name::settle(Result<std::vector<IpAddress>, ResolveError> found) {
  const bool is_first = !answered_;
  answered_ = true;
  if (!found) {
    problem_ = fmt::format("{} cannot be resolved ({})", host_.text(), to_string(found.error().kind));
    // Whoever waits for the first answer has it.
    if (is_first) list_.changed();
    return;
  }
  problem_.clear();
  if (found->size() > most_addresses) found->resize(most_addresses, IpAddress::v4({}));
  if (*found == addresses_ && !is_first) return;
  addresses_ = std::move(*found);
  list_.changed();
}

AddressList::AddressList(Loop& loop, Resolver& resolver, const gateway::BackSettings& settings, User& user)
    : loop_(loop), resolver_(resolver), user_(user) {
  for (const gateway::Placed<gateway::BackAddress>& address : settings.addresses) {
    const Host& host = address.value.host;
    const IpAddress literal = host.address() != nullptr ? *host.address() : IpAddress::v4({});
    Entry entry{{{literal, address.value.port}, host}, nullptr};
    if (host.name() != nullptr) entry.name = std::make_unique<Name>(*this, address.value);
    entries_.push_back(std::move(entry));
  }
}

AddressList::~AddressList() = default;

std::vector<BackPlace> AddressList::places() const {
  std::vector<BackPlace> places;
  const auto add = [&](BackPlace place) {
    const bool is_there = std::any_of(places.begin(), places.end(), [&](const BackPlace& other) {
      return other.endpoint == place.endpoint;
    });
    if (!is_there) places.push_back(std::move(place));
  };
  for (const Entry& entry : entries_) {
    if (!entry.name) {
      add(entry.literal);
      continue;
    }
    for (const IpAddress& address : entry.name->addresses())
      add({{address, entry.name->port()}, entry.name->host()});
  }
  return places;
}

AddressList::Knowledge AddressList::knowledge() const {
  const bool pending = std::any_of(entries_.begin(), entries_.end(),
                                   [](const Entry& entry) { return entry.name && !entry.name->answered(); });
  return pending ? Knowledge::pending : Knowledge::settled;
}

std::string AddressList::problem() const {
  std::string problems;
  for (const Entry& entry : entries_) {
    if (!entry.name || entry.name->problem().empty()) continue;
    if (!problems.empty()) problems += "; ";
    problems += entry.name->problem();
  }
  return problems;
}

void AddressList::refresh_soon() {
  for (const Entry& entry : entries_) {
    if (entry.name) entry.name->refresh_soon();
  }
}

void AddressList::stop() {
  for (const Entry& entry : entries_) {
    if (entry.name) entry.name->stop();
  }
}

}  // namespace astray::proxy
