#pragma once
// The routes of one virtual host: which of them takes a request. A route is the first whose conditions hold.
#include <optional>
#include <span>
#include <vector>

#include "gateway/configuration/back_settings.h"
#include "gateway/configuration/configuration_problem.h"
#include "gateway/routing/field_edits.h"
#include "gateway/routing/route_index.h"
#include "gateway/routing/weighted_backs.h"

namespace astray::gateway {

/// RouteSettings, made ready.
struct Route {
  SourceSpan place;
  RouteConditions conditions;
  WeightedBacks backs;  ///< none with a redirect
  std::optional<RedirectSettings> redirect{};
  PathRewriteSettings rewrite{};
  FieldEdits request_edits{};
  FieldEdits response_edits{};
  std::optional<std::string> host{};  ///< toward the back; absent: what the client asked for
  std::optional<ServerName> sni{};    ///< toward a back with TLS; absent: the name that the client asked for
};

/// What a table says about a request, and what is to be answered where there is no route.
struct RouteMatch {
  enum class Outcome : uint8_t {
    found,
    none,       ///< no route's conditions hold: 404
    ambiguous,  ///< another spelling of the path (path.h) leads elsewhere: 400
    undecided,  ///< a regular expression gave up (regex.h), and no later route may stand in for it: 400
  };
  Outcome outcome = Outcome::none;
  const Route* route = nullptr;  ///< with `found` alone; lives as long as the table
};
/// Stable, for logs: "ambiguous".
std::string_view to_string(RouteMatch::Outcome outcome);

/// Immutable, so that threads can share it.
class RouteTable {
 public:
  /// Errors where a regular expression does not compile, a back is none of `backs`, or a route would edit a
  /// field that is not open to routes; check_configuration finds them, too.
  static Result<RouteTable, std::vector<ConfigurationProblem>> compile(std::span<const RouteSettings> routes,
                                                                       const Named<BackSettings>& backs);

  /// The path of the head's target has no path_problem(). "*" and "" of a CONNECT take a route without a
  /// path to match. Takes no memory, but for paths that are not in their canonical spelling, or routes' that
  /// are not.
  RouteMatch match(const RequestHead& head) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  RouteMatch first_raw(const RequestHead& head, std::string_view path) const;
  RouteMatch first_canonical(const RequestHead& head, std::string_view path) const;

  std::vector<Route> routes_;
  std::optional<RouteIndex> index_;  ///< of raw paths; absent: going through all is faster
  /// A route's own path is not in its canonical spelling, which a request may have.
  bool has_odd_paths_ = false;
};

}  // namespace astray::gateway
