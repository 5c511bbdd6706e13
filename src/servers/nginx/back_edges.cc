#include "servers/nginx/back_edges.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/nginx/expression.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

/// A `*_pass` value in its parts.
struct PassUrl {
  std::string_view scheme;     ///< "http://", or "" when none is written
  std::string_view authority;  ///< host and port, or "unix:/path"
};

PassUrl split_pass(std::string_view url) {
  PassUrl parts;
  const size_t scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) parts.scheme = url.substr(0, scheme_end + 3);
  parts.authority = url.substr(parts.scheme.size());
  if (ascii_istarts_with(parts.authority, "unix:"))
    parts.authority = parts.authority.substr(0, parts.authority.find(':', 5));
  else
    parts.authority = parts.authority.substr(0, parts.authority.find_first_of("/?"));
  return parts;
}

// Without a port, and nothing for an address: what may stand in an SNI (ngx_http_upstream_ssl_name).
std::string_view without_port(std::string_view name) {
  const size_t from = name.starts_with('[') ? name.find(']') : 0;
  const size_t colon = from == std::string_view::npos ? std::string_view::npos : name.find(':', from);
  return name.substr(0, colon);
}

bool is_address_literal(std::string_view name) {
  return name.starts_with('[') || IpAddress::parse(name).has_value();
}

// The value of the last statement of a header in the nearest block that sets headers at all.
struct Header {
  std::string_view value;
  SourceSpan span;
  Provenance provenance = Provenance::default_value;
};

Header find_header(const Scope& scope, Keyword keyword, std::string_view name) {
  Header header;
  const Scope::FoundAll stated = scope.find_all(keyword);
  for (const DirectiveId id : stated.ids)
    if (ascii_iequals(scope.tree().argument(id, 0), name))
      header = {scope.tree().argument(id, 1), scope.tree().span(id), stated.provenance};
  return header;
}

Setting<NameExpression> as_setting(NameExpression expression, SourceSpan span, Provenance provenance) {
  if (expression.kind == NameExpression::Kind::unknowable) provenance = Provenance::unknowable;
  return {std::move(expression), span, provenance};
}

Setting<NameExpression> read_host(const Scope& scope, Keyword keyword, const BackTarget& target,
                                  const Reading& reading) {
  const NameExpression back_host{NameExpression::Kind::back_host, target.proxy_host};
  const Header header = find_header(scope, keyword, "Host");
  if (header.provenance == Provenance::default_value) return {back_host, {}, Provenance::default_value};
  NameExpression host = classify_name(header.value, scope, target.proxy_host);
  if (host.kind == NameExpression::Kind::none && replaces_empty_host(reading.version)) host = back_host;
  return as_setting(std::move(host), header.span, header.provenance);
}

enum class Persistence : uint8_t { kept, closed, unknowable };

// Whether the request leaves the connection to the back open (HTTP/1.1 and no "Connection: close").
Persistence judge_persistence(const Scope& scope, const Reading& reading) {
  const std::string_view by_default = keeps_back_connections_by_default(reading.version) ? "1.1" : "1.0";
  const Setting<std::string> http_version = scope.text(Keyword::proxy_http_version, by_default);
  if (http_version.value == "1.0") return Persistence::closed;
  if (http_version.value != "1.1") return Persistence::kept;  // HTTP/2, from 1.29.4 on
  const Header connection = find_header(scope, Keyword::proxy_set_header, "Connection");
  if (connection.provenance == Provenance::default_value)
    return keeps_back_connections_by_default(reading.version) ? Persistence::kept : Persistence::closed;
  const std::string value = ascii_lower(substitute_constants(connection.value, scope));
  if (has_variables(value)) return Persistence::unknowable;
  return value.find("close") == std::string::npos ? Persistence::kept : Persistence::closed;
}

bool depends_on_request(const NameExpression& name) {
  switch (name.kind) {
    case NameExpression::Kind::request_host:
    case NameExpression::Kind::request_host_raw:
    case NameExpression::Kind::front_sni:
    case NameExpression::Kind::unknowable:
      return true;
    default:
      return false;
  }
}

void read_keepalive(const BackTarget& target, Persistence persistence, const Reading& reading,
                    BackEdge& edge) {
  if (target.upstream == nullptr) return;  // only an upstream { } has a pool
  bool is_local = target.upstream->keepalive_is_local;
  edge.keepalive = target.upstream->keepalive;
  if (!edge.keepalive.stated() && keeps_back_connections_by_default(reading.version)) {
    edge.keepalive.value = 32;
    is_local = true;
  }
  edge.pool_is_per_location = is_local;
  if (persistence == Persistence::closed) edge.keepalive.value = 0;
  if (persistence == Persistence::unknowable && edge.keepalive.value != 0)
    edge.keepalive.provenance = Provenance::unknowable;
  // A pool is keyed by address, and by location when it is local: its connections differ in SNI when one
  // location sends several, or when several locations share the pool.
  edge.pool_ignores_sni = uses_tls(edge.protocol) && edge.keepalive.value != 0 &&
                          (!is_local || depends_on_request(edge.sni.value));
}

BackEdge read_proxy_pass(const Scope& scope, DirectiveId pass, const Upstreams& upstreams,
                         const Reading& reading) {
  const DirectiveTree& tree = scope.tree();
  BackEdge edge;
  edge.span = tree.span(pass);
  edge.target = std::string(tree.argument(pass, 0));
  const std::string url = substitute_constants(edge.target, scope);
  const PassUrl parts = split_pass(url);
  const bool is_tls = ascii_iequals(parts.scheme, "https://");
  edge.protocol = is_tls ? BackProtocol::https : BackProtocol::http;
  if (!is_tls && !ascii_iequals(parts.scheme, "http://") && !has_variables(url))
    reading.problems.error(edge.span,
                           fmt::format("invalid URL prefix in \"proxy_pass {}\": expecting http:// or "
                                       "https://; nginx will not start",
                                       edge.target));
  if (has_variables(parts.scheme))
    reading.problems.warning(
        edge.span, fmt::format("whether \"proxy_pass {}\" speaks TLS depends on the request; read as "
                               "if it did not",
                               edge.target));
  const BackTarget target =
      resolve_target(parts.authority, Port::of(is_tls ? Scheme::https : Scheme::http), edge.span, upstreams);
  edge.pool = target.pool;
  edge.addresses = target.addresses;
  edge.addresses_known = target.addresses_known;
  edge.host = read_host(scope, Keyword::proxy_set_header, target, reading);
  if (is_tls) read_back_tls(scope, proxy_tls, target.proxy_host, reading, edge);
  read_keepalive(target, judge_persistence(scope, reading), reading, edge);
  return edge;
}

BackEdge read_grpc_pass(const Scope& scope, DirectiveId pass, const Upstreams& upstreams,
                        const Reading& reading) {
  const DirectiveTree& tree = scope.tree();
  BackEdge edge;
  edge.span = tree.span(pass);
  edge.target = std::string(tree.argument(pass, 0));
  const std::string url = substitute_constants(edge.target, scope);
  const PassUrl parts = split_pass(url);
  const bool is_tls = ascii_iequals(parts.scheme, "grpcs://");
  edge.protocol = is_tls ? BackProtocol::grpcs : BackProtocol::grpc;
  const BackTarget target =
      resolve_target(parts.authority, Port::of(is_tls ? Scheme::https : Scheme::http), edge.span, upstreams);
  edge.pool = target.pool;
  edge.addresses = target.addresses;
  edge.addresses_known = target.addresses_known;
  edge.host = read_host(scope, Keyword::grpc_set_header, target, reading);
  if (is_tls) read_back_tls(scope, grpc_tls, target.proxy_host, reading, edge);
  read_keepalive(target, Persistence::kept, reading, edge);
  return edge;
}

// FastCGI, uwsgi and SCGI carry the front's header fields along, Host as HTTP_HOST among them.
BackEdge read_gateway_pass(const Scope& scope, DirectiveId pass, BackProtocol protocol, Keyword parameter,
                           const Upstreams& upstreams) {
  const DirectiveTree& tree = scope.tree();
  BackEdge edge;
  edge.span = tree.span(pass);
  edge.protocol = protocol;
  edge.target = std::string(tree.argument(pass, 0));
  const std::string url = substitute_constants(edge.target, scope);
  const BackTarget target = resolve_target(split_pass(url).authority, Port(80), edge.span, upstreams);
  edge.pool = target.pool;
  edge.addresses = target.addresses;
  edge.addresses_known = target.addresses_known;
  const Header header = find_header(scope, parameter, "HTTP_HOST");
  if (header.provenance == Provenance::default_value)
    edge.host = {{NameExpression::Kind::request_host_raw, ""}, {}, Provenance::default_value};
  else
    edge.host =
        as_setting(classify_name(header.value, scope, target.proxy_host), header.span, header.provenance);
  return edge;
}

std::string describe_location(const DirectiveTree& tree, DirectiveId block) {
  std::string text;
  for (const Word& word : tree.arguments(block)) {
    if (!text.empty()) text += ' ';
    text += word.text;
  }
  return text;
}

class EdgeReader {
 public:
  EdgeReader(const Upstreams& upstreams, const Reading& reading) : upstreams_(upstreams), reading_(reading) {}

  // `location` is the text of the nearest location around the block.
  void read(const Scope& scope, const std::string& location) {
    const DirectiveTree& tree = scope.tree();
    for (const DirectiveId child : tree.children(scope.block())) {
      switch (tree.at(child).keyword) {
        case Keyword::proxy_pass:
          add(read_proxy_pass(scope, child, upstreams_, reading_), location);
          break;
        case Keyword::grpc_pass:
          add(read_grpc_pass(scope, child, upstreams_, reading_), location);
          break;
        case Keyword::fastcgi_pass:
          add(read_gateway_pass(scope, child, BackProtocol::fastcgi, Keyword::fastcgi_param, upstreams_),
              location);
          break;
        case Keyword::uwsgi_pass:
          add(read_gateway_pass(scope, child, BackProtocol::uwsgi, Keyword::uwsgi_param, upstreams_),
              location);
          break;
        case Keyword::scgi_pass:
          add(read_gateway_pass(scope, child, BackProtocol::scgi, Keyword::scgi_param, upstreams_), location);
          break;
        case Keyword::location:
          read(Scope(tree, child, &scope), describe_location(tree, child));
          break;
        case Keyword::if_:
        case Keyword::limit_except:
          read(Scope(tree, child, &scope), fmt::format("{}{}{} {}", location, location.empty() ? "" : " ",
                                                       tree.name(child), describe_location(tree, child)));
          break;
        default:
          break;
      }
    }
  }

  std::vector<BackEdge> take() { return std::move(edges_); }

 private:
  void add(BackEdge edge, const std::string& location) {
    edge.location = location;
    edges_.push_back(std::move(edge));
  }

  const Upstreams& upstreams_;
  const Reading& reading_;
  std::vector<BackEdge> edges_;
};

}  // namespace

BackTarget resolve_target(std::string_view authority, Port default_port, SourceSpan span,
                          const Upstreams& upstreams) {
  BackTarget target;
  if (authority.empty() || has_variables(authority)) {
    target.addresses_known = false;
    return target;
  }
  if (const Upstream* upstream = upstreams.find(authority)) {
    target.pool = upstream->name;
    target.upstream = upstream;
    target.addresses = upstream->addresses;
    target.addresses_known = upstream->addresses_known;
    target.proxy_host = std::string(authority);
    return target;
  }
  BackAddress address = parse_back_address(authority, default_port, span);
  if (ascii_istarts_with(authority, "unix:"))
    target.proxy_host = "localhost";
  else if (address.port == default_port)
    target.proxy_host = address.host;
  else
    target.proxy_host = std::string(authority);
  target.addresses.push_back(std::move(address));
  return target;
}

void read_back_tls(const Scope& scope, const BackTlsKeywords& keywords, std::string_view proxy_host,
                   const Reading& reading, BackEdge& edge) {
  const Setting<bool> sends_name = scope.flag(keywords.server_name, false, reading.problems);
  const Setting<std::string> name = scope.text(keywords.name, "");
  NameExpression expression = name.stated()
                                  ? classify_name(name.value, scope, proxy_host)
                                  : NameExpression{NameExpression::Kind::back_host, std::string(proxy_host)};
  if (expression.kind == NameExpression::Kind::back_host && proxy_host.empty())
    expression = {NameExpression::Kind::unknowable, "$proxy_host"};
  if (expression.kind == NameExpression::Kind::fixed || expression.kind == NameExpression::Kind::back_host)
    expression.text = std::string(without_port(expression.text));
  edge.verify_name = as_setting(expression, name.span, name.provenance);

  if (!sends_name.value || is_address_literal(expression.text)) expression = {};
  const bool name_decides = sends_name.value && name.stated();
  edge.sni = as_setting(std::move(expression), name_decides ? name.span : sends_name.span,
                        name_decides ? name.provenance : sends_name.provenance);

  edge.verify = scope.flag(keywords.verify, false, reading.problems);
  edge.session_reuse = scope.flag(keywords.session_reuse, true, reading.problems);
}

std::vector<BackEdge> read_back_edges(const Scope& server, const Upstreams& upstreams,
                                      const Reading& reading) {
  EdgeReader reader(upstreams, reading);
  reader.read(server, "");
  return reader.take();
}

}  // namespace astray::nginx
