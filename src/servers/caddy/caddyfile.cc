#include "servers/caddy/caddyfile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "servers/caddy/caddyfile_routes.h"
#include "servers/caddy/caddyfile_sites.h"
#include "servers/caddy/caddyfile_tls.h"

namespace astray::caddy {
namespace {

/// `servers [ADDRESS] { … }` of the global options.
struct ServerOptions {
  std::string address;  ///< "": those of every server without options of its own
  Setting<bool> strict_sni_host;
  std::vector<Word> protocols;
};

class Adapter {
 public:
  Adapter(const CaddyfileTree& tree, const std::string& folder, Deployment& deployment)
      : tree_(tree), deployment_(deployment), routes_{deployment, standard_order()},
        tls_(folder, deployment, configuration_) {}

  HttpConfiguration run() {
    for (const Directive& each : tree_.global_options) take_option(each);
    listening_.http_port = configuration_.http_port;
    listening_.https_port = configuration_.https_port;
    const std::vector<SitesOfServer> servers = servers_of(tree_.sites, listening_, deployment_);
    // Certificates get their tags in the order of the file.
    for (const SiteBlock& block : tree_.sites) {
      std::vector<SiteTls>& read = site_tls_.emplace_back();
      for (const Directive& each : block.directives)
        if (each.name.text == "tls") read.push_back(tls_.read(each));
      loaded_by_.resize(configuration_.certificates.size(), site_tls_.size() - 1);
    }
    for (const SitesOfServer& each : servers) add_server(each);
    order_certificates(servers);
    return std::move(configuration_);
  }

 private:
  /// Caddy loads them site by site in the order of its servers, and of two for one name the first is presented.
  void order_certificates(const std::vector<SitesOfServer>& servers) {
    std::vector<LoadedCertificate> ordered;
    std::vector<bool> is_taken(loaded_by_.size(), false);
    for (const SitesOfServer& server : servers)
      for (const SiteOnListener& site : server.sites)
        for (size_t i = 0; i < loaded_by_.size(); ++i) {
          if (loaded_by_[i] != site.index || is_taken[i]) continue;
          is_taken[i] = true;
          ordered.push_back(std::move(configuration_.certificates[i]));
        }
    configuration_.certificates = std::move(ordered);
  }

  void complain(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }

  void take_port(const Directive& option, int& port) {
    const std::string text = option.arguments.empty() ? "" : option.arguments.front().text;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 65535)
      return complain(option.name.span, fmt::format("{}: '{}' is no port; expected 1 to 65535", option.name.text, text));
    port = value;
  }

  void take_option(const Directive& option) {
    const std::string& name = option.name.text;
    const std::string first = option.arguments.empty() ? "" : option.arguments.front().text;
    if (name == "http_port") take_port(option, configuration_.http_port);
    else if (name == "https_port") take_port(option, configuration_.https_port);
    else if (name == "default_sni") default_sni_ = first;
    else if (name == "fallback_sni") fallback_sni_ = first;
    else if (name == "default_bind") listening_.default_bind = option.arguments;
    else if (name == "order") apply_order(option, routes_);
    else if (name == "auto_https") take_auto_https(option);
    else if (name == "servers") take_servers(option);
    else if (name == "on_demand_tls" || name == "storage" || name == "admin") return;
  }

  void take_auto_https(const Directive& option) {
    for (const Token& each : option.arguments) {
      if (each.text == "off") auto_https_ = AutoHttps::off;
      else if (each.text == "disable_redirects") auto_https_ = AutoHttps::disable_redirects;
      else if (each.text == "disable_certs") auto_https_ = AutoHttps::disable_certificates;
      else if (each.text == "ignore_loaded_certs") auto_https_ = AutoHttps::ignore_loaded_certificates;
      else if (each.text != "prefer_wildcard")
        complain(each.span, fmt::format("auto_https: '{}' is not known; expected off, disable_redirects, disable_certs or "
                                        "ignore_loaded_certs",
                                        each.text));
    }
  }

  void take_servers(const Directive& option) {
    ServerOptions made;
    if (!option.arguments.empty()) made.address = option.arguments.front().text;
    for (const Directive& each : option.block) take_server_option(each, made);
    options_.push_back(std::move(made));
  }

  void take_server_option(const Directive& line, ServerOptions& made) {
    const std::string& name = line.name.text;
    if (name == "strict_sni_host") {
      const std::string value = line.arguments.empty() ? "on" : line.arguments.front().text;
      if (value != "on" && value != "insecure_off")
        complain(line.name.span, fmt::format("strict_sni_host: '{}' is not known; expected on or insecure_off", value));
      made.strict_sni_host = {value != "insecure_off", line.name.span, Provenance::set};
    } else if (name == "protocols") {
      for (const Token& each : line.arguments) made.protocols.push_back({each.text, each.span});
    } else if (name == "protocol") {  // as it was up to 2.5
      for (const Directive& each : line.block) take_server_option(each, made);
    }
  }

  /// Those for one of the server's addresses come before those for every server.
  const ServerOptions* options_of(const HttpServer& server) const {
    for (const ServerOptions& each : options_)
      if (std::ranges::any_of(server.listen, [&](const Word& word) { return word.text == each.address; })) return &each;
    for (const ServerOptions& each : options_)
      if (each.address.empty()) return &each;
    return nullptr;
  }

  void add_server(const SitesOfServer& sites) {
    HttpServer server;
    server.name = fmt::format("srv{}", configuration_.servers.size());
    server.listen = sites.listen;
    server.span = sites.sites.front().block->span;
    server.auto_https = auto_https_;
    std::vector<ConnectionPolicy> policies;
    bool has_tls_site = false;
    bool has_catch_all = false;
    bool adds_policy_itself = auto_https_ != AutoHttps::off;
    for (const SiteOnListener& site : sites.sites) {
      has_catch_all = add_policies(site, policies, has_catch_all);
      look_at_schemes(site, server, has_tls_site, adds_policy_itself);
      add_routes(site, server);
    }
    // Names without a policy of their own are to have TLS, too (httptype.go, serversFromPairings).
    if (has_tls_site && !has_catch_all &&
        (!policies.empty() || !adds_policy_itself || !default_sni_.empty() || !fallback_sni_.empty())) {
      ConnectionPolicy rest;
      rest.span = server.span;
      rest.default_sni = default_sni_;
      rest.fallback_sni = fallback_sni_;
      policies.push_back(std::move(rest));
    }
    std::stable_sort(policies.begin(), policies.end(), [](const ConnectionPolicy& a, const ConnectionPolicy& b) {
      return a.names.has_value() && !b.names.has_value();
    });
    if (!policies.empty()) server.policies = std::move(policies);
    if (const ServerOptions* options = options_of(server)) {
      server.strict_sni_host = options->strict_sni_host;
      server.protocols = options->protocols;
    }
    configuration_.servers.push_back(std::move(server));
  }

  bool add_policies(const SiteOnListener& site, std::vector<ConnectionPolicy>& policies, bool has_catch_all) {
    const std::vector<Word> hosts = hosts_of(site);
    for (SiteTls tls : site_tls_[site.index]) {
      if (tls.on_demand) {
        if (hosts.empty()) configuration_.on_demand.push_back({"", tls.policy.span});
        for (const Word& host : hosts) configuration_.on_demand.push_back(host);
      }
      const bool has_default = !default_sni_.empty() && std::ranges::any_of(hosts, [&](const Word& host) {
        return host.text == default_sni_;
      });
      if (!hosts.empty()) {
        tls.policy.names = hosts;
        if (has_default) tls.policy.names->push_back({"", tls.policy.span});
      }
      if (hosts.empty() || has_default) tls.policy.default_sni = default_sni_;
      if (hosts.empty()) tls.policy.fallback_sni = fallback_sni_;
      if (tls.is_empty()) continue;
      policies.push_back(std::move(tls.policy));
      has_catch_all = hosts.empty();
    }
    return has_catch_all;
  }

  void look_at_schemes(const SiteOnListener& site, HttpServer& server, bool& has_tls_site,
                       bool& adds_policy_itself) const {
    const std::string http_port = std::to_string(configuration_.http_port);
    const std::string https_port = std::to_string(configuration_.https_port);
    for (const SiteAddress& each : site.addresses) {
      if (each.scheme == "http" && !each.host.empty()) server.auto_https_skip.push_back(each.host);
      if (each.scheme == "https" || (each.scheme != "http" && !each.host.empty() && each.port != http_port))
        has_tls_site = true;
      adds_policy_itself = adds_policy_itself && (each.port == https_port || (each.port != http_port && !each.host.empty()));
    }
  }

  void add_routes(const SiteOnListener& site, HttpServer& server) {
    Route route;
    route.span = site.block->span;
    bool takes_every_host = false;
    for (const SiteAddress& each : site.addresses) takes_every_host = takes_every_host || each.host.empty();
    for (const SiteAddress& each : site.addresses) {
      const auto same_path = std::ranges::find_if(route.match, [&](const MatcherSet& set) {
        return each.path.empty() ? set.paths.empty() : !set.paths.empty() && set.paths.front().text == each.path;
      });
      MatcherSet& set = same_path != route.match.end() ? *same_path : route.match.emplace_back();
      if (same_path == route.match.end() && !each.path.empty()) set.paths.push_back({each.path, each.written.span});
      if (!takes_every_host) set.hosts.push_back({each.host, each.written.span});
    }
    const bool matches_all = std::ranges::any_of(
        route.match, [](const MatcherSet& set) { return set.hosts.empty() && set.paths.empty(); });
    if (matches_all) route.match.clear();
    route.terminal = !route.match.empty();
    Handler subroute;
    subroute.kind = Handler::Kind::subroute;
    subroute.span = site.block->span;
    subroute.routes = routes_of(site.block->directives, routes_);
    route.handle.push_back(std::move(subroute));
    for (const Directive& each : site.block->directives)
      if (each.name.text == "handle_errors") add_error_routes(each, route, server);
    if (std::ranges::any_of(site.block->directives, [](const Directive& each) { return each.name.text == "log"; }))
      route.access_logs = true;
    server.routes.push_back(std::move(route));
  }

  void add_error_routes(const Directive& directive, const Route& site, HttpServer& server) {
    Route route;
    route.span = directive.name.span;
    route.match = site.match;
    route.terminal = site.terminal;
    Handler subroute;
    subroute.kind = directive.arguments.empty() ? Handler::Kind::subroute : Handler::Kind::unknowable;
    subroute.span = directive.name.span;
    subroute.routes = routes_of(directive.block, routes_);
    route.handle.push_back(std::move(subroute));
    server.error_routes.push_back(std::move(route));
  }

  const CaddyfileTree& tree_;
  Deployment& deployment_;
  HttpConfiguration configuration_;
  RouteReading routes_;
  TlsDirectives tls_;
  ListeningOptions listening_;
  AutoHttps auto_https_ = AutoHttps::on;
  std::string default_sni_, fallback_sni_;
  std::vector<ServerOptions> options_;
  std::vector<std::vector<SiteTls>> site_tls_;
  std::vector<size_t> loaded_by_;  ///< by certificate: the index of its block
};

}  // namespace

HttpConfiguration read_caddyfile_configuration(const std::string& path, std::string_view text,
                                               const std::string& folder, FileSource& files,
                                               const Environment& environment, Deployment& deployment) {
  const CaddyfileTree tree = read_caddyfile(path, text, files, environment, deployment);
  return Adapter(tree, folder, deployment).run();
}

}  // namespace astray::caddy
