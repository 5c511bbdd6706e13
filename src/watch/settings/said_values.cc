#include "watch/settings/said_values.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include <fmt/format.h>

#include "base/nearest.h"
#include "names/url.h"

namespace astray::watch {
namespace {

using gateway::As;
using gateway::Parsed;

Failure<std::string> unlike(std::string why = {}) {
  return Failure<std::string>(std::move(why));
}

/// Of "nats://127.0.0.1:4222"; the second speaks TLS from the first byte that says something.
constexpr std::string_view nats_schemes[] = {"nats://", "tls://"};

Result<Url, std::string> read_url(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) return unlike(std::string(describe(url.error())));
  if (url->userinfo) return unlike("user and password belong into a file of their own");
  return *url;
}

}  // namespace

Parsed<TargetText> parse_scalar(std::string_view text, As<TargetText>) {
  Result<ProbeTarget> target = parse_target(text);
  if (!target) return unlike(std::move(target.error().message));
  return TargetText{std::move(*target)};
}

Parsed<NodeText> parse_scalar(std::string_view text, As<NodeText>) {
  if (const auto endpoint = Endpoint::parse(text)) return NodeText{{endpoint->address, endpoint->port}};
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  const auto address = IpAddress::parse(text);
  if (!address) return unlike();
  return NodeText{{*address, std::nullopt}};
}

Parsed<ServerText> parse_scalar(std::string_view text, As<ServerText>) {
  const size_t at = text.find('@');
  const std::string_view kind = text.substr(0, at);
  if (find_server(kind) == nullptr) {
    std::vector<std::string_view> known;
    for (const Server& server : all_servers()) known.push_back(server.id);
    return unlike(fmt::format("astray reads {}{}", fmt::join(known, ", "), did_you_mean(kind, known)));
  }
  if (at != std::string_view::npos && !Version::parse(text.substr(at + 1)))
    return unlike("what stands behind \"@\" is no version");
  return ServerText{std::string(text)};
}

Parsed<ClientText> parse_scalar(std::string_view text, As<ClientText>) {
  const ClientProfile* profile = find_client_profile(text);
  if (profile != nullptr) return ClientText{profile};
  std::vector<std::string_view> known;
  for (const ClientProfile* each : all_client_profiles()) known.push_back(each->id);
  return unlike(fmt::format("astray knows {}{}", fmt::join(known, ", "), did_you_mean(text, known)));
}

Parsed<NameText> parse_scalar(std::string_view text, As<NameText>) {
  const auto name = Hostname::parse(text);
  if (!name) return unlike(std::string(describe(name.error())));
  return NameText{std::string(name->text())};
}

Parsed<UrlText> parse_scalar(std::string_view text, As<UrlText>) {
  const auto url = read_url(text);
  if (!url) return unlike(url.error());
  return UrlText{url->text()};
}

Parsed<NatsUrlText> parse_scalar(std::string_view text, As<NatsUrlText>) {
  const auto* const scheme = std::ranges::find_if(nats_schemes, [&](std::string_view each) { return text.starts_with(each); });
  if (scheme == std::end(nats_schemes)) return unlike("it has no scheme: nats:// or tls:// is expected");
  // The rest as a URL that Url can read.
  const auto url = read_url(fmt::format("http://{}", text.substr(scheme->size())));
  if (!url) return unlike(url.error());
  if (url->target != "/") return unlike("nothing may stand behind the port");
  return NatsUrlText{std::string(*scheme) + url->authority.text()};
}

Parsed<Percentage> parse_scalar(std::string_view text, As<Percentage>) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != "%")
    return unlike();
  if (value > 100) return unlike("it is more than the whole");
  return Percentage{value};
}

Parsed<AuthoritiesText> parse_scalar(std::string_view text, As<AuthoritiesText>) {
  const auto path = gateway::parse_scalar(text, As<gateway::FilePath>{});
  if (!path) return unlike(path.error());
  return AuthoritiesText{path->text};
}

std::string print_scalar(const TargetText& value) {
  return value.target.text;
}
std::string print_scalar(const NodeText& value) {
  return value.node.port ? Endpoint{value.node.address, *value.node.port}.text() : value.node.address.text();
}
std::string print_scalar(const ServerText& value) {
  return value.text;
}
std::string print_scalar(const NameText& value) {
  return value.text;
}
std::string print_scalar(const ClientText& value) {
  return value.profile == nullptr ? "" : std::string(value.profile->id);
}
std::string print_scalar(const UrlText& value) {
  return value.text;
}
std::string print_scalar(const NatsUrlText& value) {
  return value.text;
}
std::string print_scalar(const Percentage& value) {
  return fmt::format("{}%", value.value);
}
std::string print_scalar(const AuthoritiesText& value) {
  return value.text;
}

}  // namespace astray::watch
