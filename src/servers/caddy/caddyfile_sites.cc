#include "servers/caddy/caddyfile_sites.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

namespace astray::caddy {
namespace {

/// Lower case, but for placeholders.
std::string lower(std::string_view text) {
  std::string out;
  bool is_placeholder = false;
  for (const char c : text) {
    if (c == '{') is_placeholder = true;
    if (c == '}') is_placeholder = false;
    out += is_placeholder || c < 'A' || c > 'Z' ? c : static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<int> port_of(const std::string& text) {
  int port = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 0 || port > 65535) return std::nullopt;
  return port;
}

/// Go's net.JoinHostPort for the host of a `bind`, which may have a network before it.
std::string joined(const std::string& bind, const std::string& port) {
  if (bind.starts_with("unix/") || bind.starts_with("unix+h2c/")) return bind;
  const size_t slash = bind.find('/');
  const std::string network = slash == std::string::npos ? "" : bind.substr(0, slash + 1);
  std::string host = slash == std::string::npos ? bind : bind.substr(slash + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string shown = network == "tcp/" ? "" : network;
  return host.find(':') == std::string::npos ? shown + host + ":" + port : fmt::format("{}[{}]:{}", shown, host, port);
}

/// How long a name or a path is without its wildcards.
size_t specificity(const std::string& text) {
  size_t length = text.size() - static_cast<size_t>(std::ranges::count(text, '*'));
  for (size_t open = text.find('{'); open != std::string::npos;) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    length -= close - open + 1;
    open = text.find('{', close);
  }
  return length;
}

struct Rank {
  size_t host = 0;
  size_t path = 0;
  bool is_wildcard = false;

  explicit Rank(const SiteOnListener& site) {
    for (const SiteAddress& each : site.addresses) {
      if (each.host.empty() || each.host.find('*') != std::string::npos) is_wildcard = true;
      host = std::max(host, specificity(each.host));
      path = std::max(path, each.path.size());
    }
  }

  bool comes_before(const Rank& other) const {
    if (host == 0) return false;
    if (other.host == 0) return true;
    if (is_wildcard != other.is_wildcard) return other.is_wildcard;
    return host == other.host ? path > other.path : host > other.host;
  }
};

class Mapper {
 public:
  Mapper(const ListeningOptions& options, Deployment& deployment) : options_(options), deployment_(deployment) {}

  void add(const SiteBlock& block, size_t index) {
    const std::vector<Token> binds = binds_of(block);
    std::map<std::string, std::vector<SiteAddress>> by_listener;
    for (const Token& token : block.addresses) {
      std::optional<SiteAddress> address = parse_site_address(token, deployment_);
      if (!address) continue;
      std::string port = address->port;
      if (port.empty()) port = std::to_string(address->scheme == "http" ? options_.http_port : options_.https_port);
      refuse_contradiction(*address, port);
      std::set<std::string> listeners;
      for (const Token& bind : binds) listeners.insert(joined(bind.text, port));
      for (const std::string& each : listeners) {
        places_.try_emplace(each, token.span);
        by_listener[each].push_back(*address);
      }
    }
    for (auto& [listener, addresses] : by_listener) sites_[listener].push_back({&block, index, std::move(addresses)});
  }

  std::vector<SitesOfServer> take() {
    std::vector<SitesOfServer> servers;
    for (auto& [listener, sites] : sites_) {
      const auto same = std::ranges::find_if(servers, [&served = sites](const SitesOfServer& each) { return is_same(each.sites, served); });
      if (same != servers.end()) {
        same->listen.push_back({listener, places_.at(listener)});
        continue;
      }
      servers.push_back({{{listener, places_.at(listener)}}, std::move(sites)});
    }
    for (SitesOfServer& each : servers) {
      refuse_twins(each);
      std::stable_sort(each.sites.begin(), each.sites.end(), [](const SiteOnListener& a, const SiteOnListener& b) {
        return Rank(a).comes_before(Rank(b));
      });
    }
    return servers;
  }

 private:
  std::vector<Token> binds_of(const SiteBlock& block) const {
    std::vector<Token> binds;
    for (const Directive& each : block.directives)
      if (each.name.text == "bind") binds.insert(binds.end(), each.arguments.begin(), each.arguments.end());
    if (binds.empty()) binds = options_.default_bind;
    if (binds.empty()) binds.emplace_back();
    return binds;
  }

  void refuse_contradiction(const SiteAddress& address, const std::string& port) {
    const bool is_wrong = (address.scheme == "http" && port == std::to_string(options_.https_port)) ||
                          (address.scheme == "https" && port == std::to_string(options_.http_port));
    if (is_wrong)
      deployment_.problems.push_back({ReadProblem::Severity::error, address.written.span,
                                      fmt::format("{}: {} is not the port of {}; Caddy refuses that",
                                                  address.written.text, port, address.scheme)});
  }

  /// The same addresses of the same blocks lead here: Caddy makes one server of both listeners.
  static bool is_same(const std::vector<SiteOnListener>& a, const std::vector<SiteOnListener>& b) {
    return std::ranges::equal(a, b, [](const SiteOnListener& left, const SiteOnListener& right) {
      return left.index == right.index &&
             std::ranges::equal(left.addresses, right.addresses, [](const SiteAddress& x, const SiteAddress& y) {
               return x.written.text == y.written.text;
             });
    });
  }

  void refuse_twins(const SitesOfServer& server) {
    std::map<std::string, size_t> first;
    for (const SiteOnListener& site : server.sites)
      for (const SiteAddress& each : site.addresses)
        if (const auto [known, is_new] = first.try_emplace(each.written.text, site.index); !is_new && known->second != site.index)
          deployment_.problems.push_back({ReadProblem::Severity::error, each.written.span,
                                          fmt::format("{} is the address of two sites; Caddy refuses that", each.written.text)});
  }

  const ListeningOptions& options_;
  Deployment& deployment_;
  std::map<std::string, std::vector<SiteOnListener>> sites_;
  std::map<std::string, SourceSpan> places_;
};

}  // namespace

std::optional<SiteAddress> parse_site_address(const Token& token, Deployment& deployment) {
  SiteAddress address;
  address.written = {token.text, token.span};
  std::string rest = token.text;
  if (const size_t at = rest.find("://"); at != std::string::npos) {
    address.scheme = lower(rest.substr(0, at));
    rest.erase(0, at + 3);
  }
  size_t end = std::string::npos;
  for (size_t i = 0, depth = 0; i < rest.size() && end == std::string::npos; ++i) {
    if (rest[i] == '{') ++depth;
    if (rest[i] == '}' && depth > 0) --depth;
    if (rest[i] == '/' && depth == 0) end = i;
  }
  if (end != std::string::npos) {
    address.path = rest.substr(end);
    rest.resize(end);
  }
  const size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string::npos && rest.find_first_of("]}", colon) == std::string::npos;
  const bool has_placeholder_port = !has_port && rest.ends_with('}') && rest.rfind(":{") != std::string::npos &&
                                    rest.rfind(":{") == rest.rfind('{') - 1;
  if (has_placeholder_port) {
    deployment.problems.push_back({ReadProblem::Severity::error, token.span,
                                   fmt::format("{}: which port that is, only the environment knows; nothing is said of this "
                                               "site there",
                                               token.text)});
    return std::nullopt;
  }
  address.host = lower(has_port ? rest.substr(0, colon) : rest);
  if (has_port) address.port = rest.substr(colon + 1);
  if (address.host.starts_with('[') && address.host.ends_with(']')) {
    address.host = address.host.substr(1, address.host.size() - 2);
    if (const auto ip = IpAddress::parse(address.host)) address.host = ip->text();
  }
  if (!address.port.empty() && !port_of(address.port)) {
    deployment.problems.push_back({ReadProblem::Severity::error, token.span,
                                   fmt::format("{}: '{}' is no port; expected 0 to 65535", token.text, address.port)});
    return std::nullopt;
  }
  return address;
}

std::vector<SitesOfServer> servers_of(const std::vector<SiteBlock>& blocks, const ListeningOptions& options,
                                      Deployment& deployment) {
  Mapper mapper(options, deployment);
  for (size_t i = 0; i < blocks.size(); ++i) mapper.add(blocks[i], i);
  return mapper.take();
}

std::vector<Word> hosts_of(const SiteOnListener& site) {
  std::vector<Word> hosts;
  for (const SiteAddress& each : site.addresses) {
    if (each.host.empty()) return {};
    const bool is_known = std::ranges::any_of(hosts, [&](const Word& host) { return host.text == each.host; });
    if (!is_known) hosts.push_back({each.host, each.written.span});
  }
  return hosts;
}

}  // namespace astray::caddy
