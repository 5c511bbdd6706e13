#include "servers/nginx/upstreams.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/nginx/scope.h"

namespace astray::nginx {
namespace {

void read_server(const DirectiveTree& tree, DirectiveId directive, Upstream& upstream, Problems& problems) {
  const std::span<const Word> words = tree.arguments(directive);
  if (words.empty()) {
    problems.error(tree.span(directive), "\"server\" without an address; left out of the upstream");
    return;
  }
  for (const Word& word : words.subspan(1)) {
    if (word.text == "down") return;
    // service=: the port comes from an SRV record.
    if (word.text.starts_with("service=")) upstream.addresses_known = false;
  }
  // The port is 80 whatever the protocol (ngx_http_upstream_server).
  upstream.addresses.push_back(parse_back_address(words[0].text, Port(80), tree.span(directive)));
}

Upstream read_upstream(const DirectiveTree& tree, DirectiveId block, Problems& problems) {
  Upstream upstream;
  upstream.name = std::string(tree.argument(block, 0));
  upstream.span = tree.span(block);
  for (const DirectiveId child : tree.children(block)) {
    switch (tree.at(child).keyword) {
      case Keyword::server:
        read_server(tree, child, upstream, problems);
        break;
      case Keyword::balancer_by_lua_block:
      case Keyword::balancer_by_lua_file:
        upstream.addresses_known = false;
        break;
      default:
        break;
    }
  }
  const Scope scope(tree, block, nullptr);
  upstream.keepalive = scope.number(Keyword::keepalive, 0, problems);
  if (const Scope::Found keepalive = scope.find(Keyword::keepalive))
    upstream.keepalive_is_local = tree.argument(keepalive.id, 1) == "local";
  if (upstream.addresses.empty() && upstream.addresses_known) {
    problems.error(upstream.span,
                   fmt::format("upstream \"{}\" has no server; nginx will not start", upstream.name));
    upstream.addresses_known = false;
  }
  return upstream;
}

}  // namespace

BackAddress parse_back_address(std::string_view text, Port default_port, SourceSpan span) {
  BackAddress address{std::string(text), std::nullopt, default_port, span};
  if (ascii_istarts_with(text, "unix:")) return address;
  std::string_view host = text;
  std::string_view port;
  const size_t close = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const size_t colon = text.find(':', close == std::string_view::npos ? 0 : close);
  if (colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  address.host = std::string(host);
  if (const std::optional<Port> stated = Port::parse(port)) address.port = *stated;
  std::string_view literal = host;
  if (literal.starts_with('[') && literal.ends_with(']')) literal = literal.substr(1, literal.size() - 2);
  if (const Result<IpAddress, IpAddress::Error> ip = IpAddress::parse(literal)) address.ip = *ip;
  if (ascii_iequals(host, "localhost")) address.ip = IpAddress::v4({127, 0, 0, 1});
  return address;
}

Upstreams::Upstreams(const DirectiveTree& tree, DirectiveId block, Problems& problems) {
  for (const DirectiveId child : tree.children(block)) {
    if (tree.at(child).keyword != Keyword::upstream) continue;
    if (tree.argument(child, 0).empty()) {
      problems.error(tree.span(child), "\"upstream\" without a name; left out");
      continue;
    }
    Upstream upstream = read_upstream(tree, child, problems);
    std::string key = ascii_lower(upstream.name);
    if (!by_name_.emplace(std::move(key), std::move(upstream)).second)
      problems.error(tree.span(child),
                     fmt::format("duplicate upstream \"{}\": nginx will not start; the first one is "
                                 "taken",
                                 tree.argument(child, 0)));
  }
}

const Upstream* Upstreams::find(std::string_view name) const {
  const auto found = by_name_.find(ascii_lower(name));
  return found == by_name_.end() ? nullptr : &found->second;
}

}  // namespace astray::nginx
