#include "servers/caddy/json_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "servers/caddy/proxy.h"

namespace astray::caddy {
namespace {

using gateway::YamlMember;
using gateway::YamlNode;

/// A status as a number or text; 0 for a placeholder.
int status_of(const YamlNode& node, int otherwise) {
  const std::string text = JsonReading::text(node, "status_code");
  if (text.empty()) return otherwise;
  int status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  return error == std::errc() && end == text.data() + text.size() ? status : 0;
}

std::vector<MatcherSet> sets_of(const YamlNode& list, const JsonReading& reading);

MatcherSet set_of(const YamlNode& node, const JsonReading& reading) {
  MatcherSet set;
  for (const YamlMember& member : node.members) {
    if (member.name == "host") {
      set.hosts = reading.words(node, "host");
    } else if (member.name == "path") {
      set.paths = reading.words(node, "path");
    } else if (member.name == "protocol") {
      set.protocol = member.value.text;
    } else if (member.name == "method") {
      const bool has_get = std::ranges::any_of(member.value.items, [](const YamlNode& each) { return each.text == "GET"; });
      if (!has_get) set.negated.push_back({MatcherSet{}});
    } else if (member.name == "not") {
      set.negated.push_back(sets_of(member.value, reading));
    } else {
      set.has_unknowable = true;
    }
  }
  return set;
}

std::vector<MatcherSet> sets_of(const YamlNode& list, const JsonReading& reading) {
  std::vector<MatcherSet> sets;
  for (const YamlNode& each : list.items) sets.push_back(set_of(each, reading));
  return sets;
}

void take_host_header(const YamlNode& node, ProxySettings& proxy, const JsonReading& reading) {
  const YamlNode* headers = node.member("headers");
  const YamlNode* request = headers != nullptr ? headers->member("request") : nullptr;
  if (request == nullptr) return;
  for (const char* operation : {"set", "add", "replace"}) {
    const YamlNode* fields = request->member(operation);
    if (fields == nullptr) continue;
    for (const YamlMember& field : fields->members) {
      std::string name = field.name;
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (name != "host" || field.value.items.empty()) continue;
      const YamlNode& value = field.value.items.front();
      proxy.host = Word{value.is_text() ? value.text : "{a replacement}", reading.place(value)};
    }
  }
}

Handler proxy_of(const YamlNode& node, const JsonReading& reading) {
  ProxySettings proxy;
  proxy.span = reading.place(node);
  proxy.location = "/";
  if (const YamlNode* upstreams = node.member("upstreams"))
    for (const YamlNode& each : upstreams->items)
      if (const YamlNode* dial = each.member("dial")) proxy.upstreams.push_back({dial->text, reading.place(*dial)});
  proxy.has_dynamic_upstreams = node.member("dynamic_upstreams") != nullptr;
  take_host_header(node, proxy, reading);
  if (const YamlNode* transport = node.member("transport")) {
    proxy.is_fastcgi = JsonReading::text(*transport, "protocol") == "fastcgi";
    if (const YamlNode* tls = transport->member("tls")) {
      proxy.tls = true;
      if (const YamlNode* name = tls->member("server_name")) proxy.tls_server_name = Word{name->text, reading.place(*name)};
      if (JsonReading::is_true(*tls, "insecure_skip_verify")) proxy.skips_verification = reading.place(*tls);
    }
    const YamlNode* keepalive = transport->member("keep_alive");
    if (keepalive != nullptr && JsonReading::text(*keepalive, "enabled") == "false") proxy.idle_connections = 0;
  }
  Handler handler;
  handler.kind = Handler::Kind::serves;
  handler.span = proxy.span;
  handler.back = back_edge_of(proxy, reading.deployment.version);
  return handler;
}

Handler handler_of(const YamlNode& node, const JsonReading& reading) {
  using enum Handler::Kind;
  static const std::set<std::string_view> passing = {"headers", "encode", "vars", "map", "request_body", "templates", "push",
                                                     "tracing", "copy_response_headers", "log_append", "intercept"};
  static const std::set<std::string_view> serving = {"file_server", "metrics", "acme_server"};
  const std::string name = JsonReading::text(node, "handler");
  Handler handler;
  handler.span = reading.place(node);
  if (passing.contains(name)) return handler;
  if (name == "reverse_proxy") return proxy_of(node, reading);
  if (serving.contains(name)) {
    handler.kind = serves;
  } else if (name == "subroute") {
    handler.kind = subroute;
    handler.routes = json_routes(node.member("routes"), reading);
  } else if (name == "static_response") {
    handler.kind = JsonReading::is_true(node, "abort") ? aborts : responds;
    handler.status = status_of(node, unstated_status);
  } else if (name == "error") {
    handler.kind = fails;
    handler.status = status_of(node, 500);
  } else if (name == "authentication") {
    handler.kind = fails;
    handler.status = 401;
  } else if (name == "rewrite") {
    const bool changes_path = std::ranges::any_of(node.members, [](const YamlMember& member) {
      return member.name != "handler" && member.name != "method";
    });
    handler.kind = changes_path ? rewrites : passes;
  } else {
    handler.kind = unknowable;
    reading.deployment.problems.push_back({ReadProblem::Severity::warning, handler.span,
                                           fmt::format("the handler '{}' is not one of Caddy's own; what it answers cannot "
                                                       "be told",
                                                       name)});
  }
  return handler;
}

}  // namespace

std::string JsonReading::text(const YamlNode& node, std::string_view name) {
  const YamlNode* found = node.member(name);
  return found != nullptr && found->is_text() ? found->text : std::string();
}

std::vector<Word> JsonReading::words(const YamlNode& node, std::string_view name) const {
  std::vector<Word> words;
  if (const YamlNode* list = node.member(name))
    for (const YamlNode& each : list->items) words.push_back({each.text, place(each)});
  return words;
}

std::vector<Route> json_routes(const YamlNode* list, const JsonReading& reading) {
  std::vector<Route> routes;
  if (list == nullptr) return routes;
  for (const YamlNode& node : list->items) {
    Route& route = routes.emplace_back();
    route.span = reading.place(node);
    route.group = JsonReading::text(node, "group");
    route.terminal = JsonReading::is_true(node, "terminal");
    if (const YamlNode* match = node.member("match")) route.match = sets_of(*match, reading);
    if (const YamlNode* handle = node.member("handle"))
      for (const YamlNode& each : handle->items) route.handle.push_back(handler_of(each, reading));
  }
  return routes;
}

}  // namespace astray::caddy
