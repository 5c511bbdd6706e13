#pragma once
#include "servers/traefik/definitions.h"
#include "servers/traefik/parts.h"

namespace astray::traefik {

/// Where services lead, and with which names.
class Services {
 public:
  Services(const Definitions& definitions, const Node* default_transport, Reading& reading)
      : definitions_(definitions), default_transport_(default_transport), reading_(reading) {}

  struct Found {
    bool exists = true;          ///< false: a router with it takes no request
    std::optional<int> status{};  ///< that it answers by itself: noop@internal
    std::vector<BackEdge> edges{};
  };
  /// `host` is the Host that middlewares put in the place of the client's. `span` is where the router names it.
  Found find(const std::string& name, SourceSpan span, const std::optional<Setting<NameExpression>>& host);
  /// Of a TCP router.
  BackEdge find_tcp(const std::string& name, SourceSpan span);

 private:
  static constexpr size_t max_depth = 8;
  void take(const Definition& service, size_t depth, std::vector<BackEdge>& edges);
  void take_load_balancer(const Definition& service, const Node* balancer, std::vector<BackEdge>& edges);
  void take_transport(const Definition& service, const Node* balancer, BackEdge& edge);

  const Definitions& definitions_;
  const Node* default_transport_;
  Reading& reading_;
  SourceSpan named_at_{};
};

}  // namespace astray::traefik
