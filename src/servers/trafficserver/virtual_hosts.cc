#include "servers/trafficserver/virtual_hosts.h"

#include <map>

namespace astray::trafficserver {
namespace {

bool is_redirect(const RemapRule& rule) {
  return rule.kind == RuleKind::redirect || rule.kind == RuleKind::redirect_temporary;
}

class HostMaker {
 public:
  HostMaker(const BackSettings& backs, Parts& parts, Deployment& deployment)
      : backs_(backs), parts_(parts), deployment_(deployment), sni_(parts.sni, deployment.version) {}

  void run() {
    for (size_t i = 0; i < parts_.rules.size(); ++i) add(parts_.rules[i], i);
    for (size_t i = 0; i < deployment_.listeners.size(); ++i) fill(deployment_.listeners[i]);
    for (size_t i = 0; i < first_rule_.size(); ++i) take_tls(parts_.rules[first_rule_[i]], deployment_.virtual_hosts[i]);
  }

 private:
  /// Rules with one key answer as one.
  static std::string key_of(const RemapRule& rule, size_t index) {
    std::string key = std::to_string(static_cast<int>(rule.kind)) + " " + std::to_string(static_cast<int>(*rule.from.scheme)) + " " +
                      std::to_string(rule.from_port()) + " ";
    return key + (rule.has_regex ? "~" + std::to_string(index) : rule.from.host);
  }

  void add(RemapRule& rule, size_t index) {
    const auto [known, is_new] = known_.try_emplace(key_of(rule, index), deployment_.virtual_hosts.size());
    rule.virtual_host = static_cast<VirtualHostId>(known->second);
    if (is_new) {
      first_rule_.push_back(index);
      VirtualHost& host = deployment_.virtual_hosts.emplace_back();
      host.span = rule.span;
      if (rule.has_regex) host.names.push_back({{PatternKind::regex, rule.from.host}, rule.span});
      else if (!rule.is_for_any_host()) host.names.push_back({{PatternKind::exact, rule.from.host}, rule.span});
      else host.title = "any host";
    }
    VirtualHost& host = deployment_.virtual_hosts[known->second];
    if (!is_redirect(rule)) host.back_edges.push_back(back_edge_of(rule, backs_, sni_));
    if (!rule.from.path.empty()) return;
    if (is_redirect(rule))
      host.fixed_status = {rule.redirect_status(), rule.span, Provenance::set};
    if (rule.plugin) host.fixed_status = {0, rule.plugin->span, Provenance::unknowable};
  }

  /// Every rule of the scheme is on every listener.
  void fill(Listener& listener) {
    if (listener.kind != Listener::Kind::http) return;
    const Scheme scheme = listener.tls.value ? Scheme::https : Scheme::http;
    for (size_t i = 0; i < first_rule_.size(); ++i) {
      const RemapRule& rule = parts_.rules[first_rule_[i]];
      const bool is_for_any = rule.is_for_any_host();
      if (!is_for_any && rule.from.scheme != scheme) continue;
      if (rule.kind == RuleKind::map_with_recv_port && rule.from_port() != listener.address.port.number()) continue;
      listener.virtual_hosts.push_back(static_cast<VirtualHostId>(i));
      if (!is_for_any || rule.kind != RuleKind::map) continue;
      listener.default_virtual_host = static_cast<VirtualHostId>(i);
      listener.default_is_explicit = true;
    }
  }

  /// What SNI of the rule's name is answered with; an expression has no name of its own.
  void take_tls(const RemapRule& rule, VirtualHost& host) {
    const Listener* listener = nullptr;
    for (const Listener& each : deployment_.listeners)
      if (listener == nullptr && each.tls.value && each.kind == Listener::Kind::http) listener = &each;
    host.http2 = {false, {}, Provenance::default_value};
    if (listener == nullptr || (rule.from.scheme != Scheme::https && !rule.is_for_any_host())) return;
    const std::string name = rule.has_regex ? "" : rule.from.host;
    const int port = listener->address.port.number();
    const SniEntry* entry = name.empty() ? nullptr : sni_.find(name, port);
    TlsSettings& tls = host.tls;
    tls.enabled = {true, listener->tls.span, listener->tls.provenance};
    tls.versions = parts_.versions;
    tls.client_authentication = parts_.client_authentication;
    tls.client_authorities = parts_.authorities;
    tls.session_tickets = parts_.session_tickets;
    tls.session_cache = parts_.session_cache;
    host.http2 = listener->http2;
    const CertificateIndex::Choice choice = parts_.certificates.choose(name, listener->address.ip, port);
    if (choice.context != nullptr) tls.certificates = choice.context->tls.certificates;
    if (entry == nullptr) return;
    if (entry->versions) tls.versions = {entry->versions->value, entry->versions->span, Provenance::set};
    if (entry->http2) host.http2 = {entry->http2->value, entry->http2->span, Provenance::set};
    if (!entry->verify_client) return;
    tls.client_authentication = {entry->verify_client->value, entry->verify_client->span, Provenance::set};
    if (entry->states_authorities) tls.client_authorities = entry->authorities;
  }

  const BackSettings& backs_;
  Parts& parts_;
  Deployment& deployment_;
  SniIndex sni_;
  std::map<std::string, size_t> known_;
  std::vector<size_t> first_rule_;  ///< by virtual host
};

}  // namespace

void make_virtual_hosts(const BackSettings& backs, Parts& parts, Deployment& deployment) {
  HostMaker(backs, parts, deployment).run();
}

}  // namespace astray::trafficserver
