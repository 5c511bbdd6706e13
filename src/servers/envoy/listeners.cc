#include "servers/envoy/listeners.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/envoy/clusters.h"
#include "servers/envoy/connection_manager.h"
#include "servers/envoy/tls_context.h"

namespace astray::envoy {
namespace {

std::optional<AddressRange> range_of(const Node* node) {
  const auto ip = IpAddress::parse(text(node, "address_prefix"));
  const uint64_t bits = number(node, "prefix_len").value_or(0);
  if (!ip || bits > ip->bytes().size() * 8) return std::nullopt;
  return AddressRange{*ip, static_cast<unsigned>(bits)};
}

ChainMatch match_of(const Node* node, Reading& reading) {
  ChainMatch match;
  for (const Node* name : items(node, "server_names")) {
    const std::string text = ascii_lower(name->text);
    if (text.find('*') != std::string::npos && (!text.starts_with("*.") || text.find('*', 1) != std::string::npos)) {
      reading.error(name->place, fmt::format("{} is a partial wildcard, and Envoy refuses it in server_names; "
                                             "expected a name, or \"*.\" before one",
                                             text));
      continue;
    }
    if (!text.empty()) match.server_names.push_back(text);
  }
  match.transport_protocol = text(node, "transport_protocol");
  match.application_protocols = texts(node, "application_protocols");
  match.destination_port = port_of(node, "destination_port");
  for (const Node* range : items(node, "prefix_ranges")) {
    if (const auto read = range_of(range))
      match.prefix_ranges.push_back(*read);
    else
      reading.error(range->place, "this is no address prefix; expected address_prefix: 192.0.2.0 and prefix_len: 24");
  }
  const std::string source_type = text(node, "source_type");
  match.by_source = (!source_type.empty() && source_type != "ANY") || !items(node, "source_ports").empty() ||
                    !items(node, "source_prefix_ranges").empty() ||
                    !items(node, "direct_source_prefix_ranges").empty();
  return match;
}

BackEdge tcp_edge(const Node* config, Reading& reading) {
  BackEdge edge;
  edge.span = config->place;
  edge.protocol = BackProtocol::tcp;
  std::string cluster = text(config, "cluster");
  for (const Node* weighted : items(field(config, "weighted_clusters"), "clusters"))
    if (cluster.empty()) cluster = text(weighted, "name");
  take_cluster(cluster, reading, edge);
  return edge;
}

void take_filters(const Node* node, Reading& reading, Chain& chain) {
  for (const Node* filter : items(node, "filters")) {
    const Node* config = field(filter, "typed_config");
    if (is_message(config, "HttpConnectionManager")) {
      chain.http = read_connection_manager(config, reading);
    } else if (is_message(config, "TcpProxy")) {
      chain.tcp = tcp_edge(config, reading);
    } else if (is_message(config, "RBAC")) {
      chain.unknowable = text(filter, "name");
    }
  }
  if (!chain.http && !chain.tcp && chain.unknowable.empty())
    chain.unknowable = items(node, "filters").empty() ? "no network filter"
                                                      : text(items(node, "filters").back(), "name");
}

Chain chain_of(const Node* node, Reading& reading) {
  Chain chain;
  chain.name = text(node, "name");
  chain.span = node->place;
  chain.match = match_of(field(node, "filter_chain_match"), reading);
  const TransportSocket socket = transport_socket_of(node);
  if (socket.kind == TransportSocket::Kind::tls) take_front_tls(socket.context, reading, chain);
  take_filters(node, reading, chain);
  if (socket.kind == TransportSocket::Kind::unknowable) chain.unknowable = socket.type;
  return chain;
}

/// Envoy adds its TLS inspector where a chain asks for what only that sees (listener_impl.cc).
bool needs_inspector(const std::vector<Chain>& chains) {
  return std::ranges::any_of(chains, [](const Chain& chain) {
    const ChainMatch& match = chain.match;
    return match.transport_protocol == "tls" ||
           (match.transport_protocol.empty() &&
            (!match.server_names.empty() || !match.application_protocols.empty()));
  });
}

void take_listener_filters(const Node* listener, ListenerPart& part) {
  for (const Node* filter : items(listener, "listener_filters")) {
    const Node* config = field(filter, "typed_config");
    const std::string name = text(filter, "name");
    if (is_message(config, "TlsInspector") || name == "envoy.filters.listener.tls_inspector")
      part.inspects_tls = true;
    if (is_message(config, "ProxyProtocol") || name == "envoy.filters.listener.proxy_protocol")
      part.proxy_protocol = filter->place;
  }
}

/// Absent for what is no TCP address, which is told.
std::optional<ListenAddress> address_of(const Node* address, Reading& reading) {
  ListenAddress read;
  if (const Node* pipe = field(address, "pipe")) {
    read.unix_path = text(pipe, "path");
    return read;
  }
  const Node* socket = field(address, "socket_address");
  if (socket == nullptr) return std::nullopt;
  if (text(socket, "protocol") == "UDP") {
    reading.warning(socket->place, "this listener is for QUIC (UDP), and HTTP/3 of Envoy is not read");
    return std::nullopt;
  }
  const auto port = port_of(socket, "port_value");
  const auto ip = IpAddress::parse(text(socket, "address"));
  if (!port || !ip) {
    reading.error(socket->place, fmt::format("\"{}\" with port \"{}\" is no address; expected an IP address and a "
                                             "port_value between 1 and 65535",
                                             text(socket, "address"), text(socket, "port_value")));
    return std::nullopt;
  }
  read.port = *port;
  const bool is_every_v4 = *ip == IpAddress::v4({0, 0, 0, 0});
  const bool takes_both = ip->is_unspecified() && ip->family() == IpFamily::v6 && flag(socket, "ipv4_compat", false);
  if (!is_every_v4 && !takes_both) read.ip = *ip;
  return read;
}

}  // namespace

std::optional<ListenerPart> read_listener(const Node* listener, Reading& reading) {
  ListenerPart part;
  part.name = text(listener, "name");
  part.span = place(listener);
  if (const auto first = address_of(field(listener, "address"), reading)) part.addresses.push_back(*first);
  for (const Node* more : items(listener, "additional_addresses"))
    if (const auto address = address_of(field(more, "address"), reading)) part.addresses.push_back(*address);
  if (part.addresses.empty()) return std::nullopt;
  take_listener_filters(listener, part);
  for (const Node* chain : items(listener, "filter_chains")) part.chains.push_back(chain_of(chain, reading));
  if (const Node* chain = field(listener, "default_filter_chain")) part.default_chain = chain_of(chain, reading);
  if (const Node* matcher = field(listener, "filter_chain_matcher")) {
    part.unknowable = "filter_chain_matcher";
    reading.warning(matcher->place, "filter_chain_matcher decides which filter chain takes a connection, and it is "
                                    "not read; predictions for this listener cannot be told");
  }
  part.inspects_tls |= needs_inspector(part.chains);
  if (part.chains.empty() && !part.default_chain)
    reading.error(part.span, fmt::format("listener {} has no filter_chains", part.name));
  return part;
}

}  // namespace astray::envoy
