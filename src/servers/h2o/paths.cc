#include "servers/h2o/paths.h"

#include <algorithm>
#include <charconv>

namespace astray::h2o {
namespace {

constexpr int not_found = 404;

bool is_on(const YamlNode& node) { return node.text == "ON" || node.text == "on" || node.text == "On"; }

std::optional<int> number_in(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

BackEdge back_of(const YamlNode& url, const std::string& path, const Inherited& settings) {
  BackEdge edge;
  edge.span = url.place;
  edge.location = path;
  edge.target = url.text;
  std::string rest = url.text;
  const size_t scheme_end = rest.find("://");
  if (scheme_end != std::string::npos) rest.erase(0, scheme_end + 3);
  edge.protocol = url.text.starts_with("https:") ? BackProtocol::https : BackProtocol::http;
  const bool is_unix = rest.starts_with("[unix:");
  const std::string authority = rest.substr(0, is_unix ? rest.find(']') + 1 : rest.find('/'));
  BackAddress address;
  address.span = url.place;
  address.port = Port(edge.protocol == BackProtocol::https ? 443 : 80);
  if (is_unix) {
    address.host = authority.substr(1, authority.size() - 2);
  } else {
    const size_t colon = authority.rfind(':');
    const bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
    address.host = has_port ? authority.substr(0, colon) : authority;
    if (has_port)
      if (const auto port = number_in(authority.substr(colon + 1)); port && *port > 0 && *port <= 65535)
        address.port = Port(static_cast<uint16_t>(*port));
    if (address.host.starts_with('[') && address.host.ends_with(']')) address.host = address.host.substr(1, address.host.size() - 2);
    if (const auto ip = IpAddress::parse(address.host)) address.ip = *ip;
    else if (address.host == "localhost") address.ip = IpAddress::v4({127, 0, 0, 1});
  }
  edge.addresses.push_back(std::move(address));
  using enum NameExpression::Kind;
  edge.host = {{settings.preserve_host.value ? request_host_raw : back_host, ""},
               settings.preserve_host.span,
               settings.preserve_host.provenance};
  edge.keepalive = {settings.keepalive_milliseconds.value > 0 ? 1 : 0, settings.keepalive_milliseconds.span,
                    settings.keepalive_milliseconds.provenance};
  if (edge.protocol != BackProtocol::https) return edge;
  // The name of the URL, be it an address: OpenSSL is handed it as it is.
  edge.sni.value = {back_host, ""};
  edge.verify_name.value = {back_host, ""};
  edge.verify = settings.verify_peer;
  edge.session_reuse.value = true;
  return edge;
}

/// What one handler of a path makes of a request for "/": 0 where it answers itself with a page or a back.
struct RootAnswer {
  bool answers = false;
  bool is_known = true;
  int status = 0;
  SourceSpan span{};
};

RootAnswer root_answer(const YamlMember& handler) {
  const std::string& name = handler.name;
  if (name == "redirect") {
    const YamlNode* status = handler.value.member("status");
    return {true, true, status != nullptr ? number_in(status->text).value_or(302) : 302, handler.place};
  }
  if (name == "file.dir" || name == "file.file" || name == "proxy.reverse.url" || name == "fastcgi.connect" ||
      name == "fastcgi.spawn" || name == "status" || name == "proxy.connect")
    return {true, true, 0, handler.place};
  // A program: it answers what it likes.
  if (name == "mruby.handler" || name == "mruby.handler-file") return {true, false, 0, handler.place};
  return {};
}

}  // namespace

Inherited inherited(const YamlNode& directives, Inherited outer) {
  const auto age = [](auto& setting) {
    if (setting.provenance == Provenance::set) setting.provenance = Provenance::inherited;
  };
  age(outer.preserve_host);
  age(outer.verify_peer);
  age(outer.keepalive_milliseconds);
  for (const YamlMember& each : directives.members) {
    if (each.name == "proxy.preserve-host") outer.preserve_host = {is_on(each.value), each.place, Provenance::set};
    if (each.name == "proxy.ssl.verify-peer") outer.verify_peer = {is_on(each.value), each.place, Provenance::set};
    if (each.name == "proxy.timeout.keepalive")
      outer.keepalive_milliseconds = {number_in(each.value.text).value_or(2000), each.place, Provenance::set};
    if (each.name != "access-log") continue;
    const YamlNode* format = each.value.member("format");
    const std::string text = format != nullptr ? format->text : "combined";
    outer.access_logs.push_back({each.place, text, text.find("ssl.server-name") != std::string::npos, true});
  }
  return outer;
}

void take_paths(const YamlNode& paths, const Inherited& outer, VirtualHost& host) {
  RootAnswer root{true, true, not_found, paths.place};  // where no path is "/"
  for (const YamlMember& path : paths.members) {
    std::vector<YamlMember> handlers = path.value.members;
    Inherited settings = inherited(path.value, outer);
    for (const YamlNode& each : path.value.items) {
      handlers.insert(handlers.end(), each.members.begin(), each.members.end());
      settings = inherited(each, std::move(settings));
    }
    bool has_root_answer = false;
    for (const YamlMember& each : handlers) {
      if (each.name == "proxy.reverse.url") {
        if (each.value.is_text()) host.back_edges.push_back(back_of(each.value, path.name, settings));
        for (const YamlNode& url : each.value.items) host.back_edges.push_back(back_of(url, path.name, settings));
      }
      const RootAnswer answer = root_answer(each);
      if (path.name != "/" || !answer.answers || has_root_answer) continue;
      root = answer;
      has_root_answer = true;
    }
    if (path.name == "/" && !has_root_answer) root.span = path.place;
  }
  if (root.status != 0 || !root.is_known)
    host.fixed_status = {root.status, root.span, root.is_known ? Provenance::set : Provenance::unknowable};
}

}  // namespace astray::h2o
