#include "servers/caddy/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/configuration/yaml_tree.h"
#include "servers/caddy/json_routes.h"
#include "servers/model/file_source.h"

namespace astray::caddy {
namespace {

using gateway::YamlMember;
using gateway::YamlNode;

class JsonConfiguration {
 public:
  JsonConfiguration(SourceFileId file, std::string folder, Deployment& deployment)
      : reading_{file, deployment}, folder_(std::move(folder)) {}

  HttpConfiguration run(const YamlNode& root) {
    const YamlNode* apps = root.member("apps");
    if (apps == nullptr || apps->member("http") == nullptr) {
      reading_.deployment.problems.push_back({ReadProblem::Severity::error, reading_.place(root),
                                              "there is no apps.http here; expected Caddy's JSON configuration, as "
                                              "`caddy adapt` prints it"});
      return std::move(configuration_);
    }
    take_http(*apps->member("http"));
    if (const YamlNode* tls = apps->member("tls")) take_tls_app(*tls);
    return std::move(configuration_);
  }

 private:
  static int port_of(const YamlNode& node, std::string_view name, int otherwise) {
    const std::string text = JsonReading::text(node, name);
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end != text.data() && port > 0 && port <= 65535 ? port : otherwise;
  }

  void take_http(const YamlNode& http) {
    configuration_.http_port = port_of(http, "http_port", configuration_.http_port);
    configuration_.https_port = port_of(http, "https_port", configuration_.https_port);
    if (const YamlNode* servers = http.member("servers"))
      for (const YamlMember& each : servers->members) take_server(each);
  }

  void take_server(const YamlMember& member) {
    const YamlNode& node = member.value;
    HttpServer& server = configuration_.servers.emplace_back();
    server.name = member.name;
    server.span = reading_.place(node);
    server.listen = reading_.words(node, "listen");
    server.routes = json_routes(node.member("routes"), reading_);
    if (const YamlNode* errors = node.member("errors")) server.error_routes = json_routes(errors->member("routes"), reading_);
    if (const YamlNode* policies = node.member("tls_connection_policies")) {
      server.policies.emplace();
      for (const YamlNode& each : policies->items) server.policies->push_back(policy_of(each));
    }
    if (const YamlNode* strict = node.member("strict_sni_host"))
      server.strict_sni_host = {strict->text == "true", reading_.place(*strict), Provenance::set};
    server.protocols = reading_.words(node, "protocols");
    if (const YamlNode* automatic = node.member("automatic_https")) take_automatic_https(*automatic, server);
    if (node.member("logs") != nullptr)
      for (Route& each : server.routes) each.access_logs = true;
  }

  void take_automatic_https(const YamlNode& node, HttpServer& server) {
    if (JsonReading::is_true(node, "ignore_loaded_certificates")) server.auto_https = AutoHttps::ignore_loaded_certificates;
    if (JsonReading::is_true(node, "disable_certificates")) server.auto_https = AutoHttps::disable_certificates;
    if (JsonReading::is_true(node, "disable_redirects")) server.auto_https = AutoHttps::disable_redirects;
    if (JsonReading::is_true(node, "disable")) server.auto_https = AutoHttps::off;
    for (const Word& each : reading_.words(node, "skip")) server.auto_https_skip.push_back(each.text);
  }

  ConnectionPolicy policy_of(const YamlNode& node) {
    ConnectionPolicy policy;
    policy.span = reading_.place(node);
    if (const YamlNode* match = node.member("match"))
      for (const YamlMember& each : match->members) {
        if (each.name == "sni") policy.names = reading_.words(*match, "sni");
        else policy.has_unknowable_match = true;
      }
    if (const YamlNode* selection = node.member("certificate_selection"))
      for (const YamlMember& each : selection->members) {
        if (each.name == "any_tag")
          for (const Word& tag : reading_.words(*selection, "any_tag")) policy.tags.push_back(tag.text);
        else policy.has_unknowable_selection = true;
      }
    policy.alpn = reading_.words(node, "alpn");
    if (const YamlNode* minimum = node.member("protocol_min")) policy.minimum = Word{minimum->text, reading_.place(*minimum)};
    if (const YamlNode* maximum = node.member("protocol_max")) policy.maximum = Word{maximum->text, reading_.place(*maximum)};
    for (const Word& each : reading_.words(node, "cipher_suites")) policy.ciphers.push_back(each.text);
    policy.default_sni = JsonReading::text(node, "default_sni");
    policy.fallback_sni = JsonReading::text(node, "fallback_sni");
    if (const YamlNode* clients = node.member("client_authentication")) policy.clients = clients_of(*clients);
    return policy;
  }

  ClientAuthenticationSettings clients_of(const YamlNode& node) {
    ClientAuthenticationSettings clients;
    clients.span = reading_.place(node);
    for (const YamlMember& each : node.members) {
      const std::vector<Word> files = each.name == "trusted_ca_certs_pem_files" ? reading_.words(node, each.name)
                                      : each.name == "ca" && JsonReading::text(each.value, "provider") == "file"
                                          ? reading_.words(each.value, "pem_files")
                                          : std::vector<Word>{};
      if (each.name == "mode") clients.mode = each.value.text;
      else if (!files.empty())
        for (const Word& file : files) clients.authority_files.push_back({resolve_path(folder_, file.text), file.span});
      else clients.has_other_trust = true;
    }
    return clients;
  }

  void take_tls_app(const YamlNode& tls) {
    if (const YamlNode* certificates = tls.member("certificates")) {
      for (const YamlMember& each : certificates->members) {
        if (each.name == "load_files") {
          for (const YamlNode& file : each.value.items) take_certificate(file);
        } else if (each.name != "automate") {
          configuration_.unread_loaders.push_back({each.name, reading_.place(each.value)});
        }
      }
    }
    const YamlNode* automation = tls.member("automation");
    const YamlNode* policies = automation != nullptr ? automation->member("policies") : nullptr;
    if (policies == nullptr) return;
    for (const YamlNode& each : policies->items) {
      if (!JsonReading::is_true(each, "on_demand")) continue;
      const std::vector<Word> subjects = reading_.words(each, "subjects");
      if (subjects.empty()) configuration_.on_demand.push_back({"", reading_.place(each)});
      configuration_.on_demand.insert(configuration_.on_demand.end(), subjects.begin(), subjects.end());
    }
  }

  void take_certificate(const YamlNode& node) {
    const YamlNode* file = node.member("certificate");
    if (file == nullptr) return;
    LoadedCertificate& loaded = configuration_.certificates.emplace_back();
    loaded.certificate = {resolve_path(folder_, file->text), reading_.place(*file)};
    if (const std::string key = JsonReading::text(node, "key"); !key.empty()) loaded.key = resolve_path(folder_, key);
    for (const Word& tag : reading_.words(node, "tags")) loaded.tags.push_back(tag.text);
  }

  JsonReading reading_;
  std::string folder_;
  HttpConfiguration configuration_;
};

/// Blanks for tabs, which YAML's parser refuses between values and JSON strings cannot hold.
std::string without_tabs(std::string_view text) {
  std::string out(text);
  std::ranges::replace(out, '\t', ' ');
  return out;
}

}  // namespace

HttpConfiguration read_json_configuration(std::string_view text, SourceFileId file, const std::string& folder,
                                          Deployment& deployment) {
  const auto tree = gateway::read_yaml(without_tabs(text));
  if (!tree) {
    deployment.problems.push_back({ReadProblem::Severity::error,
                                   {file, tree.error().place.line, tree.error().place.column},
                                   tree.error().message});
    return {};
  }
  return JsonConfiguration(file, folder, deployment).run(*tree);
}

bool looks_like_json_configuration(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] != '{') return false;
  if (text.find("\"apps\"") == std::string_view::npos || text.find("\"http\"") == std::string_view::npos) return false;
  const auto tree = gateway::read_yaml(without_tabs(text));
  const YamlNode* apps = tree ? tree->member("apps") : nullptr;
  return apps != nullptr && apps->member("http") != nullptr;
}

}  // namespace astray::caddy
