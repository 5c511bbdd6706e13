#include "servers/istio/destinations.h"

#include <fmt/format.h>

namespace astray::istio {
namespace {

using envoy::field;
using envoy::place;
using envoy::text;
using NameKind = NameExpression::Kind;

/// Since then the SNI is the request's Host where a DestinationRule with TLS names none (ENABLE_AUTO_SNI; change notes
/// of 1.20).
constexpr Version sends_sni_by_itself{1, 20, 0};

/// The rule for a host: its own, or the longest wildcard's; of equals the first.
const kubernetes::Object* rule_for(const std::string& host, const Reading& reading) {
  if (const auto own = reading.mesh.rules.find(host); own != reading.mesh.rules.end()) return own->second;
  const kubernetes::Object* best = nullptr;
  size_t best_length = 0;
  for (const kubernetes::Object* rule : reading.mesh.wide_rules) {
    const std::string pattern = text(spec_of(*rule), "host");
    if (!covers(pattern, host) || pattern.size() <= best_length) continue;
    best = rule;
    best_length = pattern.size();
  }
  return best;
}

/// The TLS settings that apply: of the subset, the port, or the rule.
const Node* tls_of(const kubernetes::Object& rule, std::string_view subset, std::optional<Port> port) {
  const Node* spec = spec_of(rule);
  std::vector<const Node*> policies = {field(spec, "traffic_policy")};
  for (const Node* each : envoy::items(spec, "subsets"))
    if (text(each, "name") == subset) policies.insert(policies.begin(), field(each, "traffic_policy"));
  for (const Node* policy : policies) {
    for (const Node* level : envoy::items(policy, "port_level_settings"))
      if (port && envoy::port_of(field(level, "port"), "number") == port)
        if (const Node* tls = field(level, "tls")) return tls;
    if (const Node* tls = field(policy, "tls")) return tls;
  }
  return nullptr;
}

void take_tls_to_back(const Node* tls, const Reading& reading, BackEdge& edge) {
  const std::string mode = text(tls, "mode");
  if (mode.empty() || mode == "DISABLE") return;
  edge.protocol = BackProtocol::https;
  edge.session_reuse.value = true;
  if (mode == "ISTIO_MUTUAL") {
    edge.sni = {{NameKind::unknowable, "the mesh's own name of the service"}, place(tls), Provenance::unknowable};
    edge.verify = {true, place(tls), Provenance::set};
    edge.verify_name = edge.sni;
    return;
  }
  const bool auto_sni = reading.deployment.version >= sends_sni_by_itself;
  NameExpression of_host = edge.host.value;
  if (of_host.kind == NameKind::request_host_raw) of_host.kind = NameKind::request_host;
  if (const Node* sni = field(tls, "sni"); sni != nullptr && !sni->text.empty())
    edge.sni = {{NameKind::fixed, sni->text}, sni->place, Provenance::set};
  else
    edge.sni = {auto_sni ? of_host : NameExpression{}, place(tls), Provenance::default_value};
  const bool verifies = field(tls, "ca_certificates") != nullptr ||
                        (auto_sni && !envoy::flag(tls, "insecure_skip_verify", false));
  edge.verify = {verifies, place(tls), Provenance::set};
  const std::vector<std::string> names = envoy::texts(tls, "subject_alt_names");
  if (!names.empty())
    edge.verify_name = {{NameKind::fixed, names.front()}, place(field(tls, "subject_alt_names")), Provenance::set};
  else if (verifies && auto_sni)
    edge.verify_name = {edge.sni.value, place(tls), Provenance::default_value};
}

/// A ServiceEntry says where its hosts are; a Service of the cluster is known by its name alone.
void take_addresses(const std::string& host, Port port, const Reading& reading, BackEdge& edge) {
  if (const auto entry = reading.mesh.service_entries.find(host); entry != reading.mesh.service_entries.end()) {
    for (const Node* endpoint : envoy::items(spec_of(*entry->second), "endpoints")) {
      BackAddress address{text(endpoint, "address"), {}, port, endpoint->place};
      if (const auto ip = IpAddress::parse(address.host)) address.ip = *ip;
      if (const Node* ports = field(endpoint, "ports"); ports != nullptr && !ports->members.empty())
        if (const auto stated = Port::parse(ports->members.front().value.text)) address.port = *stated;
      edge.addresses.push_back(std::move(address));
    }
  }
  if (edge.addresses.empty()) edge.addresses.push_back({host, {}, port, edge.span});
}

/// A destination without port means the only port of its service.
std::optional<Port> only_port(const std::string& host, const Reading& reading) {
  std::vector<Port> ports;
  if (const auto service = reading.mesh.services.find(host); service != reading.mesh.services.end())
    for (const Node* port : envoy::items(spec_of(*service->second), "ports"))
      if (const auto number = envoy::port_of(port, "port")) ports.push_back(*number);
  if (const auto entry = reading.mesh.service_entries.find(host); entry != reading.mesh.service_entries.end())
    for (const Node* port : envoy::items(spec_of(*entry->second), "ports"))
      if (const auto number = envoy::port_of(port, "number")) ports.push_back(*number);
  if (ports.size() != 1) return std::nullopt;
  return ports.front();
}

}  // namespace

void take_destination(const Node* destination, std::string_view name_space, const Reading& reading, BackEdge& edge) {
  const std::string host = full_host(text(destination, "host"), name_space);
  const std::string subset = text(destination, "subset");
  std::optional<Port> port = envoy::port_of(field(destination, "port"), "number");
  if (!port) port = only_port(host, reading);
  edge.target = port ? fmt::format("{}:{}", host, port->number()) : host;
  edge.pool = subset.empty() ? edge.target : fmt::format("{} ({})", edge.target, subset);
  edge.keepalive.value = 1;
  if (port)
    take_addresses(host, *port, reading, edge);
  else
    edge.addresses_known = false;
  if (const kubernetes::Object* rule = rule_for(host, reading))
    if (const Node* tls = tls_of(*rule, subset, port)) take_tls_to_back(tls, reading, edge);
}

}  // namespace astray::istio
