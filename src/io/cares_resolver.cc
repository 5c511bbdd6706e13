#include "io/cares_resolver.h"

#include <algorithm>

#include "io/cares_channel.h"
#include "io/hosts_file.h"

namespace astray {
namespace {

using Addresses = Result<std::vector<IpAddress>, ResolveError>;

void sort_and_deduplicate(std::vector<IpAddress>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

}  // namespace

class CaresResolver::Impl {
 public:
  Impl(EpollLoop& loop, const CaresOptions& options)
      : hosts_(options.hosts_file.empty() ? HostsFile() : HostsFile::read(options.hosts_file)),
        places_(loop, options.most_queries),
        channel_(loop, options, CaresChannel::BadAnswers::skipped),
        cause_channel_(loop, options, CaresChannel::BadAnswers::told) {}

  Task<Addresses> resolve(Hostname name) {
    std::vector<IpAddress> known = hosts_.addresses(name);
    if (known.empty()) {
      Addresses answered = co_await ask(name);
      if (!answered) co_return answered;
      known = std::move(*answered);
    }
    sort_and_deduplicate(known);
    co_return known;
  }

 private:
  Task<Addresses> ask(Hostname name) {
    for (const CaresChannel* channel : {&channel_, &cause_channel_})
      if (channel->setup_status() != ARES_SUCCESS)
        co_return Failure<ResolveError>(
            ResolveError{ResolveError::Kind::bad_setup, ares_strerror(channel->setup_status())});
    Permit place = co_await places_.acquire();
    Addresses answered = co_await channel_.query(name, std::move(place));
    if (answered || answered.error().kind != ResolveError::Kind::unreachable) co_return answered;
    // c-ares says "could not contact" also where every server answered, with SERVFAIL or REFUSED: ask once
    // more for the cause.
    Permit again = co_await places_.acquire();
    Addresses cause = co_await cause_channel_.query(name, std::move(again));
    co_return cause;
  }

  HostsFile hosts_;
  Semaphore places_;
  CaresChannel channel_;
  CaresChannel cause_channel_;
};

CaresResolver::CaresResolver(EpollLoop& loop, CaresOptions options)
    : impl_(std::make_unique<Impl>(loop, options)) {}
CaresResolver::~CaresResolver() = default;

Task<Addresses> CaresResolver::resolve(Hostname name) {
  return impl_->resolve(std::move(name));
}

}  // namespace astray
