#include "servers/caddy/caddyfile_proxy.h"

#include <algorithm>

#include "servers/caddy/proxy.h"

namespace astray::caddy {
namespace {

void take_transport(const Directive& line, ProxySettings& settings) {
  const std::string kind = line.arguments.empty() ? "" : line.arguments.front().text;
  settings.is_fastcgi = kind == "fastcgi";
  if (kind != "http") return;
  for (const Directive& each : line.block) {
    const std::string& name = each.name.text;
    if (name.starts_with("tls")) settings.tls = true;
    if (name == "tls_insecure_skip_verify") settings.skips_verification = each.name.span;
    if (each.arguments.empty()) continue;
    const Token& value = each.arguments.front();
    if (name == "tls_server_name") settings.tls_server_name = Word{value.text, value.span};
    if (name == "keepalive" && value.text == "off") settings.idle_connections = 0;
  }
}

/// `header_up Host NAME`; with + a second Host is added, which the last one is then of.
void take_header(const Directive& line, ProxySettings& settings) {
  if (line.arguments.size() < 2) return;
  std::string field = line.arguments.front().text;
  if (field.starts_with('+') || field.starts_with('>')) field.erase(0, 1);
  if (field.ends_with(':')) field.pop_back();
  std::ranges::transform(field, field.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (field != "host") return;
  const Token& value = line.arguments[1];
  settings.host = Word{line.arguments.size() == 2 ? value.text : "{a replacement of " + value.text + "}", value.span};
}

}  // namespace

BackEdge back_edge_of(const Directive& directive, const std::vector<Token>& arguments, std::string location,
                      Deployment& deployment) {
  ProxySettings settings;
  settings.span = directive.name.span;
  settings.location = std::move(location);
  for (const Token& each : arguments) settings.upstreams.push_back({each.text, each.span});
  for (const Directive& line : directive.block) {
    const std::string& name = line.name.text;
    if (name == "to")
      for (const Token& each : line.arguments) settings.upstreams.push_back({each.text, each.span});
    if (name == "dynamic") settings.has_dynamic_upstreams = true;
    if (name == "transport") take_transport(line, settings);
    if (name == "header_up") take_header(line, settings);
  }
  if (settings.upstreams.empty() && !settings.has_dynamic_upstreams)
    deployment.problems.push_back({ReadProblem::Severity::error, directive.name.span,
                                   "reverse_proxy names no back; expected an address such as 127.0.0.1:8080"});
  return back_edge_of(settings, deployment.version);
}

}  // namespace astray::caddy
