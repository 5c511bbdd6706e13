// Where requests go on to: mod_proxy and mod_ssl's side of it.
#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/evaluator.h"
#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

Parameters parameters_of(std::span<const std::string_view> words) {
  Parameters parameters;
  for (std::string_view word : words) {
    size_t equals = word.find('=');
    if (equals != std::string_view::npos)
      parameters.emplace_back(ascii_lower(word.substr(0, equals)), std::string(word.substr(equals + 1)));
  }
  return parameters;
}

void add_mapping(Scope& scope, const Directive& directive, std::string_view prefix) {
  std::vector<std::string_view> words = scope.words(directive);
  ProxyStatement mapping;
  mapping.span = directive.span;
  size_t at = 0;
  if (scope.in_server()) {
    if (words.size() < 2)
      return scope.error(directive,
                         fmt::format("{} takes a path and a URL; it is left out, and httpd refuses to start",
                                     directive.name));
    mapping.location = fmt::format("{}{}", prefix, words[0]);
    at = 1;
  } else {
    if (words.empty())
      return scope.error(directive, fmt::format("{} takes a URL; it is left out, and httpd refuses to start",
                                                directive.name));
    mapping.location = std::string(scope.location);
  }
  mapping.url = words[at];
  mapping.parameters = parameters_of(std::span(words).subspan(at + 1));
  scope.server.proxy.mappings.push_back(std::move(mapping));
}

void proxy_pass(Scope& scope, const Directive& directive) {
  add_mapping(scope, directive, "");
}
void proxy_pass_match(Scope& scope, const Directive& directive) {
  add_mapping(scope, directive, "~ ");
}

void set_handler(Scope& scope, const Directive& directive) {
  std::vector<std::string_view> words = scope.words(directive);
  if (words.empty() || !words[0].starts_with("proxy:")) return;
  ProxyStatement mapping;
  mapping.span = directive.span;
  mapping.location = scope.location.empty() ? "/" : std::string(scope.location);
  mapping.url = words[0].substr(6);
  mapping.by = ProxyStatement::By::handler;
  scope.server.proxy.mappings.push_back(std::move(mapping));
}

void balancer_member(Scope& scope, const Directive& directive) {
  std::vector<std::string_view> words = scope.words(directive);
  size_t at = 0;
  std::string name = scope.balancer != nullptr ? *scope.balancer : std::string();
  if (!words.empty() && ascii_istarts_with(words[0], "balancer://")) {
    name = ascii_lower(words[0].substr(11));
    while (name.ends_with('/')) name.pop_back();
    at = 1;
  }
  if (words.size() <= at || name.empty())
    return scope.error(
        directive,
        "BalancerMember takes a URL, in <Proxy \"balancer://name\">; it is left out, and httpd refuses to "
        "start");
  MemberStatement member;
  member.span = directive.span;
  member.url = words[at];
  member.parameters = parameters_of(std::span(words).subspan(at + 1));
  scope.server.proxy.balancers[name].push_back(std::move(member));
}

void preserve_host(Scope& scope, const Directive& directive) {
  auto on = scope.flag(directive);
  if (!on) return;
  if (scope.in_server() || scope.place == Place::root)
    scope.server.proxy.preserve_host = Scope::stated(*on, directive);
  if (scope.preserve_host != nullptr) *scope.preserve_host = Scope::stated(*on, directive);
}

/// A setting that a narrower section may change for a part of the requests: then it is not known for all.
void state(Scope& scope, Setting<bool>& setting, bool value, const Directive& directive) {
  if (scope.in_server() || scope.place == Place::root)
    setting = Scope::stated(value, directive);
  else if (setting.provenance == Provenance::default_value)
    setting = {value, directive.span, Provenance::unknowable};
}

void ssl_proxy_engine(Scope& scope, const Directive& directive) {
  if (auto on = scope.flag(directive)) state(scope, scope.server.proxy.engine, *on, directive);
}

void ssl_proxy_verify(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 1);
  if (!words.empty())
    state(scope, scope.server.proxy.verify,
          !ascii_iequals(words[0], "none") && !ascii_iequals(words[0], "off"), directive);
}

void check_peer_name(Scope& scope, const Directive& directive) {
  if (auto on = scope.flag(directive)) state(scope, scope.server.proxy.check_peer_name, *on, directive);
}

void check_peer_cn(Scope& scope, const Directive& directive) {
  if (auto on = scope.flag(directive)) state(scope, scope.server.proxy.check_peer_cn, *on, directive);
}

constexpr DirectiveReader proxy_table[] = {
    {"proxypass", proxy_pass},
    {"proxypassmatch", proxy_pass_match},
    {"sethandler", set_handler},
    {"balancermember", balancer_member},
    {"proxypreservehost", preserve_host},
    {"sslproxyengine", ssl_proxy_engine},
    {"sslproxyverify", ssl_proxy_verify},
    {"sslproxycheckpeername", check_peer_name},
    {"sslproxycheckpeercn", check_peer_cn},
};

}  // namespace

std::span<const DirectiveReader> proxy_directives() {
  return proxy_table;
}

}  // namespace astray::httpd
