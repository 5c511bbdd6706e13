#include "servers/envoy/connection_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "servers/envoy/routes.h"

namespace astray::envoy {
namespace {

/// Filters that answer, or send elsewhere, by whatever they were told of the authority.
constexpr std::array<std::string_view, 10> deciding_messages = {
    "Lua",  "LuaPerRoute", "Wasm",      "ExtAuthz",            "ExternalProcessor",
    "RBAC", "Config",      "Composite", "DynamicModuleFilter", "ExtensionWithMatcher"};

std::string lua_code(const Node* config) {
  if (const std::string code = text(config, "inline_code"); !code.empty()) return code;
  return text(field(config, "default_source_code"), "inline_string");
}

AccessLog access_log(const Node* node) {
  AccessLog log{node->place, "(default)", false, true};
  const Node* config = field(node, "typed_config");
  if (is_message(config, "HttpGrpcAccessLogConfig") || is_message(config, "OpenTelemetryAccessLogConfig")) {
    log.format = "gRPC";
    log.logs_sni = true;  // HTTPAccessLogEntry's tls_properties.tls_sni_hostname
    log.known = is_message(config, "HttpGrpcAccessLogConfig");
    return log;
  }
  const Node* format = field(config, "log_format");
  std::string words;
  if (format != nullptr) {
    words = text(format, "text_format") + text(field(format, "text_format_source"), "inline_string");
    if (const Node* json = field(format, "json_format")) {
      for (const gateway::YamlMember& member : json->members) words += " " + member.value.text;
      log.format = "json_format";
    }
    log.known = !words.empty();
  } else {
    words = text(config, "format");
  }
  if (!words.empty() && log.format == "(default)") log.format = words;
  while (log.format.ends_with('\n')) log.format.pop_back();
  log.logs_sni = words.find("%REQUESTED_SERVER_NAME") != std::string::npos;
  return log;
}

RouteTable routes_of(const Node* config, Reading& reading) {
  if (const Node* inlined = field(config, "route_config")) return read_route_table(inlined, reading);
  RouteTable table;
  const Node* rds = field(config, "rds");
  table.span = place(rds != nullptr ? rds : config);
  table.name = text(rds, "route_config_name");
  const Resources& resources = reading.resources();
  if (const auto known = resources.routes.find(table.name); rds != nullptr && known != resources.routes.end())
    return read_route_table(known->second, reading);
  const Node* source = field(rds, "config_source");
  if (const std::string path = path_of(source); !path.empty()) {
    const Node* response = reading.load(path, source->place);
    for (const Node* resource : items(response, "resources"))
      if (is_message(resource, "RouteConfiguration") && text(resource, "name") == table.name)
        return read_route_table(resource, reading);
    reading.error(source->place, fmt::format("{} has no route configuration of the name {}", path, table.name));
  } else {
    reading.warning(table.span,
                    rds != nullptr
                        ? fmt::format("route configuration {} comes from a management server; a config_dump has it",
                                      table.name)
                        : std::string("this connection manager has no route_config and no rds that astray reads"));
  }
  table.known = false;
  return table;
}

}  // namespace

void take_http_filter(const Node* filter, ConnectionManager& manager) {
  if (flag(filter, "disabled", false)) return;
  const Node* config = field(filter, "typed_config");
  const std::string type = text(config, "@type");
  if (is_message(config, "Lua") && is_lua_that_compares_with_sni(lua_code(config))) {
    manager.refuses_other_than_sni = filter->place;
    return;
  }
  const bool decides = config != nullptr && (std::ranges::any_of(deciding_messages, [&](std::string_view message) {
                         // "Config" alone is the Go filter's; others are called so too, and decide nothing.
                         return is_message(config, message) &&
                                (message != "Config" || type.find(".golang.") != std::string::npos);
                       }));
  const bool comes_later = field(filter, "config_discovery") != nullptr;
  if (decides || comes_later) manager.deciding.push_back({text(filter, "name"), filter->place});
}

ConnectionManager read_connection_manager(const Node* config, Reading& reading) {
  ConnectionManager manager;
  manager.span = place(config);
  manager.routes = routes_of(config, reading);
  if (flag(config, "strip_any_host_port", false))
    manager.strip_port = ConnectionManager::StripPort::any;
  else if (flag(config, "strip_matching_host_port", false))
    manager.strip_port = ConnectionManager::StripPort::matching;
  manager.strips_trailing_dot = flag(config, "strip_trailing_host_dot", false);
  const std::string codec = text(config, "codec_type");
  if (codec == "HTTP1") manager.codec = ConnectionManager::Codec::h1;
  if (codec == "HTTP2") manager.codec = ConnectionManager::Codec::h2;
  if (codec == "HTTP3") manager.codec = ConnectionManager::Codec::h3;
  for (const Node* filter : items(config, "http_filters")) take_http_filter(filter, manager);
  for (const Node* log : items(config, "access_log")) manager.access_logs.push_back(access_log(log));
  return manager;
}

}  // namespace astray::envoy
