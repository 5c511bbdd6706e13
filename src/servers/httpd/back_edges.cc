#include "servers/httpd/back_edges.h"

#include <fmt/format.h>

#include <optional>

#include "base/ascii.h"
#include "servers/httpd/addresses.h"
#include "servers/httpd/inherit.h"

namespace astray::httpd {
namespace {

struct SchemeRow {
  std::string_view name;
  BackProtocol protocol;
  uint16_t port;
};
constexpr SchemeRow schemes[] = {
    {"http", BackProtocol::http, 80},      {"https", BackProtocol::https, 443},
    {"h2c", BackProtocol::http, 80},       {"h2", BackProtocol::https, 443},
    {"ws", BackProtocol::http, 80},        {"wss", BackProtocol::https, 443},
    {"fcgi", BackProtocol::fastcgi, 8000}, {"scgi", BackProtocol::scgi, 4000},
    {"uwsgi", BackProtocol::uwsgi, 3031},  {"ajp", BackProtocol::ajp, 8009},
    {"balancer", BackProtocol::http, 80},
};

struct Url {
  const SchemeRow* scheme = nullptr;
  std::string_view authority;
  std::string_view unix_path;  ///< of "unix:/path|http://host/"
};

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (ascii_istarts_with(text, "unix:")) {
    size_t bar = text.find('|');
    if (bar == std::string_view::npos) return std::nullopt;
    url.unix_path = text.substr(5, bar - 5);
    text = text.substr(bar + 1);
  }
  size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  for (const SchemeRow& row : schemes)
    if (ascii_iequals(row.name, text.substr(0, colon))) url.scheme = &row;
  if (url.scheme == nullptr) return std::nullopt;
  std::string_view rest = text.substr(colon + 3);
  url.authority = rest.substr(0, rest.find_first_of("/?#"));
  if (size_t at = url.authority.rfind('@'); at != std::string_view::npos) url.authority.remove_prefix(at + 1);
  return url;
}

/// Parts that the request fills in: $1, %{…}, %1.
bool depends_on_request(std::string_view text) {
  return text.find_first_of("$%") != std::string_view::npos;
}

std::optional<BackAddress> address_from(const Url& url, SourceSpan span) {
  BackAddress address;
  address.span = span;
  if (!url.unix_path.empty()) {
    address.host = fmt::format("unix:{}", url.unix_path);
    return address;
  }
  if (url.authority.empty() || depends_on_request(url.authority)) return std::nullopt;
  std::optional<HostPort> parts = split_host_port(url.authority);
  if (!parts || parts->host.empty() || parts->any_port) return std::nullopt;
  address.host = ascii_lower(parts->host);
  address.ip = address_of(address.host);
  address.port = Port(parts->port.value_or(url.scheme->port));
  return address;
}

const std::string* parameter(const ProxyStatement& mapping, std::string_view name) {
  for (const auto& [key, value] : mapping.parameters)
    if (key == name) return &value;
  return nullptr;
}

/// What counts for every edge of one section.
struct Sender {
  const ServerStatements& own;
  const ServerStatements& main;
  const GlobalStatements& global;
  Problems& problems;
  Setting<bool> preserve_host;
  Setting<bool> verify;
  Setting<bool> check_name;
  Setting<bool> check_cn;
  Setting<NameExpression> host_override;
  Setting<bool> engine;

  const std::vector<MemberStatement>* members(const std::string& name) const {
    if (auto found = own.proxy.balancers.find(name); found != own.proxy.balancers.end())
      return &found->second;
    if (auto found = main.proxy.balancers.find(name); found != main.proxy.balancers.end())
      return &found->second;
    return nullptr;
  }
};

Setting<int> kept_connections(const ProxyStatement& mapping, BackProtocol protocol, const Sender& sender) {
  Setting<int> kept;
  const std::string* disable = parameter(mapping, "disablereuse");
  const std::string* enable = parameter(mapping, "enablereuse");
  const std::string* max = parameter(mapping, "max");
  // FastCGI and SCGI backs are asked once per connection unless told otherwise.
  bool reuses = protocol != BackProtocol::fastcgi && protocol != BackProtocol::scgi;
  if (enable != nullptr) reuses = ascii_iequals(*enable, "on");
  if (disable != nullptr) reuses = !ascii_iequals(*disable, "on");
  // The connections of rewrite rules and handlers are not kept.
  if (mapping.by != ProxyStatement::By::proxy_pass) reuses = false;
  bool stated = enable != nullptr || disable != nullptr || max != nullptr;
  kept.value = reuses ? sender.global.threads_per_child : 0;
  if (reuses && max != nullptr)
    if (auto number = Port::parse(*max)) kept.value = number->number();
  if (stated) {
    kept.span = mapping.span;
    kept.provenance = Provenance::set;
  }
  return kept;
}

void add_addresses(BackEdge& edge, const Url& url, const ProxyStatement& mapping, const Sender& sender) {
  if (!ascii_iequals(url.scheme->name, "balancer")) {
    auto address = address_from(url, mapping.span);
    edge.addresses_known = address.has_value();
    if (address) edge.addresses.push_back(std::move(*address));
    return;
  }
  edge.pool = ascii_lower(url.authority);
  const std::vector<MemberStatement>* members = sender.members(edge.pool);
  if (members == nullptr) {
    edge.addresses_known = false;
    sender.problems.warning(
        mapping.span,
        fmt::format("balancer://{} has no BalancerMember, so where it leads is not known", edge.pool));
    return;
  }
  for (const MemberStatement& member : *members) {
    std::optional<Url> member_url = parse_url(member.url);
    std::optional<BackAddress> address = member_url ? address_from(*member_url, member.span) : std::nullopt;
    if (!address) {
      edge.addresses_known = false;
      continue;
    }
    if (edge.addresses.empty()) edge.protocol = member_url->scheme->protocol;
    edge.addresses.push_back(std::move(*address));
  }
}

/// Host, SNI and the name that is checked (modules/proxy/proxy_util.c, modules/ssl/ssl_engine_io.c).
void name_the_back(BackEdge& edge, const ProxyStatement& mapping, const Sender& sender) {
  Setting<bool> preserve = inherit(mapping.preserve_host, sender.preserve_host);
  bool is_http = edge.protocol == BackProtocol::http || edge.protocol == BackProtocol::https;
  using Kind = NameExpression::Kind;
  Provenance provenance = preserve.provenance;
  edge.host = {
      {preserve.value || !is_http ? Kind::request_host_raw : Kind::back_host, ""}, preserve.span, provenance};
  if (preserve.value && sender.host_override.stated()) edge.host = sender.host_override;
  if (!uses_tls(edge.protocol)) return;
  bool back_is_address = !edge.addresses.empty() && edge.addresses.front().ip.has_value() &&
                         !ascii_iequals(edge.addresses.front().host, "localhost");
  Kind name = preserve.value ? Kind::request_host : Kind::back_host;
  edge.sni = {{!preserve.value && back_is_address ? Kind::none : name, ""}, preserve.span, provenance};
  bool name_off = sender.check_name.stated() && !sender.check_name.value;
  bool cn_off = sender.check_cn.stated() && !sender.check_cn.value;
  bool cn_on = sender.check_cn.stated() && sender.check_cn.value;
  bool name_on = sender.check_name.stated() && sender.check_name.value;
  bool checks_name = name_off ? cn_on : !cn_off || name_on;
  const Setting<bool>& says = name_off || name_on ? sender.check_name : sender.check_cn;
  edge.verify_name = {{checks_name ? name : Kind::none, ""}, says.span, says.provenance};
  // By default the name and the dates are checked, though not who signed them.
  edge.verify = {checks_name || sender.verify.value, sender.verify.span, sender.verify.provenance};
}

void add_edge(std::vector<BackEdge>& edges, const ProxyStatement& mapping, const Sender& sender) {
  if (mapping.url == "!") return;
  BackEdge edge;
  edge.span = mapping.span;
  edge.location = mapping.location;
  edge.target = mapping.url;
  std::optional<Url> url = parse_url(mapping.url);
  if (url) {
    edge.protocol = url->scheme->protocol;
    add_addresses(edge, *url, mapping, sender);
  } else {
    edge.addresses_known = false;
  }
  edge.keepalive = kept_connections(mapping, edge.protocol, sender);
  name_the_back(edge, mapping, sender);
  if (uses_tls(edge.protocol) && sender.engine.known() && !sender.engine.value)
    sender.problems.warning(
        mapping.span,
        "the back is asked over TLS, but SSLProxyEngine is not on here: httpd answers 500; add "
        "`SSLProxyEngine on`");
  edges.push_back(std::move(edge));
}

bool takes_root(const ProxyStatement& mapping) {
  return mapping.location == "/" && mapping.by == ProxyStatement::By::proxy_pass;
}

}  // namespace

std::vector<BackEdge> back_edges(const ServerStatements& own, const ServerStatements& main,
                                 const GlobalStatements& global, Problems& problems) {
  Sender sender{own,
                main,
                global,
                problems,
                inherit(own.proxy.preserve_host, main.proxy.preserve_host),
                inherit(own.proxy.verify, main.proxy.verify),
                inherit(own.proxy.check_peer_name, main.proxy.check_peer_name),
                inherit(own.proxy.check_peer_cn, main.proxy.check_peer_cn),
                inherit(own.proxy.host_override, main.proxy.host_override),
                inherit(own.proxy.engine, main.proxy.engine)};
  std::vector<BackEdge> edges;
  for (const ProxyStatement& mapping : own.proxy.mappings) add_edge(edges, mapping, sender);
  // The main server's rewrite rules are not a virtual host's; what else it passes on is.
  if (&own != &main)
    for (const ProxyStatement& mapping : main.proxy.mappings)
      if (mapping.by != ProxyStatement::By::rewrite_rule) add_edge(edges, mapping, sender);
  return edges;
}

bool proxies_root(const ServerStatements& own, const ServerStatements& main) {
  for (const ServerStatements* server : {&own, &main})
    for (const ProxyStatement& mapping : server->proxy.mappings)
      if (takes_root(mapping)) return mapping.url != "!";
  return false;
}

}  // namespace astray::httpd
