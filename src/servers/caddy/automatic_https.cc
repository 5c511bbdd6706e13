// By Caddy's automaticHTTPSPhase1 (modules/caddyhttp/autohttps.go), as of 2.6.
#include "servers/caddy/automatic_https.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace astray::caddy {
namespace {

constexpr int permanent_redirect = 308;

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > 65535) return std::nullopt;
  return number;
}

bool uses_other_port_than(const HttpServer& server, int port) {
  return std::ranges::any_of(server.listen, [&](const Word& each) {
    const ParsedListen parsed = parse_listen(each.text);
    return !parsed.first_port || *parsed.first_port > port || *parsed.last_port < port;
  });
}

/// certmagic's SubjectQualifiesForCert, as far as names of routes can fail it.
bool qualifies_for_certificate(const std::string& name) {
  if (name.empty() || name.starts_with('.') || name.ends_with('.') || has_placeholder(name)) return false;
  if (name.find_first_of("()[]{}<> \t\n\"\\!@#$%^&|;'+=") != std::string::npos) return false;
  const size_t star = name.rfind('*');
  return star == std::string::npos || name == "*" || (star == 0 && name.starts_with("*.") && name.size() > 2);
}

Route redirect_route(SourceSpan span, std::vector<Word> hosts) {
  Route route;
  route.span = span;
  MatcherSet& set = route.match.emplace_back();
  set.protocol = "http";
  set.hosts = std::move(hosts);
  Handler handler;
  handler.kind = Handler::Kind::responds;
  handler.status = permanent_redirect;
  handler.span = span;
  route.handle.push_back(std::move(handler));
  return route;
}

class AutomaticHttps {
 public:
  AutomaticHttps(HttpConfiguration& configuration, CertificatePool& certificates)
      : configuration_(configuration), certificates_(certificates) {}

  void run() {
    for (HttpServer& each : configuration_.servers) look_at(each);
    add_redirects();
  }

 private:
  void look_at(HttpServer& server) {
    if (server.auto_https == AutoHttps::off || !uses_other_port_than(server, configuration_.http_port)) return;
    if (!server.policies && !uses_other_port_than(server, configuration_.https_port)) turn_on(server);
    const std::map<std::string, SourceSpan> names = names_of(server);
    if (names.empty() && (!server.policies || server.policies->empty())) return;
    if (server.auto_https != AutoHttps::disable_certificates)
      for (const auto& [name, span] : names) manage(server, {name, span});
    if (!server.policies) turn_on(server);
    if (server.auto_https == AutoHttps::disable_redirects) return;
    for (const Word& each : server.listen) {
      const ParsedListen parsed = parse_listen(each.text);
      if (!parsed.first_port) continue;
      if (names.empty()) redirects_[parsed.host].try_emplace("", each.span);
      for (const auto& [name, span] : names) {
        const bool is_https = *parsed.first_port == configuration_.https_port;
        const auto known = redirected_.find(name);
        if (known != redirected_.end() && !is_https) continue;
        if (known != redirected_.end()) redirects_[known->second].erase(name);
        redirected_[name] = parsed.host;
        redirects_[parsed.host].try_emplace(name, span);
      }
    }
  }

  static void turn_on(HttpServer& server) {
    ConnectionPolicy policy;
    policy.span = server.span;
    server.policies = std::vector{std::move(policy)};
  }

  static std::map<std::string, SourceSpan> names_of(const HttpServer& server) {
    std::map<std::string, SourceSpan> names;
    for (const Route& route : server.routes)
      for (const MatcherSet& set : route.match)
        for (const Word& host : set.hosts)
          if (std::ranges::find(server.auto_https_skip, host.text) == server.auto_https_skip.end())
            names.try_emplace(host.text, host.span);
    return names;
  }

  void manage(const HttpServer& server, const Word& name) {
    if (has_placeholder(name.text)) return certificates_.mark_incomplete();
    if (!qualifies_for_certificate(name.text)) return;
    // What is loaded counts here; what is managed is filed only afterwards.
    const bool ignores_loaded = server.auto_https == AutoHttps::ignore_loaded_certificates;
    if (!ignores_loaded && certificates_.has_matching(name.text)) return;
    managed_.emplace(name.text, name.span);
  }

  void add_redirects() {
    for (const auto& [name, span] : managed_) certificates_.add_managed({name, span});
    HttpServer rest;
    for (const auto& [host, names] : redirects_) {
      if (names.empty()) continue;
      std::vector<Word> hosts;
      for (const auto& [name, span] : names)
        if (!name.empty()) hosts.push_back({name, span});
      const SourceSpan span = names.begin()->second;
      Route redirect = redirect_route(span, std::move(hosts));
      if (HttpServer* server = server_at(host)) {
        if (!managed_.empty()) insert(*server, std::move(redirect));
        server->routes.push_back(redirect_route(span, {}));
        continue;
      }
      const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
      rest.listen.push_back({shown + ":" + std::to_string(configuration_.http_port), span});
      rest.span = span;
      rest.routes.push_back(std::move(redirect));
    }
    if (rest.listen.empty()) return;
    rest.name = "remaining_auto_https_redirects";
    rest.auto_https = AutoHttps::off;
    rest.routes.push_back(redirect_route(rest.span, {}));
    configuration_.servers.push_back(std::move(rest));
  }

  HttpServer* server_at(const std::string& host) {
    for (HttpServer& server : configuration_.servers)
      for (const Word& each : server.listen) {
        const ParsedListen parsed = parse_listen(each.text);
        if (parsed.host == host && parsed.first_port && *parsed.first_port <= configuration_.http_port &&
            configuration_.http_port <= *parsed.last_port)
          return &server;
      }
    return nullptr;
  }

  /// Behind the last route with a host matcher; before everything where there is none.
  static void insert(HttpServer& server, Route redirect) {
    size_t place = server.routes.size();
    while (place > 0) {
      const std::vector<MatcherSet>& match = server.routes[place - 1].match;
      if (std::ranges::any_of(match, [](const MatcherSet& set) { return !set.hosts.empty(); })) break;
      --place;
    }
    server.routes.insert(server.routes.begin() + static_cast<std::ptrdiff_t>(place), std::move(redirect));
  }

  HttpConfiguration& configuration_;
  CertificatePool& certificates_;
  std::map<std::string, SourceSpan> managed_;
  std::map<std::string, std::string> redirected_;                      ///< name → host of the listener
  std::map<std::string, std::map<std::string, SourceSpan>> redirects_;  ///< host of the listener → names
};

}  // namespace

ParsedListen parse_listen(std::string_view text) {
  ParsedListen parsed;
  if (const size_t slash = text.find('/'); slash != std::string_view::npos) {
    const std::string_view network = text.substr(0, slash);
    text.remove_prefix(slash + 1);
    if (network.starts_with("unix")) {
      parsed.is_unix = true;
      parsed.host = text;
      return parsed;
    }
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return parsed;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  parsed.host = host;
  const std::string_view ports = text.substr(colon + 1);
  const size_t dash = ports.find('-');
  parsed.first_port = number_in(ports.substr(0, dash));
  parsed.last_port = dash == std::string_view::npos ? parsed.first_port : number_in(ports.substr(dash + 1));
  if (!parsed.last_port) parsed.first_port.reset();
  return parsed;
}

void apply_automatic_https(HttpConfiguration& configuration, CertificatePool& certificates) {
  AutomaticHttps(configuration, certificates).run();
}

}  // namespace astray::caddy
