#include "servers/traefik/statics.h"

#include <fmt/format.h>

#include <limits>

#include "servers/traefik/definitions.h"

namespace astray::traefik {
namespace {

constexpr std::string_view internal_entry_point = "traefik";

EntryPoint read_entry_point(const gateway::YamlMember& member, Reading& reading) {
  EntryPoint point;
  point.name = member.name;
  point.span = member.place;
  const Node* node = &member.value;
  const std::string address = node->is_text() ? node->text : text(node, "address");
  if (const auto parsed = parse_address(address)) {
    point.addresses.push_back(*parsed);
  } else if (!address.ends_with("/udp")) {
    reading.error(member.value.place.known() ? member.value.place : member.place,
                  fmt::format("entry point {} has the address \"{}\"; expected one such as \":443\" or \"192.0.2.1:443\"",
                              member.name, address));
  }
  point.as_default = flag(node, "asDefault", false);
  if (const Node* http3 = field(node, "http3")) {
    point.http3 = http3->place;
    if (const auto port = Port::parse(text(http3, "advertisedPort"))) point.http3_port = *port;
  }
  if (const Node* proxy = field(node, "proxyProtocol")) point.proxy_protocol = proxy->place;
  const Node* transport = field(node, "transport");
  const std::string time = text(transport, "keepAliveMaxTime");
  point.limits_keep_alive =
      number(transport, "keepAliveMaxRequests").value_or(0) > 0 || (!time.empty() && time != "0" && time != "0s");
  const Node* http = field(node, "http");
  point.tls = read_router_tls(http, "file");
  if (point.tls) point.tls->of_entry_point = true;
  point.middlewares = texts(http, "middlewares");
  point.middlewares_span = place(field(http, "middlewares"));
  return point;
}

/// http.redirections.entryPoint, which is a router with a rule for every host.
std::optional<Router> read_redirection(const gateway::YamlMember& member, Syntax syntax) {
  const Node* to = field_at(&member.value, "http.redirections.entryPoint");
  if (to == nullptr) return std::nullopt;
  Router router;
  router.name = fmt::format("{}-to-{}@internal", member.name, text(to, "to"));
  router.span = to->place;
  router.rule_span = to->place;
  router.dialect = {syntax, true};
  router.rule_text = syntax == Syntax::v2 ? "HostRegexp(`{host:.+}`)" : "HostRegexp(`^.+$`)";
  router.rule = parse_rule(router.rule_text, Layer::http).value();
  router.priority = number(to, "priority").value_or(std::numeric_limits<int64_t>::max() - 1);
  router.entry_points = {member.name};
  const std::string scheme = text(to, "scheme");
  constexpr int moved = 301, found = 302;
  router.target = {Target::Kind::redirect_scheme, flag(to, "permanent", true) ? moved : found, to->place,
                   scheme.empty() ? "https" : scheme, "", ""};
  router.service = "noop@internal";
  return router;
}

void take_files(const Node* file, Reading& reading, Statics& statics) {
  if (const Node* name = field(file, "filename"); name != nullptr && name->is_text()) {
    const std::string path = reading.absolute(name->text);
    if (reading.options().files.kind(path) == FileSource::Kind::file)
      statics.files.push_back(path);
    else
      reading.warning(name->place, fmt::format("providers.file names {}, which is not there; --prefix says below which "
                                               "folder relative paths lie, --root where absolute ones do",
                                               path));
  }
  const Node* directory = field(file, "directory");
  if (directory == nullptr || !directory->is_text()) return;
  const std::string folder = reading.absolute(directory->text);
  if (reading.options().files.kind(folder) != FileSource::Kind::directory)
    return reading.warning(directory->place,
                           fmt::format("providers.file names the directory {}, which is not there", folder));
  for (const char* pattern : {"/*.toml", "/*.yaml", "/*.yml"})
    for (const std::string& each : reading.options().files.glob(folder + pattern))
      if (statics.files.size() < Reading::max_files) statics.files.push_back(each);
}

}  // namespace

std::optional<ListenAddress> parse_address(std::string_view text) {
  if (text.ends_with("/tcp")) text.remove_suffix(4);
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = Port::parse(text.substr(colon + 1));
  if (!port) return std::nullopt;
  ListenAddress address;
  address.port = *port;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty() || host == "0.0.0.0" || host == "::") return address;
  if (host == "localhost") host = "127.0.0.1";
  const auto ip = IpAddress::parse(host);
  if (!ip) return std::nullopt;
  address.ip = *ip;
  return address;
}

std::optional<RouterTls> read_router_tls(const Node* owner, std::string_view provider) {
  const Node* node = field(owner, "tls");
  if (node == nullptr || (node->is_text() && node->text != "true")) return std::nullopt;
  RouterTls tls;
  tls.span = node->place;
  if (const std::string options = text(node, "options"); !options.empty()) {
    tls.span = place(field(node, "options"));
    if (options != "default") tls.options = qualified(options, provider);
  }
  tls.resolver = text(node, "certResolver");
  for (const Node* domain : items(node, "domains")) {
    if (const std::string main = text(domain, "main"); !main.empty()) tls.resolver_domains.push_back(main);
    for (const std::string& name : texts(domain, "sans")) tls.resolver_domains.push_back(name);
  }
  return tls;
}

Statics read_statics(const Node* root, Reading& reading) {
  Statics statics;
  const bool is_v2 = reading.version() < Version{3, 0, 0};
  if (is_v2 || text(field(root, "core"), "defaultRuleSyntax") == "v2")
    statics.syntax = Syntax::v2;
  statics.is_stated = root != nullptr;
  if (root == nullptr) return statics;
  const Node* points = field(root, "entryPoints");
  if (points != nullptr && points->kind == Node::Kind::map) {
    for (const gateway::YamlMember& member : points->members) {
      EntryPoint point = read_entry_point(member, reading);
      if (point.addresses.empty()) continue;
      statics.entry_points.push_back(std::move(point));
      if (auto redirection = read_redirection(member, statics.syntax)) statics.redirections.push_back(std::move(*redirection));
    }
  } else {
    // Without any, Traefik opens one by the name of "http".
    statics.entry_points.push_back({.name = "http", .span = root->place, .addresses = {{{}, Port(80), ""}}});
  }
  statics.transport = field(root, "serversTransport");
  statics.has_resolvers = field(root, "certificatesResolvers") != nullptr;
  const Node* providers = field(root, "providers");
  statics.docker_is_asked_by_default = flag(field(providers, "docker"), "exposedByDefault", true);
  take_files(field(providers, "file"), reading, statics);
  return statics;
}

std::vector<std::string> default_entry_points(const Statics& statics) {
  std::vector<std::string> stated, all;
  for (const EntryPoint& point : statics.entry_points) {
    if (point.as_default) stated.push_back(point.name);
    if (point.name != internal_entry_point) all.push_back(point.name);
  }
  return stated.empty() ? all : stated;
}

}  // namespace astray::traefik
