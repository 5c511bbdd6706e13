#include "servers/traefik/compose.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "servers/traefik/flags.h"

namespace astray::traefik {
namespace {

constexpr std::string_view label_prefix = "traefik.";

struct Pair {
  std::string name, value;
  SourceSpan span;
};

/// Labels and variables are a map or a list of NAME=VALUE.
std::vector<Pair> pairs(const Node* service, std::string_view of) {
  std::vector<Pair> all;
  const Node* node = field(service, of);
  if (node == nullptr) return all;
  for (const gateway::YamlMember& member : node->members) all.push_back({member.name, member.value.text, member.place});
  for (const Node& item : node->items) {
    const size_t equals = item.text.find('=');
    all.push_back({item.text.substr(0, equals), equals == std::string::npos ? "" : item.text.substr(equals + 1), item.place});
  }
  return all;
}

std::vector<Pair> labels(const Node* service) {
  std::vector<Pair> all = pairs(service, "labels");
  for (Pair& each : pairs(field(service, "deploy"), "labels")) all.push_back(std::move(each));  // Swarm
  std::erase_if(all, [](const Pair& each) { return !ascii_istarts_with(each.name, label_prefix); });
  return all;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) || c == '_';
}

/// Words of a command that is one text; quotes hold words together.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
      quote = quote != '\0' ? '\0' : c;
    } else if (quote == '\0' && (c == ' ' || c == '\t' || c == '\n')) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

const Node* first_service_name(const Node& root, std::string_view layer, std::string& name) {
  const Node* services = field(field(&root, layer), "services");
  if (services == nullptr || services->members.empty()) return nullptr;
  name = services->members.front().name;
  return services;
}

}  // namespace

bool is_compose(const Node* document) {
  const Node* services = field(document, "services");
  if (services == nullptr || services->kind != Node::Kind::map) return false;
  return std::ranges::any_of(services->members,
                             [](const gateway::YamlMember& service) { return !labels(&service.value).empty(); });
}

std::map<std::string, std::string, std::less<>> read_environment(std::string_view text) {
  std::map<std::string, std::string, std::less<>> all;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = ascii_trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    std::string_view value = ascii_trim(line.substr(equals + 1));
    if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    all[std::string(ascii_trim(line.substr(0, equals)))] = std::string(value);
  }
  return all;
}

std::string Compose::filled(std::string_view text) const {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      out += '$';
      ++i;
      continue;
    }
    const bool in_braces = text[i + 1] == '{';
    size_t at = i + (in_braces ? 2 : 1);
    const size_t start = at;
    while (at < text.size() && is_name_character(text[at])) ++at;
    const std::string name(text.substr(start, at - start));
    std::string otherwise;
    bool has_default = false;
    if (in_braces) {
      const size_t close = text.find('}', at);
      if (close == std::string_view::npos || name.empty()) {
        out += text[i];
        continue;
      }
      std::string_view rest = text.substr(at, close - at);
      if (rest.starts_with(':')) rest.remove_prefix(1);
      has_default = rest.starts_with('-');
      if (has_default) otherwise = std::string(rest.substr(1));
      at = close + 1;
    } else if (name.empty()) {
      out += text[i];
      continue;
    }
    const auto known = environment_.find(name);
    out += known != environment_.end() ? known->second : has_default ? otherwise : "${" + name + "}";
    i = at - 1;
  }
  return out;
}

const Node* Compose::statics() {
  const Node* services = field(document_, "services");
  for (const gateway::YamlMember& service : services->members) {
    const std::string image = text(&service.value, "image");
    const size_t slash = image.rfind('/');
    const std::string_view name = std::string_view(image).substr(slash == std::string::npos ? 0 : slash + 1);
    if (name != "traefik" && !name.starts_with("traefik:") && !name.starts_with("traefik@")) continue;
    Node root;
    root.kind = Node::Kind::map;
    root.place = service.place;
    const Node* command = field(&service.value, "command");
    std::vector<std::pair<std::string, SourceSpan>> words;
    if (command != nullptr && command->is_text())
      for (std::string& word : words_of(command->text)) words.emplace_back(std::move(word), command->place);
    else
      for (const Node* item : items(&service.value, "command")) words.emplace_back(item->text, item->place);
    for (const auto& [word, span] : words) {
      if (!word.starts_with("--")) continue;
      const std::string flag = filled(std::string_view(word).substr(2));
      const size_t equals = flag.find('=');
      put(root, flag.substr(0, equals), equals == std::string::npos ? "true" : flag.substr(equals + 1), span);
    }
    for (const Pair& variable : pairs(&service.value, "environment")) {
      constexpr std::string_view prefix = "TRAEFIK_";
      if (!variable.name.starts_with(prefix)) continue;
      std::string dotted = variable.name.substr(prefix.size());
      std::ranges::replace(dotted, '_', '.');
      put(root, dotted, filled(variable.value), variable.span);
    }
    if (field(&root, "entryPoints") != nullptr || field(&root, "providers") != nullptr) return reading_.keep(std::move(root));
  }
  return nullptr;
}

/// What the provider adds for one container: the only service of its labels is its routers', and its servers are the
/// container itself.
void Compose::take_service(const gateway::YamlMember& service, bool exposed_by_default, Node& root) {
  Node own;
  own.kind = Node::Kind::map;
  own.place = service.place;
  bool is_on = exposed_by_default;
  for (const Pair& label : labels(&service.value)) {
    const std::string value = filled(label.value);
    if (ascii_iequals(label.name, "traefik.enable")) is_on = ascii_iequals(value, "true");
    const std::string dotted = filled(std::string_view(label.name).substr(label_prefix.size()));
    if (!put(own, dotted, value, label.span))
      reading_.error(label.span, fmt::format("the label {} is no path of Traefik's configuration", label.name));
  }
  if (!is_on) return;
  const auto layer = [&](std::string_view name) { return field(&own, name); };
  for (const std::string_view name : {"http", "tcp"}) {
    const Node* there = layer(name);
    if (there == nullptr) continue;
    const std::string prefix = std::string(name) + ".";
    std::string only;
    const Node* services = first_service_name(own, name, only);
    const bool has_routers = field(there, "routers") != nullptr;
    if (services == nullptr && has_routers) {
      only = service.name;
      put(own, prefix + "services." + only + ".loadBalancer.passHostHeader", "true", service.place);
      services = first_service_name(own, name, only);
    }
    if (services == nullptr) continue;
    const std::vector<gateway::YamlMember> all = services->members;
    for (const gateway::YamlMember& each : all) {
      const Node* server = field_at(&each.value, "loadBalancer.server");
      if (field_at(&each.value, "loadBalancer.servers") != nullptr) continue;
      const std::string scheme = text(server, "scheme").empty() ? "http" : text(server, "scheme");
      const std::string port = text(server, "port");
      const std::string address = fmt::format("{}:{}", service.name, port.empty() ? "80" : port);
      const std::string balancer = prefix + "services." + each.name + ".loadBalancer.";
      const SourceSpan span = server != nullptr ? server->place : each.place;
      if (name == "http") {
        const std::string url = text(server, "url");
        put(own, balancer + "servers[0].url", url.empty() ? fmt::format("{}://{}", scheme, address) : url, span);
        // The URL that Traefik makes has the container's address, not its name.
        if (url.empty()) put(own, balancer + "byPodAddress", "true", span);
      } else {
        put(own, balancer + "servers[0].address", address, span);
      }
    }
    const Node* routers = field(layer(name), "routers");
    if (routers == nullptr) continue;
    std::vector<std::string> names;
    for (const gateway::YamlMember& router : routers->members)
      if (field(&router.value, "service") == nullptr) names.push_back(router.name);
    for (const std::string& router : names) {
      const SourceSpan span = place(field(routers, router));
      if (all.size() == 1)
        put(own, prefix + "routers." + router + ".service", only, span);
      else
        reading_.error(span, fmt::format("router {} names no service, and container {} has {}; Traefik leaves it out", router,
                                         service.name, all.size()));
      routers = field(layer(name), "routers");
    }
  }
  merge(root, own);
}

Source Compose::source(bool exposed_by_default) {
  Node root;
  root.kind = Node::Kind::map;
  root.place = document_->place;
  for (const gateway::YamlMember& service : field(document_, "services")->members)
    take_service(service, exposed_by_default, root);
  return {reading_.keep(std::move(root)), "docker"};
}

}  // namespace astray::traefik
