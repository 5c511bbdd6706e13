// Who a section answers for, and how HTTP is spoken there: core, mod_remoteip, mod_md.
#include <fmt/format.h>

#include "base/ascii.h"
#include "servers/httpd/addresses.h"
#include "servers/httpd/alias_pattern.h"
#include "servers/httpd/evaluator.h"
#include "servers/httpd/words.h"

namespace astray::httpd {
namespace {

void warn_of_unreachable_name(const Scope& scope, const Directive& directive, std::string_view name) {
  if (name.ends_with('.'))
    scope.warning(
        directive,
        fmt::format("\"{}\" ends with a dot, which httpd removes from every Host, so no request has this "
                    "name; remove the dot",
                    name));
  else if (name.find_first_of(":/") != std::string_view::npos)
    scope.warning(
        directive,
        fmt::format("\"{}\" holds more than a host name, so no request has this name; write the name alone",
                    name));
}

void server_name(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  auto words = scope.words(directive, 1, 1);
  if (words.empty()) return;
  std::string_view name = words[0];
  if (name.find_first_of("*?") != std::string_view::npos)
    return scope.error(
        directive,
        fmt::format("ServerName \"{}\" has a wildcard, which httpd refuses to start with; it is left "
                    "out: use ServerAlias",
                    name));
  if (size_t scheme = name.find("://"); scheme != std::string_view::npos) name.remove_prefix(scheme + 3);
  size_t colon = name.find(':');
  scope.server.port = 0;
  if (colon != std::string_view::npos) {
    std::optional<Port> port = Port::parse(name.substr(colon + 1));
    if (!port)
      scope.error(
          directive,
          fmt::format("ServerName \"{}\" has a port outside 1 to 65535; httpd refuses to start", words[0]));
    else
      scope.server.port = port->number();
    name = name.substr(0, colon);
  }
  warn_of_unreachable_name(scope, directive, name);
  scope.server.name = NamedPattern{{PatternKind::exact, ascii_lower(name)}, directive.span};
}

void server_alias(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  if (scope.is_main)
    return scope.error(
        directive,
        "ServerAlias stands outside of <VirtualHost>, which httpd refuses to start with; it is left out");
  std::string_view rest = directive.arguments;
  while (!rest.empty()) {
    std::string_view name = take_word(rest, scope.shared.arena);
    if (name.empty()) continue;
    ServerNamePattern pattern = alias_pattern(name);
    if (pattern.kind == PatternKind::exact) warn_of_unreachable_name(scope, directive, name);
    scope.server.aliases.push_back({std::move(pattern), directive.span});
  }
}

void listen(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 2);
  if (words.empty()) return;
  if (!scope.is_main || !scope.in_server())
    return scope.error(
        directive,
        "Listen stands in a section, which httpd refuses to start with; it is left out: move it to the "
        "top level");
  auto address = parse_listen_address(words[0]);
  if (!address) return scope.error(directive, "Listen: " + address.error());
  ListenStatement statement;
  statement.span = directive.span;
  statement.ip = address->ip;
  statement.port = Port(address->port);
  statement.only_ipv4 = words[0].starts_with("0.0.0.0:");
  statement.protocol = words.size() == 2 ? ascii_lower(words[1]) : address->port == 443 ? "https" : "http";
  for (const ListenStatement& earlier : scope.shared.global.listens)
    if (earlier.ip == statement.ip && earlier.port == statement.port)
      return scope.error(
          directive,
          fmt::format("Listen {} says the same as an earlier Listen, which httpd refuses to start with; "
                      "remove one",
                      words[0]));
  scope.shared.global.listens.push_back(std::move(statement));
}

void protocol(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 1);
  if (!words.empty() && scope.in_server())
    scope.server.protocol = Scope::stated(ascii_lower(words[0]), directive);
}

void protocols(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 64);
  if (words.empty() || !scope.in_server()) return;
  if (scope.server.protocols.empty()) scope.server.protocols_span = directive.span;
  for (std::string_view word : words) scope.server.protocols.emplace_back(word);
}

void protocols_honor_order(Scope& scope, const Directive& directive) {
  if (auto on = scope.flag(directive)) scope.server.protocols_order = Scope::stated(*on, directive);
}

void http_protocol_options(Scope& scope, const Directive& directive) {
  if (!scope.in_server()) return;
  for (std::string_view word : scope.words(directive, 1, 8)) {
    if (ascii_iequals(word, "unsafe")) scope.server.lenient_host = Scope::stated(true, directive);
    if (ascii_iequals(word, "strict")) scope.server.lenient_host = Scope::stated(false, directive);
  }
}

void strict_host_check(Scope& scope, const Directive& directive) {
  if (auto on = scope.flag(directive)) scope.server.strict_host_check = Scope::stated(*on, directive);
}

void proxy_protocol(Scope& scope, const Directive& directive) {
  if (auto on = scope.flag(directive)) scope.server.proxy_protocol = Scope::stated(*on, directive);
}

void threads_per_child(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 1);
  if (words.empty() || !scope.is_main) return;
  if (std::optional<Port> number = Port::parse(words[0]))
    scope.shared.global.threads_per_child = number->number();
}

void managed_domain(Scope& scope, const Directive& directive) {
  if (!scope.is_main)
    return scope.error(
        directive,
        "a managed domain stands in a <VirtualHost>, which httpd refuses to start with; it is left out: move "
        "it to the top level");
  ManagedDomain domain;
  domain.span = directive.span;
  for (std::string_view word : scope.words(directive))
    if (word != "auto" && word != "manual" && !word.empty()) domain.names.push_back(ascii_lower(word));
  if (!domain.names.empty()) scope.shared.global.managed_domains.push_back(std::move(domain));
}

void managed_domain_set(Scope& scope, const Directive& section) {
  managed_domain(scope, section);
  if (!scope.is_main || scope.shared.global.managed_domains.empty()) return;
  ManagedDomain& domain = scope.shared.global.managed_domains.back();
  for (const Directive& inner : section.children) {
    if (!ascii_iequals(inner.name, "MDMember")) continue;
    for (std::string_view word : scope.words(inner)) domain.names.push_back(ascii_lower(word));
  }
}

void managed_store(Scope& scope, const Directive& directive) {
  auto words = scope.words(directive, 1, 1);
  if (!words.empty() && scope.is_main) scope.shared.global.managed_store = words[0];
}

constexpr DirectiveReader host_table[] = {
    {"servername", server_name},
    {"serveralias", server_alias},
    {"listen", listen},
    {"protocol", protocol},
    {"protocols", protocols},
    {"protocolshonororder", protocols_honor_order},
    {"httpprotocoloptions", http_protocol_options},
    {"stricthostcheck", strict_host_check},
    {"remoteipproxyprotocol", proxy_protocol},
    {"threadsperchild", threads_per_child},
    {"mdomain", managed_domain},
    {"managedomain", managed_domain},
    {"<mdomainset", managed_domain_set},
    {"mdstoredir", managed_store},
};

}  // namespace

std::span<const DirectiveReader> host_directives() {
  return host_table;
}

}  // namespace astray::httpd
