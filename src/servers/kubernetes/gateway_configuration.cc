#include "servers/kubernetes/gateway_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "gateway/configuration/scalars.h"
#include "servers/kubernetes/gateways.h"
#include "servers/kubernetes/manifest_backs.h"
#include "servers/kubernetes/manifest_conditions.h"
#include "tls/file_certificate_source.h"

namespace astray::kubernetes {
namespace {

using gateway::As;
using gateway::Coalescing;
using gateway::Label;
using gateway::Placed;
using gateway::UnownedSetting;
using gateway::VirtualHostSettings;

/// One port of one Gateway.
struct PortListeners {
  std::vector<const GatewayListener*> listeners{};
  HostnameTable by_hostname{};  ///< index of `listeners`
};

class ConfigurationMaker {
 public:
  ConfigurationMaker(const Reading& reading, PrivateKeys keys, ManifestGateway& into)
      : reading_(reading), keys_(keys), into_(into),
        tell_([this](SourceSpan place, std::string message) {
          into_.problems.push_back({gateway::Severity::error, place, std::move(message)});
        }),
        backs_(reading, into, tell_),
        find_back_([this](const Node* reference, const Object& route) { return backs_.find(reference, route); }) {}

  void add(const GatewayEntry& entry) {
    refuse_others(field(entry.object->node, "spec"),
                  {"gatewayClassName", "listeners", "addresses", "allowedListeners", "tls"}, "Gateway", tell_);
    refuse_others(field_at(entry.object->node, "spec.tls"), {"frontend"}, "Gateway's tls", tell_);
    std::map<uint16_t, PortListeners> ports;
    for (const GatewayListener& listener : entry.listeners) {
      if (!listener.refused.empty()) continue;
      if (listener.protocol == "TLS") {
        tell_(listener.node->place, listener.title() + " has protocol TLS, which is not supported (UnsupportedProtocol); "
                                                       "expected HTTP or HTTPS");
        continue;
      }
      PortListeners& port = ports[listener.port.number()];
      port.by_hostname.add(listener.hostname, port.listeners.size());
      port.listeners.push_back(&listener);
    }
    for (const auto& [number, port] : ports) add_port(entry, Port(number), port);
    take_annotations(*entry.object);
  }

 private:
  /// What the API has no fields for.
  void take_annotations(const Object& gateway) {
    const Node* annotations = field_at(gateway.node, "metadata.annotations");
    if (annotations == nullptr) return;
    gateway::OperationSettings& operation = into_.configuration.operation;
    for (const gateway::YamlMember& each : annotations->members) {
      if (!each.name.starts_with("astray.dev/") || each.name == "astray.dev/public-ports") continue;
      const auto address = gateway::parse_scalar(each.value.text, As<Endpoint>{});
      const auto threads = gateway::parse_scalar(each.value.text, As<uint32_t>{});
      if (each.name == "astray.dev/admin" && each.value.text == "off")
        operation.admin.settings.reset();
      else if (each.name == "astray.dev/admin" && address)
        operation.admin.settings = gateway::AdminSettings{{*address, each.place}};
      else if (each.name == "astray.dev/threads" && threads)
        operation.threads = *threads;
      else
        tell_(each.place, fmt::format("{}: \"{}\" means nothing here; expected astray.dev/public-ports (8443=443), "
                                      "astray.dev/admin (an address, or off) or astray.dev/threads (a number)",
                                      each.name, each.value.text));
    }
  }

  void add_port(const GatewayEntry& entry, Port number, const PortListeners& port) {
    const GatewayListener& first = *port.listeners.front();
    gateway::ListenerSettings settings;
    settings.name = {{fmt::format("listener-{}-{}", into_.configuration.listeners.size() + 1, number.number())},
                     first.node->place};
    settings.address = {{address_of(*entry.object), number}, first.node->place};
    settings.public_port = public_port(*entry.object, number);
    settings.tls = first.protocol == "HTTPS";
    settings.cleartext = gateway::CleartextAnswer::serve;
    const bool has_catch_all = port.by_hostname.at("").has_value();
    const size_t first_host = into_.configuration.virtual_hosts.size();
    std::optional<Label> default_host;
    for (const GatewayListener* listener : port.listeners) {
      const size_t before = into_.configuration.virtual_hosts.size();
      const bool is_catch_all = listener->hostname.empty();
      // What another listener would take is misdirected here; what none would is not found.
      const UnownedSetting unowned =
          has_catch_all && !is_catch_all ? UnownedSetting::misdirected : UnownedSetting::not_found;
      add_hosts(entry, *listener, port, settings, unowned);
      if (is_catch_all && into_.configuration.virtual_hosts.size() > before)
        default_host = into_.configuration.virtual_hosts[before].name.value;
    }
    if (settings.tls && default_host) {
      settings.unknown_sni = gateway::SniFallback::default_host;
      settings.missing_sni = gateway::SniFallback::default_host;
    }
    // In clear the default says what becomes of names that nobody owns.
    if (!settings.tls && !default_host && into_.configuration.virtual_hosts.size() > first_host)
      default_host = into_.configuration.virtual_hosts[first_host].name.value;
    if (default_host) settings.default_virtual_host = Placed<Label>{*default_host, first.node->place};
    into_.configuration.listeners.push_back(std::move(settings));
  }

  IpAddress address_of(const Object& gateway) {
    const auto addresses = items(field(gateway.node, "spec"), "addresses");
    if (addresses.empty()) return IpAddress::v4({0, 0, 0, 0});
    if (addresses.size() == 1 && text_or(addresses.front(), "type", "IPAddress") == "IPAddress")
      if (const auto ip = IpAddress::parse(text(addresses.front(), "value"))) return *ip;
    tell_(addresses.front()->place, "these addresses are not supported (UnsupportedAddress); expected one of type IPAddress");
    return IpAddress::v4({0, 0, 0, 0});
  }

  /// "8443=443, 8080=80" of the annotation astray.dev/public-ports: what clients name, where it is translated on the way.
  uint32_t public_port(const Object& gateway, Port number) const {
    const Node* stated = annotation(gateway, "astray.dev/public-ports");
    std::string_view rest = stated == nullptr ? std::string_view() : std::string_view(stated->text);
    while (!rest.empty()) {
      const size_t end = rest.find(',');
      std::string_view pair = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      const size_t equals = pair.find('=');
      const auto own = Port::parse(pair.substr(0, equals));
      const auto named = equals == std::string_view::npos ? std::nullopt : Port::parse(pair.substr(equals + 1));
      if (!own || !named) {
        tell_(stated->place, fmt::format("\"{}\" is no pair of ports; expected one such as 8443=443", pair));
        return 0;
      }
      if (*own == number) return named->number();
    }
    return 0;
  }

  void add_hosts(const GatewayEntry& entry, const GatewayListener& listener, const PortListeners& port,
                 const gateway::ListenerSettings& settings, UnownedSetting unowned) {
    refuse_others(listener.node, {"name", "hostname", "port", "protocol", "tls", "allowedRoutes"}, "listener", tell_);
    VirtualHostSettings common;
    common.coalesce = Coalescing::never;
    common.part_of = fmt::format("{} {}", listener.port.number(), listener.hostname);
    common.unowned = unowned;
    common.listeners.push_back({settings.name.value, listener.node->place});
    if (settings.tls) take_tls(entry, listener, common);
    std::map<std::vector<const Object*>, size_t> by_routes;
    for (const AttachedHost& host : listener.hosts) {
      if (!owns(listener, host.hostname, port)) continue;
      if (!host.is_certain) {
        tell_(host.span, "whether this route may attach depends on labels of a Namespace that is not among these objects");
        continue;
      }
      const auto name = name_of(host.hostname, host.span);
      if (!name) continue;
      const auto [known, is_new] = by_routes.try_emplace(host.routes, into_.configuration.virtual_hosts.size());
      if (is_new) {
        VirtualHostSettings made = common;
        made.routes = gateway_routes(host.routes, find_back_, tell_);
        keep(std::move(made), host.hostname, host.span);
      }
      into_.configuration.virtual_hosts[known->second].names.push_back(*name);
    }
    if (listener.hostname.empty() || listener.by_hostname.at(listener.hostname)) return;
    // What the listener owns and no route takes is not found, and misdirected elsewhere.
    const auto name = name_of(listener.hostname, listener.node->place);
    if (!name) return;
    VirtualHostSettings rest = common;
    rest.names.push_back(*name);
    keep(std::move(rest), listener.hostname, listener.node->place);
  }

  void keep(VirtualHostSettings made, std::string_view hostname, SourceSpan place) {
    constexpr size_t longest_label = 64;
    if (hostname.starts_with("*.")) hostname.remove_prefix(2);
    std::string label = fmt::format("host-{}-{}", into_.configuration.virtual_hosts.size() + 1, hostname);
    made.name = {{label.substr(0, longest_label)}, place};
    into_.configuration.virtual_hosts.push_back(std::move(made));
  }

  /// A more specific listener's names never get here.
  static bool owns(const GatewayListener& listener, const std::string& hostname, const PortListeners& port) {
    const auto owner = port.by_hostname.find(hostname.starts_with("*.") ? "any" + hostname.substr(1) : hostname);
    return owner && port.listeners[owner->value] == &listener;
  }

  std::optional<Placed<gateway::NamePattern>> name_of(const std::string& hostname, SourceSpan place) const {
    if (hostname.empty()) {
      tell_(place, "neither the listener nor the route has a host name, and the gateway serves names alone; expected "
                   "hostnames in the route");
      return std::nullopt;
    }
    const auto name = gateway::parse_scalar(hostname, As<gateway::NamePattern>{});
    if (name) return Placed<gateway::NamePattern>{*name, place};
    tell_(place, fmt::format("{} is no host name", hostname));
    return std::nullopt;
  }

  void take_tls(const GatewayEntry& entry, const GatewayListener& listener, VirtualHostSettings& into) {
    const Node* section = field(listener.node, "tls");
    refuse_others(section, {"mode", "certificateRefs"}, "listener's tls", tell_);
    for (const Node* reference : items(section, "certificateRefs")) take_certificate(reference, *listener.owner, into);
    if (into.certificates.empty())
      tell_(listener.node->place, listener.title() + " has no certificate that can be used (InvalidCertificateRef)");
    const Node* validation = frontend_validation(*entry.object, listener);
    if (validation == nullptr) return;
    if (text_or(validation, "mode", "AllowValidOnly") != "AllowValidOnly")
      return tell_(validation->place, "mode AllowInsecureFallback is not supported (UnsupportedValue): clients are known or "
                                      "refused; expected AllowValidOnly");
    const std::string pem = authorities_pem(validation, *entry.object, reading_, tell_);
    const std::string path = fmt::format("Gateway {} {} ca.crt", full_name(*entry.object), listener.port.number());
    into.client_authentication.mode = gateway::ClientCertificateMode::required;
    into_.pem[path] = pem;
    into.client_authentication.authorities = Placed<gateway::FilePath>{{path}, validation->place};
  }

  void take_certificate(const Node* reference, const Object& owner, VirtualHostSettings& into) {
    const std::string name_space = text_or(reference, "namespace", owner.name_space);
    const std::string name = text(reference, "name");
    const std::string full = full_name(name_space, name);
    const auto secret = reading_.cluster.secrets.find(full);
    if (text_or(reference, "kind", "Secret") != "Secret" ||
        !may_refer(reading_.cluster, owner, "", "Secret", name_space, name))
      return;  // told where the listeners are read
    if (secret == reading_.cluster.secrets.end())
      return tell_(reference->place, fmt::format("Secret {} is not among these objects (InvalidCertificateRef)", full));
    const std::string certificate = fmt::format("Secret {} tls.crt", full);
    const std::string key = fmt::format("Secret {} tls.key", full);
    into_.pem[certificate] = secret_value(*secret->second, "tls.crt");
    if (keys_ == PrivateKeys::taken) into_.pem[key] = secret_value(*secret->second, "tls.key");
    into.certificates.push_back({{{certificate}, reference->place}, {{key}, reference->place}, std::nullopt});
  }

  const Reading& reading_;
  PrivateKeys keys_;
  ManifestGateway& into_;
  TellProblem tell_;
  ManifestBacks backs_;
  FindBack find_back_;
};

}  // namespace

std::string Condition::text() const {
  return fmt::format("{}: {}={} ({})", object, type, status ? "True" : "False", reason);
}

bool has_manifests(FileSource& files, std::string_view path) {
  SourceFiles names;
  const std::string file(path);
  if (files.kind(file) == FileSource::Kind::file) {
    const auto text_of = files.read(file);
    if (!text_of || text_of->find("gateway.networking.k8s.io/") == std::string::npos) return false;
  }
  const auto objects = read_objects(files, path, names);
  return objects && std::ranges::any_of(objects->objects, [](const Object& object) { return object.group == gateway_group; });
}

Result<ManifestGateway> read_manifest_gateway(FileSource& files, std::string_view path, PrivateKeys keys) {
  ManifestGateway made;
  auto objects = read_objects(files, path, made.files);
  if (!objects) return tl::unexpected(objects.error());
  Cluster cluster = sort_objects(objects->objects);
  std::erase_if(cluster.gateways, [&](const Object* gateway) {
    const auto found = cluster.gateway_classes.find(text(field(gateway->node, "spec"), "gatewayClassName"));
    return found == cluster.gateway_classes.end() ||
           text(field(found->second->node, "spec"), "controllerName") != own_controller;
  });
  Deployment deployment;
  deployment.version = Version{1, 6, 0};
  FileCertificateSource certificates;
  const ReadOptions options{std::nullopt, VersionBasis::assumed, "", {}, files, certificates};
  const Reading reading(cluster, options, deployment, "/");
  for (gateway::YamlError& problem : objects->problems) reading.error(problem.place, std::move(problem.message));
  if (cluster.gateways.empty())
    reading.error({}, fmt::format("there is no Gateway here whose GatewayClass has controllerName {}; expected one, and its "
                                  "GatewayClass beside it",
                                  own_controller));
  const Gateways gateways = gateways_of(reading);
  Credentials credentials(reading);
  std::vector<PortPart> ports;
  add_gateway_ports(gateways, reading, credentials, ports);
  reading.finish();
  for (const ReadProblem& problem : deployment.problems)
    made.problems.push_back({problem.severity == ReadProblem::Severity::error ? gateway::Severity::error
                                                                              : gateway::Severity::warning,
                             problem.span, problem.message});
  ConfigurationMaker maker(reading, keys, made);
  for (const GatewayEntry& entry : gateways.entries) maker.add(entry);
  made.conditions = conditions_of(gateways, ports);
  return made;
}

}  // namespace astray::kubernetes
