#include "servers/h2o/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "servers/h2o/parts.h"
#include "servers/h2o/paths.h"
#include "servers/h2o/yaml.h"

namespace astray::h2o {
namespace {

constexpr Version has_strict_match{2, 3, 0};

/// One `listen` entry.
struct Listen {
  SourceSpan span;
  std::string key;  ///< equal for what is one socket
  ListenAddress address;
  const YamlNode* tls = nullptr;
  Setting<bool> proxy_protocol;
};

class Reader {
 public:
  Reader(const ReadOptions& options, std::string folder, Deployment& deployment)
      : options_(options), folder_(std::move(folder)), deployment_(deployment) {}

  void run(const YamlNode& root) {
    const Inherited global = inherited(root, {});
    for (const YamlMember& each : root.members) {
      if (each.name == "listen") for_each_listen(each.value, [&](const YamlNode& node) { add_listen(node, std::nullopt); });
      if (each.name == "http2-origin-frame") take_origins(each);
    }
    const YamlNode* hosts = root.member("hosts");
    if (hosts == nullptr || hosts->members.empty()) return complain(root.place, "there is no host; expected `hosts:` with names and their paths");
    for (const YamlMember& each : hosts->members) add_host(each, global);
    finish();
  }

 private:
  void complain(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }

  template <typename Take>
  void for_each_listen(const YamlNode& node, Take take) {
    if (node.kind != YamlNode::Kind::list) return take(node);
    if (deployment_.version < has_strict_match)
      complain(node.place, "listen: a list is not known before h2o 2.3, which refuses the file; the key may be repeated");
    for (const YamlNode& each : node.items) take(each);
  }

  std::optional<int> port_of(const YamlNode& node) {
    if (node.text == "http") return 80;
    if (node.text == "https") return 443;
    int port = 0;
    const auto [end, error] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), port);
    if (error == std::errc() && end == node.text.data() + node.text.size() && port > 0 && port <= 65535) return port;
    complain(node.place, fmt::format("listen: '{}' is no port; expected 1 to 65535", node.text));
    return std::nullopt;
  }

  std::optional<Listen> listen_of(const YamlNode& node) {
    Listen made;
    made.span = node.place;
    const YamlNode* port = node.is_text() ? &node : node.member("port");
    if (port == nullptr) {
      complain(node.place, "listen: expected a port, or a map with `port`");
      return std::nullopt;
    }
    const YamlNode* type = node.member("type");
    if (type != nullptr && type->text == "quic") return std::nullopt;  // HTTP/3 is not predicted
    if (type != nullptr && type->text == "unix") {
      made.address.unix_path = port->text;
      made.key = "unix:" + port->text;
    } else {
      const auto number = port_of(*port);
      if (!number) return std::nullopt;
      made.address.port = Port(static_cast<uint16_t>(*number));
      if (const YamlNode* host = node.member("host")) take_host(*host, made);
      made.key = made.address.text();
    }
    made.tls = node.member("ssl");
    if (const YamlNode* proxy = node.member("proxy-protocol"); proxy != nullptr && ascii_lower(proxy->text) == "on")
      made.proxy_protocol = {true, proxy->place, Provenance::set};
    return made;
  }

  void take_host(const YamlNode& host, Listen& listen) {
    const std::string text = host.text == "localhost" ? "127.0.0.1" : host.text;
    if (const auto ip = IpAddress::parse(text)) listen.address.ip = *ip;
    else
      complain(host.place, fmt::format("listen: which address {} is, only the resolver knows; it is read as every address. An "
                                       "address here says it",
                                       text));
  }

  size_t listener_for(const Listen& listen, bool is_global) {
    for (size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i] == listen.key) return i;
    keys_.push_back(listen.key);
    has_every_host_.push_back(is_global);
    parts_.listeners.emplace_back();
    Listener& made = deployment_.listeners.emplace_back();
    made.span = listen.span;
    made.address = listen.address;
    made.tls = {listen.tls != nullptr, listen.span, Provenance::set};
    made.http2 = {true, listen.span, Provenance::default_value};
    made.proxy_protocol = listen.proxy_protocol;
    return keys_.size() - 1;
  }

  void add_listen(const YamlNode& node, std::optional<size_t> host) {
    const auto listen = listen_of(node);
    if (!listen) return;
    const size_t index = listener_for(*listen, !host);
    if (deployment_.listeners[index].tls.value != (listen->tls != nullptr))
      return complain(node.place, "listen: this address has both TLS and clear text; h2o refuses that");
    if (listen->tls != nullptr) add_tls(*listen->tls, host, parts_.listeners[index]);
    if (host && !has_every_host_[index]) parts_.listeners[index].hosts.push_back(*host);
  }

  const YamlNode* tls_member(const YamlNode& tls, std::string_view name) {
    if (const YamlNode* found = tls.member(name)) return found;
    const YamlNode* identity = tls.member("identity");
    return identity != nullptr && !identity->items.empty() ? identity->items.front().member(name) : nullptr;
  }

  void add_tls(const YamlNode& tls, std::optional<size_t> host, ListenerEntry& listener) {
    const YamlNode* file = tls_member(tls, "certificate-file");
    if (file == nullptr) return complain(tls.place, "ssl: expected certificate-file and key-file");
    const std::string path = resolve_path(folder_, file->text);
    if (host)
      for (TlsEntry& each : listener.tls)
        if (each.certificate.path == path) return each.names.push_back(parts_.hosts[*host].name);
    TlsEntry& entry = listener.tls.emplace_back();
    if (host) entry.names.push_back(parts_.hosts[*host].name);
    entry.certificate.path = path;
    entry.certificate.span = file->place;
    if (const YamlNode* key = tls_member(tls, "key-file")) entry.certificate.key_path = resolve_path(folder_, key->text);
    const CertificateResult loaded = options_.certificates.load(path);
    if (loaded) entry.certificate.certificate = *loaded;
    else complain(file->place, loaded.error().message);
    entry.versions = versions_of(tls);
  }

  uint8_t versions_of(const YamlNode& tls) {
    constexpr std::pair<std::string_view, uint8_t> names[] = {{"sslv3", tls_version::ssl3}, {"tlsv1", tls_version::tls1_0},
                                                              {"tlsv1.1", tls_version::tls1_1}, {"tlsv1.2", tls_version::tls1_2},
                                                              {"tlsv1.3", tls_version::tls1_3}};
    uint8_t versions = tls_version::tls1_0 | tls_version::tls1_1 | tls_version::tls1_2 | tls_version::tls1_3;
    for (const YamlMember& each : tls.members) {
      const bool is_minimum = each.name == "minimum-version" || each.name == "min-version";
      if (!is_minimum && each.name != "maximum-version" && each.name != "max-version") continue;
      for (const auto& [name, bit] : names) {
        if (ascii_lower(each.value.text) != name) continue;
        const auto below = static_cast<uint8_t>(bit - 1);
        versions &= is_minimum ? static_cast<uint8_t>(~below) : static_cast<uint8_t>(below | bit);
      }
    }
    return versions;
  }

  void take_origins(const YamlMember& member) {
    if (deployment_.version < has_strict_match)
      return complain(member.place, "http2-origin-frame is not known before h2o 2.3, which refuses the file");
    if (member.value.is_text()) origins_.push_back({member.value.text, member.value.place});
    for (const YamlNode& each : member.value.items) origins_.push_back({each.text, each.place});
  }

  void add_host(const YamlMember& member, const Inherited& global) {
    const auto parsed = parse_host_and_port(member.name);
    if (!parsed)
      return complain(member.place, fmt::format("hosts: '{}' is no name; expected a host, perhaps with a port", member.name));
    HostEntry entry{ascii_lower(parsed->host), parsed->port, false};
    if (entry.name.find('*', 1) != std::string::npos || (entry.name.starts_with('*') && entry.name.size() > 1 && entry.name[1] != '.'))
      return complain(member.place, fmt::format("hosts: in '{}' the wildcard is no label of its own at the start", member.name));
    if (!known_hosts_.emplace(entry.name, entry.port.value_or(0)).second)
      return complain(member.place, fmt::format("hosts: {} is there twice; h2o refuses that", member.name));
    if (const YamlNode* strict = member.value.member("strict-match")) {
      if (deployment_.version < has_strict_match)
        complain(strict->place, "strict-match is not known before h2o 2.3, which refuses the file");
      entry.strict_match = ascii_lower(strict->text) == "on";
    }
    const size_t index = parts_.hosts.size();
    parts_.hosts.push_back(entry);
    VirtualHost& host = deployment_.virtual_hosts.emplace_back();
    host.span = member.place;
    host.names.push_back({pattern_of(entry.name), member.place});
    const Inherited own = inherited(member.value, global);
    host.access_logs = own.access_logs;
    host.http2 = {true, member.place, Provenance::default_value};
    if (const YamlNode* paths = member.value.member("paths")) take_paths(*paths, own, host);
    else complain(member.place, fmt::format("hosts: {} has no `paths`; h2o refuses that", member.name));
    for (const YamlMember& each : member.value.members)
      if (each.name == "listen") for_each_listen(each.value, [&](const YamlNode& node) { add_listen(node, index); });
  }

  static ServerNamePattern pattern_of(const std::string& name) {
    if (name == "*") return {PatternKind::catch_all, ""};
    if (name.starts_with("*.")) return {PatternKind::leading_wildcard, name.substr(2)};
    return {PatternKind::exact, name};
  }

  void finish() {
    for (size_t i = 0; i < parts_.listeners.size(); ++i) {
      ListenerEntry& entry = parts_.listeners[i];
      Listener& listener = deployment_.listeners[i];
      if (has_every_host_[i])
        for (size_t host = 0; host < parts_.hosts.size(); ++host) entry.hosts.push_back(host);
      for (const size_t host : entry.hosts) listener.virtual_hosts.push_back(static_cast<VirtualHostId>(host));
      for (const size_t host : entry.hosts) {
        if (parts_.hosts[host].strict_match) continue;
        listener.default_virtual_host = static_cast<VirtualHostId>(host);
        break;
      }
      if (listener.tls.value) listener.origin_set = origins_;
      const TlsIndex tls(entry.tls);
      for (const size_t host : entry.hosts) take_tls(entry, tls, host);
    }
    deployment_.h2o = std::make_shared<Parts>(std::move(parts_));
  }

  /// What SNI of the host's name is answered with on one listener.
  void take_tls(const ListenerEntry& listener, const TlsIndex& entries, size_t index) {
    if (listener.tls.empty()) return;
    const std::string& name = parts_.hosts[index].name;
    // A wildcard host's own certificate is the one that names below it choose.
    const std::string sample = name.starts_with("*.") ? "any" + name.substr(1) : name;
    const TlsEntry* chosen = &listener.tls[entries.find(sample).value_or(0)];
    TlsSettings& tls = deployment_.virtual_hosts[index].tls;
    tls.enabled = {true, chosen->certificate.span, Provenance::set};
    tls.session_tickets.value = true;
    // Settled by the first certificate's settings, before SNI is looked at.
    tls.versions = {listener.tls.front().versions, listener.tls.front().certificate.span, Provenance::default_value};
    const bool is_known = std::ranges::any_of(tls.certificates, [&](const CertificateUse& each) { return each.path == chosen->certificate.path; });
    if (!is_known) tls.certificates.push_back(chosen->certificate);
  }

  const ReadOptions& options_;
  std::string folder_;
  Deployment& deployment_;
  Parts parts_;
  std::vector<std::string> keys_;
  std::vector<bool> has_every_host_;
  std::vector<StatedOrigin> origins_;
  std::set<std::pair<std::string, int>> known_hosts_;
};

bool is_configuration(FileSource& files, const std::string& path) {
  if (files.kind(path) != FileSource::Kind::file) return false;
  const Result<std::string> text = files.read(path);
  // Most files are none of ours: the words are looked for before anything is parsed.
  if (!text || text->find("hosts") == std::string::npos || text->find("paths") == std::string::npos) return false;
  Deployment scratch;
  const YamlNode tree = read_yaml(path, *text, files, scratch);
  const YamlNode* hosts = tree.member("hosts");
  return hosts != nullptr && std::ranges::any_of(hosts->members, [](const YamlMember& each) { return each.value.member("paths") != nullptr; });
}

std::optional<std::string> main_file(FileSource& files, std::string_view path) {
  std::string folder(path);
  if (files.kind(folder) != FileSource::Kind::directory) return folder;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if (files.kind(folder + "/h2o.conf") == FileSource::Kind::file) return folder + "/h2o.conf";
  std::optional<std::string> found;
  for (const char* pattern : {"/*.conf", "/*.yaml", "/*.yml"})
    for (const std::string& file : files.glob(folder + pattern)) {
      if (!is_configuration(files, file)) continue;
      if (found) return std::nullopt;
      found = file;
    }
  return found;
}

}  // namespace

bool recognise(FileSource& files, std::string_view path) {
  const std::optional<std::string> file = main_file(files, path);
  return file && is_configuration(files, *file);
}

Result<Deployment> read(std::string_view path, const ReadOptions& options) {
  const std::optional<std::string> file = main_file(options.files, path);
  if (!file) return failure(fmt::format("{}: expected one configuration of h2o in this folder (h2o.conf); name the file", path));
  const Result<std::string> text = options.files.read(*file);
  if (!text) return tl::unexpected(text.error());
  Deployment deployment;
  deployment.server = ServerKind::h2o;
  deployment.version = options.version.value_or(newest);
  deployment.version_basis = options.version ? options.version_basis : VersionBasis::assumed;
  deployment.main_file = std::string(path);
  std::error_code ignored;
  const std::string absolute = std::filesystem::absolute(*file, ignored).lexically_normal().string();
  const std::string folder = options.prefix.empty() ? absolute.substr(0, absolute.rfind('/')) : options.prefix;
  const YamlNode root = read_yaml(absolute, *text, options.files, deployment);
  if (root.kind == YamlNode::Kind::map) Reader(options, folder, deployment).run(root);
  else if (deployment.problems.empty())
    deployment.problems.push_back({ReadProblem::Severity::error, root.place, "expected a map with `hosts` and `listen`"});
  return deployment;
}

}  // namespace astray::h2o
