#pragma once
// MatchHost (modules/caddyhttp/matchers.go), also for matchers with thousands of hosts, such as the redirects that
// automatic HTTPS makes.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/caddy/configuration.h"

namespace astray::caddy {

/// Whether something holds of a request; `unknown` where a placeholder decides.
enum class Answer : uint8_t { no, yes, unknown };

/// A label of `*` stands for one label, wherever it is; letters are compared in any case.
Answer matches_host(std::string_view pattern, std::string_view host);

/// The hosts of all long matchers of some routes, found at once. Borrows the routes.
class HostLists {
 public:
  explicit HostLists(const std::vector<Route>& routes) { add(routes); }

  /// Whether any host of the set matches; sets of other routes are gone through one by one.
  Answer any(const MatcherSet& set, std::string_view host) const;
  /// The first host of the set, in its order, that certainly matches.
  const Word* first(const MatcherSet& set, std::string_view host) const;

 private:
  struct List {
    std::unordered_map<std::string, size_t> plain;  ///< lower case, without a wildcard: where it stands first
    std::vector<size_t> others;                     ///< with a wildcard or a placeholder
  };
  void add(const std::vector<Route>& routes);
  void add(const MatcherSet& set);
  const List* find(const MatcherSet& set) const;

  std::unordered_map<const MatcherSet*, List> lists_;
};

}  // namespace astray::caddy
