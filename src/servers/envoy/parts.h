#pragma once
// What Envoy would run of a configuration, as far as answers depend on it. A *filter chain* is chosen once for a
// connection; its *connection manager* finds, for every request, one of a *route table*'s virtual hosts by the
// authority, and then the first of that virtual host's routes that fits.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "names/ip_address.h"
#include "names/port.h"
#include "servers/model/deployment.h"

namespace astray::envoy {

/// An address prefix of a filter chain match: "192.0.2.0/24".
struct AddressRange {
  IpAddress address = IpAddress::v4({0, 0, 0, 0});
  unsigned bits = 0;
  bool contains(const IpAddress& ip) const;
};

/// FilterChainMatch (config.listener.v3). What is empty asks for nothing.
struct ChainMatch {
  std::vector<std::string> server_names{};  ///< lower case; "*.example.com" takes any number of labels
  std::string transport_protocol{};         ///< "tls", "raw_buffer"
  std::vector<std::string> application_protocols{};
  std::optional<Port> destination_port{};
  std::vector<AddressRange> prefix_ranges{};
  bool by_source = false;  ///< source_type, source_ports or a source prefix: no facts say who connects
};

/// One condition on a field of the request.
struct FieldMatch {
  enum class Kind : uint8_t { present, exact, prefix, suffix, contains, regex, unknowable };
  std::string name{};  ///< lower case
  Kind kind = Kind::present;
  std::string value{};
  bool ignore_case = false;
  bool inverted = false;
};

struct RouteMatch {
  enum class Path : uint8_t { prefix, exact, separated_prefix, regex, unknowable };
  Path path = Path::prefix;
  std::string value{};
  bool ignore_case = false;
  std::vector<FieldMatch> fields{};
  std::optional<bool> client_certificate{};  ///< tls_context.presented
  bool never_plain = false;                  ///< asks for gRPC, or for a query parameter
  std::string unknowable{};                  ///< what cannot be told: "runtime_fraction"
};

/// Where a route leads.
struct RouteTarget {
  enum class Kind : uint8_t { cluster, redirect, direct_response, unknowable };
  Kind kind = Kind::unknowable;
  int status = 0;  ///< of a redirect or a direct response
};

struct Route {
  SourceSpan span{};
  RouteMatch match{};
  RouteTarget target{};
  std::string content{};  ///< of a redirect or direct response, and how a path is rewritten: for comparing routes
  std::vector<BackEdge> back_edges{};
};

struct Domain {
  std::string text{};  ///< lower case, as configured: "a.test", "*.a.test", "*-x.a.test", "a.*", "*", "a.test:8443"
  SourceSpan span{};
};

struct RouteVirtualHost {
  std::string name{};
  SourceSpan span{};
  std::vector<Domain> domains{};
  std::vector<Route> routes{};
  bool requires_tls = false;
};

struct RouteTable {
  std::string name{};
  SourceSpan span{};
  bool known = true;  ///< false: it comes from a management server
  bool ignores_port = false;
  std::vector<RouteVirtualHost> virtual_hosts{};
};

/// A filter in front of the router that can answer by itself what the authority says.
struct DecidingFilter {
  std::string name{};
  SourceSpan span{};
};

struct ConnectionManager {
  SourceSpan span{};
  RouteTable routes{};
  enum class StripPort : uint8_t { none, matching, any } strip_port = StripPort::none;
  bool strips_trailing_dot = false;
  enum class Codec : uint8_t { automatic, h1, h2, h3 } codec = Codec::automatic;
  std::vector<DecidingFilter> deciding{};
  /// A filter that answers 421 where the authority without its port is not the SNI, letter case aside.
  std::optional<SourceSpan> refuses_other_than_sni{};
  std::vector<AccessLog> access_logs{};
};

struct Chain {
  std::string name{};
  SourceSpan span{};
  ChainMatch match{};
  std::optional<TlsSettings> tls{};  ///< absent: it does not terminate TLS
  std::vector<std::string> alpn{};
  bool full_scan = false;          ///< full_scan_certs_on_sni_mismatch
  bool checks_client_name = false;  ///< client certificates are also matched by subject alternative name
  std::optional<ConnectionManager> http{};
  std::optional<BackEdge> tcp{};  ///< tcp_proxy
  std::string unknowable{};       ///< a network filter or transport socket that astray does not read
  /// By index of `http->routes.virtual_hosts`: what it is in Deployment::virtual_hosts.
  std::vector<VirtualHostId> ids{};
  VirtualHostId own = VirtualHostId::none;  ///< stands for the chain where no virtual host of it does
};

struct ListenerPart {
  std::string name{};
  SourceSpan span{};
  std::vector<ListenAddress> addresses{};
  bool inspects_tls = false;  ///< the SNI and ALPN are known when a chain is chosen
  std::optional<SourceSpan> proxy_protocol{};
  std::vector<Chain> chains{};
  std::optional<Chain> default_chain{};
  std::string unknowable{};  ///< filter_chain_matcher
};

struct Parts {
  std::vector<ListenerPart> listeners{};
  std::vector<size_t> part_of{};  ///< by ListenerId: which of `listeners` it was made from
};

}  // namespace astray::envoy
