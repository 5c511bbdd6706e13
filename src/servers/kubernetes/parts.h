#pragma once
// What gateways and Ingress controllers run of a cluster's objects, as far as answers depend on it. A *port* of a
// gateway has *listeners*, which are told apart by host name; each has *hosts*: host names with the routes of theirs.
// The servers of an Ingress controller are listeners with one host name each.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "names/port.h"
#include "servers/kubernetes/hostnames.h"
#include "servers/model/deployment.h"

namespace astray::kubernetes {

/// What becomes of a request whose authority belongs to another listener than the one that its SNI led to.
enum class Crossing : uint8_t {
  misdirected,    ///< 421, and 404 where it belongs to none (Gateway API, Listener.hostname)
  by_connection,  ///< the connection's listener answers with its own routes, or 404: Envoy's filter chains
  nginx,          ///< the authority alone counts, but 421 where its server asks for client certificates
  unknowable,     ///< the implementation is not known, or not known to do any of these
};

/// What a GET of "/" without fields meets.
struct RootAnswer {
  enum class Kind : uint8_t { back, status, unknowable };
  Kind kind = Kind::status;
  int status = 404;  ///< of Kind::status
  SourceSpan span{};
};

struct HostPart {
  std::string hostname{};
  SourceSpan span{};
  RootAnswer root{};
  VirtualHostId id = VirtualHostId::none;
  /// Equal for hosts that have the same routes, be it on several listeners; 0: it has none.
  size_t routes = 0;
  std::shared_ptr<const std::vector<BackEdge>> back_edges{};  ///< of those routes; null: none
};

struct ListenerPart {
  std::string title{};  ///< "listener https of Gateway infra/edge"
  SourceSpan span{};
  std::string hostname{};
  std::optional<TlsSettings> tls{};
  bool http2 = true;
  std::vector<HostPart> hosts{};
  HostnameTable by_name{};
  VirtualHostId own = VirtualHostId::none;  ///< stands for what no route of it takes
  /// What an authority without routes gets: of the API 404.
  RootAnswer unclaimed{};
};

/// Two listeners of one port that the condition OverlappingTLSConfig is about.
struct Overlap {
  size_t first = 0, second = 0;  ///< by index of PortPart::listeners
  std::string name{};            ///< that the first's certificate covers and the second's host name takes, or that both take
  bool by_certificate = false;
};

struct PortPart {
  std::string title{};  ///< "Gateway infra/edge", "Ingress class nginx"
  bool is_ingress = false;
  std::string controller{};  ///< controllerName of the class; "": not known
  Port port{443};
  std::optional<IpAddress> address{};
  SourceSpan span{};
  Crossing crossing = Crossing::misdirected;
  std::vector<ListenerPart> listeners{};
  HostnameTable by_hostname{};
  std::vector<PassthroughRoute> passthrough{};
  std::vector<Overlap> overlaps{};  ///< the first few

  bool has_tls() const { return !listeners.empty() && listeners.front().tls.has_value(); }
};

struct Parts {
  std::vector<PortPart> ports{};
  std::vector<size_t> part_of{};  ///< by ListenerId: which of `ports` it was made from
  std::vector<bool> of_ingress{};  ///< by VirtualHostId
};

/// Who answers, for sentences: "ingress-nginx", "the gateway (Gateway API 1.6.0)".
std::string implementation_text(const Deployment& deployment);

/// Whether a virtual host is that of an Ingress.
bool is_of_ingress(const Deployment& deployment, VirtualHostId id);

/// Adds listeners and virtual hosts for all ports, and keeps the parts.
void make_deployment(Parts parts, Deployment& deployment);

}  // namespace astray::kubernetes
