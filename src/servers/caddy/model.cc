#include "servers/caddy/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "servers/caddy/automatic_https.h"
#include "servers/caddy/parts.h"
#include "servers/caddy/route_walk.h"

namespace astray::caddy {
namespace {

constexpr int most_ports = 64;  // of one range that a listener states

NamedPattern pattern_of(const Word& host) {
  if (has_placeholder(host.text)) return {{PatternKind::unknowable, host.text}, host.span};
  if (host.text == "*") return {{PatternKind::glob, host.text}, host.span};
  if (host.text.starts_with("*.") && host.text.find('*', 1) == std::string::npos)
    return {{PatternKind::leading_wildcard, host.text.substr(2)}, host.span};
  const bool is_glob = host.text.find('*') != std::string::npos;
  return {{is_glob ? PatternKind::glob : PatternKind::exact, host.text}, host.span};
}

Setting<uint8_t> versions_of(const ConnectionPolicy& policy) {
  constexpr uint8_t both = tls_version::tls1_2 | tls_version::tls1_3;
  Setting<uint8_t> versions{both, policy.span, Provenance::default_value};
  for (const auto& [word, away] : {std::pair{&policy.minimum, tls_version::tls1_2}, {&policy.maximum, tls_version::tls1_3}}) {
    if (!*word) continue;
    const bool is_minimum = word == &policy.minimum;
    versions.span = (*word)->span;
    versions.provenance = has_placeholder((*word)->text) ? Provenance::unknowable : Provenance::set;
    if ((*word)->text == (is_minimum ? "tls1.3" : "tls1.2")) versions.value &= static_cast<uint8_t>(~away);
  }
  return versions;
}

Setting<ClientAuthentication> mode_of(const ConnectionPolicy& policy) {
  if (!asks_for_client_certificates(policy)) return {};
  const ClientAuthenticationSettings& clients = *policy.clients;
  using enum ClientAuthentication;
  ClientAuthentication mode = required;
  if (clients.mode == "request") mode = optional_no_ca;
  if (clients.mode == "verify_if_given") mode = optional;
  return {mode, clients.span, has_placeholder(clients.mode) ? Provenance::unknowable : Provenance::set};
}

class Filler {
 public:
  Filler(Parts& parts, Deployment& deployment, CertificateSource& source)
      : parts_(parts), deployment_(deployment), source_(source) {}

  void run() {
    for (const HttpServer& server : parts_.configuration.servers) {
      if (server.policies)
        for (const ConnectionPolicy& each : *server.policies) load_authorities(each);
      add_server(server);
    }
  }

 private:
  void add_server(const HttpServer& server) {
    const PolicyIndex policies(server);
    const RouteIndex routes(server.routes);
    const bool is_tls = server.policies && !server.policies->empty();
    const bool speaks_h2 = server.protocols.empty() || has_protocol(server, is_tls ? "h2" : "h2c");
    std::vector<VirtualHostId>& ids = parts_.virtual_host_of.emplace_back();
    std::vector<VirtualHostId> all;
    VirtualHostId every_host = VirtualHostId::none;
    for (const Route& route : server.routes) {
      const std::vector<Word> hosts = hosts_in(route);
      if (hosts.empty() && !may_answer(route)) {
        ids.push_back(VirtualHostId::none);
        continue;
      }
      if (hosts.empty() && every_host != VirtualHostId::none) {
        ids.push_back(every_host);
        add_backs(route, deployment_.virtual_hosts[static_cast<size_t>(every_host)]);
        continue;
      }
      const auto id = static_cast<VirtualHostId>(deployment_.virtual_hosts.size());
      deployment_.virtual_hosts.push_back(virtual_host(server, route, hosts, policies, routes));
      if (hosts.empty()) every_host = id;
      ids.push_back(id);
      all.push_back(id);
    }
    for (const Word& each : server.listen) add_listener(server, each, is_tls, speaks_h2, all, every_host);
  }

  static bool has_protocol(const HttpServer& server, std::string_view name) {
    return std::ranges::any_of(server.protocols, [&](const Word& each) { return each.text == name; });
  }

  static bool offers_h2(const HttpServer& server, const ConnectionPolicy& policy) {
    const bool is_served = server.protocols.empty() || has_protocol(server, "h2");
    return is_served && (policy.alpn.empty() ||
                         std::ranges::any_of(policy.alpn, [](const Word& each) { return each.text == "h2"; }));
  }

  static std::vector<Word> hosts_in(const Route& route) {
    std::vector<Word> hosts;
    for (const MatcherSet& set : route.match) {
      if (set.hosts.empty()) return {};
      hosts.insert(hosts.end(), set.hosts.begin(), set.hosts.end());
    }
    return hosts;
  }

  static bool may_answer(const Route& route) {
    return std::ranges::any_of(route.handle, [](const Handler& each) {
      if (each.kind == Handler::Kind::subroute) return std::ranges::any_of(each.routes, may_answer);
      return each.kind != Handler::Kind::passes && each.kind != Handler::Kind::rewrites;
    });
  }

  static void add_backs(const Route& route, VirtualHost& host) {
    for (const Handler& each : route.handle) {
      if (each.back) host.back_edges.push_back(*each.back);
      for (const Route& inner : each.routes) add_backs(inner, host);
    }
  }

  VirtualHost virtual_host(const HttpServer& server, const Route& route, const std::vector<Word>& hosts,
                           const PolicyIndex& policies, const RouteIndex& routes) {
    const CertificatePool& pool = *parts_.certificates;
    VirtualHost host;
    host.span = route.span;
    for (const Word& each : hosts) host.names.push_back(pattern_of(each));
    add_backs(route, host);
    host.fixed_status = fixed_status(server, routes, hosts);
    if (const StrictSniHost strict = strict_sni_host(server); strict.is_on || server.strict_sni_host.stated())
      host.strict_sni = {strict.is_on, strict.span, strict.is_implied ? Provenance::inherited : Provenance::set};
    // Caddy logs no SNI in its own format's lines but in JSON, where request.tls.server_name stands.
    if (route.access_logs) host.access_logs.push_back({route.span, "json", true, true});
    const std::string name = hosts.empty() ? "" : hosts.front().text;
    host.http2 = {false, server.span, server.protocols.empty() ? Provenance::default_value : Provenance::set};
    if (const FoundPolicy found = policies.find(name); found.policy != nullptr) {
      take_tls(*found.policy, host.tls);
      host.http2.value = offers_h2(server, *found.policy);
      if (!found.policy->alpn.empty()) host.http2 = {host.http2.value, found.policy->alpn.front().span, Provenance::set};
    }
    for (const Word& each : hosts) {
      const FoundPolicy found = policies.find(each.text);
      if (found.policy != nullptr) add_certificate(pool.choose(*found.policy, each.text, std::nullopt), host.tls);
    }
    if (hosts.empty() && server.policies && !server.policies->empty())
      if (const FoundPolicy found = policies.find("unknown.invalid"); found.policy != nullptr)
        add_certificate(pool.choose(*found.policy, "unknown.invalid", std::nullopt), host.tls);
    return host;
  }

  /// Only what every request for the site gets.
  static Setting<int> fixed_status(const HttpServer& server, const RouteIndex& index, const std::vector<Word>& hosts) {
    const bool is_tls = server.policies && !server.policies->empty();
    std::optional<RouteOutcome> all;
    for (const Word& each : hosts) {
      if (each.text.find('*') != std::string::npos || has_placeholder(each.text)) return {};
      const RouteOutcome outcome = index.answer(each.text, is_tls);
      if (all && (all->kind != outcome.kind || all->status != outcome.status)) return {};
      all = outcome;
      if (hosts.size() > 16) break;  // of a site with many names, the first stands for all
    }
    if (!all) return {};
    const bool is_fixed = all->kind == RouteOutcome::Kind::error ||
                          (all->kind == RouteOutcome::Kind::status && all->status >= 300);
    if (!is_fixed) return {};
    return {all->status, all->span, Provenance::set};
  }

  static void add_certificate(const CertificatePool::Choice& choice, TlsSettings& tls) {
    if (choice.use == nullptr) return;
    const bool is_known = std::ranges::any_of(tls.certificates, [&](const CertificateUse& each) { return each.path == choice.use->path; });
    if (!is_known) tls.certificates.push_back(*choice.use);
  }

  void take_tls(const ConnectionPolicy& policy, TlsSettings& tls) {
    tls.enabled = {true, policy.span, Provenance::set};
    tls.versions = versions_of(policy);
    if (!policy.ciphers.empty())
      tls.ciphers = {fmt::format("{}", fmt::join(policy.ciphers, ":")), policy.span, Provenance::set};
    tls.client_authentication = mode_of(policy);
    tls.session_tickets.value = true;
    if (const auto known = parts_.authorities.find(&policy); known != parts_.authorities.end())
      tls.client_authorities = known->second;
  }

  /// Once for each policy: several virtual hosts have the same.
  void load_authorities(const ConnectionPolicy& policy) {
    if (!policy.clients || policy.clients->authority_files.empty()) return;
    ClientAuthorities& authorities = parts_.authorities[&policy];
    std::string digest;
    bool is_complete = !policy.clients->has_other_trust;
    for (const Word& file : policy.clients->authority_files) {
      if (authorities.file.value.empty()) authorities.file = {file.text, file.span, Provenance::set};
      const AuthoritiesResult read = source_.load_authorities(file.text);
      if (!read) {
        complain_once(file.span, read.error().message);
        is_complete = false;
        continue;
      }
      authorities.trusted_digests.push_back(to_hex((*read)->digest));
      authorities.sets.push_back(*read);
      digest += authorities.trusted_digests.back();
    }
    if (is_complete) authorities.digest = digest;
  }

  void complain_once(SourceSpan span, std::string message) {
    for (const ReadProblem& each : deployment_.problems)
      if (each.span == span && each.message == message) return;
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }

  void add_listener(const HttpServer& server, const Word& written, bool is_tls, bool speaks_h2,
                    const std::vector<VirtualHostId>& hosts, VirtualHostId every_host) {
    const ParsedListen parsed = parse_listen(written.text);
    if (!parsed.is_unix && (!parsed.first_port || has_placeholder(written.text) || *parsed.first_port == 0)) {
      deployment_.problems.push_back({ReadProblem::Severity::error, written.span,
                                      fmt::format("listen {}: this is no address that is known before Caddy runs; expected "
                                                  "one such as :443 or 127.0.0.1:8443",
                                                  written.text)});
      return;
    }
    const int first = parsed.is_unix ? 443 : *parsed.first_port;
    const int last = parsed.is_unix ? 443 : std::min(*parsed.last_port, first + most_ports - 1);
    for (int port = first; port <= last; ++port) {
      Listener& listener = deployment_.listeners.emplace_back();
      listener.span = written.span;
      listener.address.port = Port(static_cast<uint16_t>(port));
      if (parsed.is_unix) listener.address.unix_path = parsed.host;
      else if (const auto ip = IpAddress::parse(parsed.host == "localhost" ? "127.0.0.1" : parsed.host)) listener.address.ip = *ip;
      listener.tls = {is_tls, server.span, Provenance::set};
      listener.http2 = {speaks_h2, server.span, server.protocols.empty() ? Provenance::default_value : Provenance::set};
      listener.virtual_hosts = hosts;
      listener.default_virtual_host = every_host;
      listener.default_is_explicit = every_host != VirtualHostId::none;
      parts_.server_of.push_back(static_cast<size_t>(&server - parts_.configuration.servers.data()));
    }
  }

  Parts& parts_;
  Deployment& deployment_;
  CertificateSource& source_;
};

}  // namespace

void fill(Deployment& deployment, HttpConfiguration configuration, CertificateSource& certificates) {
  auto parts = std::make_shared<Parts>();
  parts->configuration = std::move(configuration);
  parts->certificates = std::make_unique<CertificatePool>(parts->configuration, certificates, deployment);
  apply_automatic_https(parts->configuration, *parts->certificates);
  Filler(*parts, deployment, certificates).run();
  deployment.caddy = std::move(parts);
}

}  // namespace astray::caddy
