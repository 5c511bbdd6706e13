#pragma once
// The rules of HTTPRoutes and GRPCRoutes as routes of the gateway, in the API's order of precedence.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/configuration/configuration.h"
#include "servers/kubernetes/cluster.h"

namespace astray::kubernetes {

/// What a rule leads to: the back of a reference, made when it is first met; absent: it has been told why there is none.
struct FoundBack {
  gateway::Label label{};
  std::optional<std::string> sni{};  ///< of its BackendTLSPolicy
};
using FindBack = std::function<std::optional<FoundBack>(const Node* reference, const Object& route)>;
using TellProblem = std::function<void(SourceSpan place, std::string message)>;

/// Members of a map that are none of these are told: what is not read would be left out silently.
void refuse_others(const Node* map, std::initializer_list<std::string_view> known, std::string_view what,
                   const TellProblem& tell);

std::vector<gateway::RouteSettings> gateway_routes(const std::vector<const Object*>& routes, const FindBack& find_back,
                                                   const TellProblem& tell);

}  // namespace astray::kubernetes
