#include "servers/nginx/stream.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/ascii.h"
#include "servers/nginx/back_edges.h"
#include "servers/nginx/expression.h"
#include "servers/nginx/listen.h"
#include "servers/nginx/server_names.h"
#include "servers/nginx/tls.h"
#include "servers/nginx/versions.h"

namespace astray::nginx {
namespace {

// "$name" or "${name}" and nothing else: the name, otherwise "".
std::string_view sole_variable(std::string_view text) {
  if (!text.starts_with('$')) return {};
  text.remove_prefix(1);
  if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
  return text.find_first_of("${}:./") == std::string_view::npos ? text : std::string_view();
}

class StreamReader {
 public:
  StreamReader(DirectiveId block, const Reading& reading, Deployment& deployment, Listeners& listeners)
      : reading_(reading),
        tree_(reading.tree),
        deployment_(deployment),
        stream_(reading.tree, block, nullptr),
        upstreams_(reading.tree, block, reading.problems),
        listeners_(listeners) {
    for (const DirectiveId child : tree_.children(block))
      if (tree_.at(child).keyword == Keyword::map && tree_.at(child).is_block)
        maps_.emplace(sole_variable(tree_.argument(child, 1)), child);
  }

  void read() {
    for (const DirectiveId child : tree_.children(stream_.block()))
      if (tree_.at(child).keyword == Keyword::server && tree_.at(child).is_block) read_server(child);
    add_named_routes();
  }

 private:
  /// The passthrough servers of one address.
  struct Sharing {
    std::vector<PassthroughRoute> named_routes;
    std::vector<PassthroughRoute> default_routes;
    bool has_explicit_default = false;
  };

  void read_server(DirectiveId block) {
    const Scope scope(tree_, block, &stream_);
    scope.report_duplicates(reading_.problems);
    std::vector<Listen> listens = read_listens(scope);
    bool terminates = false;
    for (const Listen& listen : listens) terminates = terminates || listen.ssl;
    std::vector<NamedPattern> names = read_names(scope);
    if (terminates) {
      add_terminating(scope, listens, std::move(names));
    } else {
      add_passthrough(scope, listens, names);
    }
  }

  std::vector<Listen> read_listens(const Scope& scope) {
    std::vector<Listen> listens;
    for (const DirectiveId directive : scope.own(Keyword::listen)) {
      Result<Listen> listen = parse_listen(tree_, directive);
      if (!listen) {
        reading_.problems.error(tree_.span(directive),
                                fmt::format("this \"listen\" is left out: {}", listen.error().message));
        continue;
      }
      for (const std::string& parameter : listen->unknown_parameters)
        reading_.problems.error(listen->span,
                                fmt::format("invalid parameter \"{}\" of \"listen\" (a missing \";\"?); "
                                            "ignored here, nginx will not start",
                                            parameter));
      if (!listen->udp) listens.push_back(std::move(*listen));
    }
    if (scope.own(Keyword::listen).empty())
      reading_.problems.error(
          tree_.span(scope.block()),
          "no \"listen\" is defined for this stream server; nginx will not start, it is left out");
    return listens;
  }

  std::vector<NamedPattern> read_names(const Scope& scope) {
    const std::vector<DirectiveId> stated = scope.own(Keyword::server_name);
    if (stated.empty()) return {};
    if (!has_stream_virtual_servers(reading_.version)) {
      reading_.problems.error(
          tree_.span(stated.front()),
          fmt::format("nginx {} does not know \"server_name\" in stream {{ }} (it came with 1.25.5) and "
                      "will not start; left out",
                      reading_.version.text()));
      return {};
    }
    return read_server_names(scope, reading_.problems);
  }

  void add_terminating(const Scope& scope, const std::vector<Listen>& listens,
                       std::vector<NamedPattern> names) {
    VirtualHost host;
    host.span = tree_.span(scope.block());
    host.names = std::move(names);
    host.tls = read_tls(scope, reading_);
    if (const Scope::Found pass = scope.find(Keyword::proxy_pass))
      host.back_edges.push_back(read_edge(scope, tree_.argument(pass.id, 0), tree_.span(pass.id)));
    const auto id = static_cast<VirtualHostId>(deployment_.virtual_hosts.size());
    for (const Listen& listen : listens)
      if (listen.ssl && !host.tls.enabled.value) host.tls.enabled = {true, listen.span, Provenance::set};
    deployment_.virtual_hosts.push_back(std::move(host));
    for (const Listen& listen : listens)
      for (const ListenAddress& address : listen.addresses)
        listeners_.add(address, listen, id, Listener::Kind::tcp);
  }

  void add_passthrough(const Scope& scope, const std::vector<Listen>& listens,
                       const std::vector<NamedPattern>& names) {
    const std::vector<PassthroughRoute> routes = read_routes(scope);
    for (const Listen& listen : listens) {
      for (const ListenAddress& address : listen.addresses) {
        const std::optional<size_t> index =
            listeners_.add(address, listen, VirtualHostId::none, Listener::Kind::passthrough);
        if (!index) continue;
        Sharing& sharing = sharing_[*index];
        const bool is_default = listen.is_default || sharing.default_routes.empty();
        if (is_default && !sharing.has_explicit_default) sharing.default_routes = routes;
        sharing.has_explicit_default = sharing.has_explicit_default || listen.is_default;
        add_routes_of_names(scope, names, routes, sharing);
      }
    }
  }

  // With several servers on one address, ssl_preread picks one by its server_name.
  void add_routes_of_names(const Scope& scope, const std::vector<NamedPattern>& names,
                           const std::vector<PassthroughRoute>& routes, Sharing& sharing) {
    const bool has_one_target = routes.size() == 1 && !routes.front().name;
    for (const NamedPattern& name : names) {
      PassthroughRoute route;
      route.name = name.pattern;
      route.span = name.span;
      if (has_one_target) {
        route.back = routes.front().back;
      } else {
        route.back.span = tree_.span(scope.block());
        route.back.protocol = BackProtocol::tcp;
        route.back.addresses_known = false;
      }
      sharing.named_routes.push_back(std::move(route));
    }
  }

  std::vector<PassthroughRoute> read_routes(const Scope& scope) {
    const Scope::Found pass = scope.find(Keyword::proxy_pass);
    if (!pass) return {};  // `return`, njs or Lua answers
    const std::string_view target = tree_.argument(pass.id, 0);
    const auto map = maps_.find(sole_variable(target));
    if (map == maps_.end() || sole_variable(target).empty() ||
        sole_variable(tree_.argument(map->second, 0)) != "ssl_preread_server_name")
      return {
          PassthroughRoute{std::nullopt, tree_.span(pass.id), read_edge(scope, target, tree_.span(pass.id))}};
    const bool reads_sni = scope.flag(Keyword::ssl_preread, false, reading_.problems).value;
    return read_map(scope, map->second, reads_sni);
  }

  // Without ssl_preread the variable is empty, and only the default counts.
  std::vector<PassthroughRoute> read_map(const Scope& scope, DirectiveId map, bool reads_sni) {
    std::vector<PassthroughRoute> routes;
    bool has_hostnames = false;
    for (const DirectiveId entry : tree_.children(map))
      has_hostnames = has_hostnames || (tree_.name(entry) == "hostnames" && tree_.arguments(entry).empty());
    for (const DirectiveId entry : tree_.children(map)) {
      const SourceSpan span = tree_.span(entry);
      if (tree_.arguments(entry).size() != 1) {
        if (!tree_.arguments(entry).empty() ||
            (tree_.name(entry) != "hostnames" && tree_.name(entry) != "volatile"))
          reading_.problems.error(
              span, "invalid number of the map parameters: expecting a key and a value; left out");
        continue;
      }
      std::string_view key = tree_.name(entry);
      PassthroughRoute route{std::nullopt, span, read_edge(scope, tree_.argument(entry, 0), span)};
      if (key != "default") {
        if (!reads_sni) continue;
        Result<ServerNamePattern> pattern = parse_key(key, has_hostnames);
        if (!pattern) {
          reading_.problems.error(span, fmt::format("{}; left out", pattern.error().message));
          continue;
        }
        route.name = std::move(*pattern);
      }
      routes.push_back(std::move(route));
    }
    return routes;
  }

  static Result<ServerNamePattern> parse_key(std::string_view key, bool has_hostnames) {
    if (key.starts_with("~*")) return parse_server_name("~(?i)" + std::string(key.substr(2)));
    if (key.starts_with('~')) return parse_server_name(key);
    if (key.starts_with('\\')) key.remove_prefix(1);
    if (has_hostnames) return parse_server_name(key);
    return ServerNamePattern{PatternKind::exact, ascii_lower(key)};
  }

  BackEdge read_edge(const Scope& scope, std::string_view target, SourceSpan span) {
    BackEdge edge;
    edge.span = span;
    edge.protocol = BackProtocol::tcp;
    edge.target = std::string(target);
    const std::string constant = substitute_constants(target, scope);
    const BackTarget resolved = resolve_target(constant, Port(80), span, upstreams_);
    edge.pool = resolved.pool;
    edge.addresses = resolved.addresses;
    edge.addresses_known = resolved.addresses_known;
    if (scope.flag(Keyword::proxy_ssl, false, reading_.problems).value)
      read_back_tls(scope, proxy_tls, resolved.proxy_host, reading_, edge);
    return edge;
  }

  void add_named_routes() {
    for (auto& [index, sharing] : sharing_) {
      std::vector<PassthroughRoute>& routes = deployment_.listeners[index].routes;
      routes = std::move(sharing.named_routes);
      for (PassthroughRoute& route : sharing.default_routes) routes.push_back(std::move(route));
    }
  }

  const Reading& reading_;
  const DirectiveTree& tree_;
  Deployment& deployment_;
  const Scope stream_;
  const Upstreams upstreams_;
  Listeners& listeners_;
  std::unordered_map<std::string_view, DirectiveId> maps_;
  std::unordered_map<size_t, Sharing> sharing_;
};

}  // namespace

void read_stream(DirectiveId block, const Reading& reading, Deployment& deployment, Listeners& listeners) {
  StreamReader(block, reading, deployment, listeners).read();
}

}  // namespace astray::nginx
