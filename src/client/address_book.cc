#include "client/address_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/deadline.h"

namespace astray::client {
namespace {

constexpr size_t most_known = 20'000;

using Found = Result<AddressBook::Addresses, FetchFailure>;

Failure<FetchFailure> not_resolved(std::string sentence, FailureKind kind = FailureKind::resolve_failed) {
  return Failure<FetchFailure>(
      FetchFailure{kind, Phase::resolve, std::move(sentence), Processing::impossible});
}

}  // namespace

AddressBook::AddressBook(Loop& loop, Resolver& resolver, const Settings& settings)
    : loop_(loop), resolver_(resolver), settings_(settings) {}

/// The question at hand, for as long as one asks it: whoever waits asks himself when the asker is cancelled.
class AddressBook::Asking {
 public:
  Asking(AddressBook& book, std::string name) : book_(book), name_(std::move(name)) {
    question_ = std::make_shared<Question>(book_.loop_);
    book_.asked_.emplace(name_, question_);
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking() {
    book_.asked_.erase(name_);
    question_->answered.wake_all();
  }

 private:
  AddressBook& book_;
  std::string name_;
  std::shared_ptr<Question> question_;
};

Found AddressBook::usable(std::vector<IpAddress> addresses, const Host& host) const {
  const auto unwanted = [&](const IpAddress& address) {
    return (settings_.families == AddressFamilies::v4_only && address.family() != IpFamily::v4) ||
           (settings_.families == AddressFamilies::v6_only && address.family() != IpFamily::v6);
  };
  std::erase_if(addresses, unwanted);
  if (addresses.empty()) {
    return not_resolved(fmt::format("{} has no {} address", host.text(),
                                    settings_.families == AddressFamilies::v4_only ? "IPv4" : "IPv6"));
  }
  return std::make_shared<const std::vector<IpAddress>>(std::move(addresses));
}

AddressBook::Addresses AddressBook::known(const Host& host, Port port) {
  for (const ResolveOverride& row : settings_.resolve) {
    const bool applies = (!row.host || *row.host == host) && (!row.port || *row.port == port);
    if (applies) return usable(row.addresses, host).value_or(nullptr);
  }
  if (const IpAddress* address = host.address())
    return std::make_shared<const std::vector<IpAddress>>(1, *address);
  const auto found = known_.find(std::string(host.name()->text()));
  if (found == known_.end() || found->second.until <= loop_.now()) return nullptr;
  return found->second.addresses;
}

Task<Found> AddressBook::resolve(Host host, Port port, Duration timeout) {
  const MonotonicTime deadline = loop_.now() + timeout;
  for (;;) {
    if (Addresses addresses = known(host, port)) co_return addresses;
    if (host.name() == nullptr) co_return usable({*host.address()}, host);
    const auto asked = asked_.find(std::string(host.name()->text()));
    if (asked == asked_.end()) break;
    // Kept by us: the asker may be gone when we are woken.
    const std::shared_ptr<Question> question = asked->second;
    co_await question->answered.wait();
    if (loop_.now() >= deadline) break;
  }
  co_return co_await ask(*host.name(), deadline - loop_.now());
}

Task<Found> AddressBook::ask(Hostname name, Duration timeout) {
  const Asking asking(*this, std::string(name.text()));
  auto asking_dns = resolver_.resolve(name);
  auto answered = co_await with_deadline(loop_, std::move(asking_dns), loop_.now() + timeout);
  if (!answered) {
    co_return not_resolved(fmt::format("DNS gave no answer for {} within {:g} s", name.text(),
                                       std::chrono::duration<double>(timeout).count()),
                           FailureKind::timed_out);
  }
  if (!*answered) {
    const ResolveError& error = answered->error();
    co_return not_resolved(
        fmt::format("{} has no address ({}: {})", name.text(), to_string(error.kind), error.message));
  }
  Found found = usable(std::move(**answered), name);
  if (!found) co_return found;
  if (known_.size() >= most_known) known_.clear();
  known_[std::string(name.text())] = {*found, loop_.now() + settings_.dns_lifetime};
  co_return found;
}

void AddressBook::forget(const Host& host) {
  if (host.name() != nullptr) known_.erase(std::string(host.name()->text()));
}

}  // namespace astray::client
