#include "servers/trafficserver/back_edges.h"

#include <algorithm>

#include "servers/trafficserver/versions.h"

namespace astray::trafficserver {
namespace {

using enum NameExpression::Kind;

constexpr std::string_view pristine = "proxy.config.url_remap.pristine_host_hdr";
constexpr std::string_view sni_policy = "proxy.config.ssl.client.sni_policy";
constexpr std::string_view verify_policy = "proxy.config.ssl.client.verify.server.policy";
constexpr std::string_view session_match = "proxy.config.http.server_session_sharing.match";

int policy_of(std::string_view word, int fallback) {
  if (word == "DISABLED") return 0;
  if (word == "PERMISSIVE") return 1;
  return word == "ENFORCED" ? 2 : fallback;
}

int properties_of(std::string_view word) {
  if (word == "NONE") return 0;
  if (word == "SIGNATURE") return 1;
  return word == "NAME" ? 2 : 3;
}

template <typename T>
Setting<T> changed(const Setting<std::string>& from, T value) {
  return {std::move(value), from.span, from.provenance};
}

/// What conf_remap.so makes of the settings for one rule.
BackSettings overridden(BackSettings settings, const RemapRule& rule) {
  for (const auto& [name, value] : rule.records) {
    if (name.empty()) {
      // A file of overrides, which is not read.
      const SourceSpan named_at = value.span;  // clang 14 captures no structured binding
      const auto forget = [&](auto& setting) { setting = {setting.value, named_at, Provenance::unknowable}; };
      forget(settings.pristine_host);
      forget(settings.sni_policy);
      forget(settings.verify_policy);
      forget(settings.session_match);
    }
    if (name == pristine) settings.pristine_host = {value.value != "0", value.span, Provenance::set};
    if (name == sni_policy) settings.sni_policy = {value.value, value.span, Provenance::set};
    if (name == verify_policy)
      settings.verify_policy = {policy_of(value.value, settings.verify_policy.value), value.span, Provenance::set};
    if (name == session_match) settings.session_match = {value.value, value.span, Provenance::set};
  }
  return settings;
}

/// HttpSM::get_outbound_sni.
Setting<NameExpression> outbound_sni(const BackSettings& settings, const Setting<NameExpression>& host) {
  const Setting<std::string>& policy = settings.sni_policy;
  Setting<NameExpression> made{{back_host, ""}, policy.span, policy.provenance};
  if (!policy.known()) {
    made.value.kind = unknowable;
  } else if (policy.value.empty() || policy.value == "host" || policy.value == "verify_with_name_source") {
    // The last one verifies another name and sends the Host, too.
    made = host;
    if (made.value.kind == request_host_raw) made.value.kind = request_host;
  } else if (policy.value == "server_name") {
    made.value.kind = front_sni;
  } else if (policy.value.starts_with('@')) {
    made.value = {fixed, policy.value.substr(1)};
  }
  return made;
}

/// Whether connections are found without regard to the SNI (ServerSessionPool::acquireSession).
bool ignores_sni(std::string_view match) {
  while (!match.empty()) {
    const size_t comma = match.find(',');
    const std::string_view word = match.substr(0, comma);
    if (word == "both" || word == "host" || word == "sni" || word == "hostsni" || word == "hostsnisync" || word == "none") return false;
    match = comma == std::string_view::npos ? std::string_view() : match.substr(comma + 1);
  }
  return true;
}

/// The name that sni.yaml's entry for the back is looked up by; "" where it is not known.
std::string known_name(const NameExpression& name, const RemapRule& rule) {
  if (name.kind == fixed) return name.text;
  if (name.kind == back_host) return rule.to.host;
  if ((name.kind == request_host || name.kind == front_sni) && !rule.has_regex) return rule.from.host;
  return "";
}

BackAddress address_of(const RemapRule& rule) {
  BackAddress address;
  address.span = rule.span;
  address.host = rule.to.host;
  address.port = rule.to.port.value_or(Port::of(rule.to.scheme.value_or(Scheme::http)));
  if (address.host.starts_with('[') && address.host.ends_with(']')) address.host = address.host.substr(1, address.host.size() - 2);
  if (const auto ip = IpAddress::parse(address.host)) address.ip = *ip;
  else if (address.host == "localhost") address.ip = IpAddress::v4({127, 0, 0, 1});
  return address;
}

}  // namespace

BackSettings read_back_settings(const Records& records, const Version& version) {
  BackSettings made;
  const Setting<int> pristine_host = records.number({pristine}, 0);
  made.pristine_host = {pristine_host.value != 0, pristine_host.span, pristine_host.provenance};
  made.sni_policy = records.text({sni_policy}, "host");
  const Setting<std::string> verify = records.text({verify_policy}, "");
  made.verify_policy = changed(verify, policy_of(verify.value, version >= has_records_yaml ? 2 : 1));
  const Setting<std::string> properties = records.text({"proxy.config.ssl.client.verify.server.properties"}, "ALL");
  made.verify_properties = changed(properties, properties_of(properties.value));
  const Setting<int> reuse = records.number({"proxy.config.ssl.origin_session_cache", "proxy.config.ssl.origin_session_cache.enabled"}, 1);
  made.session_reuse = {reuse.value != 0, reuse.span, reuse.provenance};
  made.session_match = records.text({session_match}, "both");
  made.keepalive = records.number({"proxy.config.http.keep_alive_enabled_out"}, 1);
  if (made.session_match.value == "none") made.keepalive = changed(made.session_match, 0);
  return made;
}

BackEdge back_edge_of(const RemapRule& rule, const BackSettings& all, const SniIndex& sni) {
  const BackSettings settings = overridden(all, rule);
  BackEdge edge;
  edge.span = rule.span;
  edge.location = "/" + rule.from.path;
  edge.protocol = rule.to.scheme == Scheme::https ? BackProtocol::https : BackProtocol::http;
  edge.target = rule.to.text;
  const bool has_groups = rule.has_regex && rule.to.host.find('$') != std::string::npos;
  edge.addresses_known = !has_groups && !rule.strategy && !settings.parent_rules && rule.to.scheme.has_value();
  if (edge.addresses_known) edge.addresses.push_back(address_of(rule));
  const Setting<bool>& keeps = settings.pristine_host;
  const NameExpression of_target = has_groups ? NameExpression{unknowable, rule.to.host} : NameExpression{back_host, ""};
  edge.host = {keeps.value ? NameExpression{request_host_raw, ""} : of_target, keeps.span, keeps.provenance};
  if (!keeps.known()) edge.host.value = {unknowable, rule.to.host};
  edge.keepalive = settings.keepalive;
  if (edge.protocol != BackProtocol::https) return edge;

  BackSettings of_client = settings;
  const SniEntry* front = rule.has_regex || rule.from.scheme != Scheme::https || rule.from.host.empty()
                              ? nullptr
                              : sni.find(rule.from.host, rule.from_port());
  if (front != nullptr && front->client_sni_policy)
    of_client.sni_policy = {front->client_sni_policy->value, front->client_sni_policy->span, Provenance::set};
  edge.sni = outbound_sni(of_client, edge.host);
  if (edge.sni.value.kind == back_host && has_groups) edge.sni.value = of_target;
  const SniEntry* back = nullptr;
  if (const std::string name = known_name(edge.sni.value, rule); !name.empty()) back = sni.find_for_back(name);
  Setting<int> verify = settings.verify_policy, properties = settings.verify_properties;
  if (back != nullptr && back->verify_server_policy)
    verify = {back->verify_server_policy->value, back->verify_server_policy->span, Provenance::set};
  if (back != nullptr && back->verify_server_properties)
    properties = {back->verify_server_properties->value, back->verify_server_properties->span, Provenance::set};
  constexpr int enforced = 2, name_counts = 2;
  edge.verify = {verify.value == enforced, verify.span, verify.provenance};
  const bool names_source = of_client.sni_policy.value == "verify_with_name_source";
  if ((properties.value & name_counts) != 0)
    edge.verify_name = {names_source ? of_target : edge.sni.value, properties.span, properties.provenance};
  edge.session_reuse = settings.session_reuse;
  edge.pool_ignores_sni = settings.keepalive.value != 0 && settings.session_match.known() && ignores_sni(settings.session_match.value);
  // One pool for all, searched by address or by the back's name.
  if (edge.pool_ignores_sni && edge.addresses_known)
    edge.pool = edge.addresses.front().host + ":" + std::to_string(edge.addresses.front().port.number());
  return edge;
}

}  // namespace astray::trafficserver
