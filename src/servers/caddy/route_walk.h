#pragma once
// What the routes of a server answer to a GET of "/" (modules/caddyhttp/routes.go).
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/caddy/configuration.h"
#include "servers/caddy/host_lists.h"

namespace astray::caddy {

struct RouteOutcome {
  enum class Kind : uint8_t {
    nobody,   ///< no handler answers: 200 with nothing in it
    status,   ///< `status`, or unstated_status
    error,    ///< `status`, by way of the error routes
    aborted,  ///< the connection is closed
    served,   ///< a back or a file
    unknowable,
  };
  Kind kind = Kind::nobody;
  int status = 0;
  std::optional<size_t> route{};  ///< of the server, whose host or handler took the request last
  SourceSpan span{};
  bool operator==(const RouteOutcome&) const = default;
};

/// The routes of a server, ready to be asked. Borrows them.
class RouteIndex {
 public:
  explicit RouteIndex(const std::vector<Route>& routes);

  /// `host` as Caddy's matcher has it: without port and brackets, in any case of letters.
  RouteOutcome answer(std::string_view host, bool is_tls) const;
  /// The first route that names the host, by its name alone; else the first that takes every host.
  struct Found {
    std::optional<size_t> route;
    enum class How : uint8_t { exact, wildcard, every_host } how = How::every_host;
  };
  Found find(std::string_view host) const;

 private:
  std::vector<size_t> candidates(std::string_view lower_host) const;

  const std::vector<Route>& routes_;
  HostLists lists_;
  std::unordered_map<std::string, std::vector<size_t>> exact_;
  std::unordered_map<std::string, std::vector<size_t>> below_;  ///< "*.example.com" by "example.com"
  std::vector<size_t> others_;  ///< every host, wildcards of another shape, placeholders
};

/// "b.test:443" → "b.test", "[::1]" → "::1": the name that Caddy's host matcher compares.
std::string host_for_matching(std::string_view authority);
/// The same for strict_sni_host, which leaves brackets in place.
std::string_view host_without_port(std::string_view authority);

}  // namespace astray::caddy
