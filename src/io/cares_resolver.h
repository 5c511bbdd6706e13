#pragma once
#include <memory>

#include "io/epoll_loop.h"
#include "io/resolver.h"
#include "names/endpoint.h"

namespace astray {

/// Whether a short name is also looked for below other domains, as ping and curl do. A prober asks for
/// exactly the name that it was given.
enum class SearchDomains : uint8_t { none, searched };

struct CaresOptions {
  std::vector<Endpoint> servers;          ///< none: as /etc/resolv.conf says
  std::string hosts_file = "/etc/hosts";  ///< read once; "" for none
  Duration timeout = std::chrono::seconds(
      2);  ///< of the first try per server, in whole milliseconds; later ones take longer
  int tries = 3;
  SearchDomains search = SearchDomains::none;
  std::vector<std::string> domains;  ///< none: those of /etc/resolv.conf
  size_t most_queries = 100;         ///< at once; further names wait for their turn
};

/// DNS through c-ares on the loop's sockets and timers, the hosts file before it. The loop outlives it.
class CaresResolver final : public Resolver {
 public:
  explicit CaresResolver(EpollLoop& loop, CaresOptions options = {});
  ~CaresResolver() override;

  Task<Result<std::vector<IpAddress>, ResolveError>> resolve(Hostname name) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace astray
