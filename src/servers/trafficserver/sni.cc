#include "servers/trafficserver/sni.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "gateway/configuration/yaml_tree.h"
#include "servers/nginx/regex.h"
#include "servers/trafficserver/versions.h"

namespace astray::trafficserver {
namespace {

using gateway::YamlMember;
using gateway::YamlNode;

/// The words of a setting and what they stand for.
struct Choice {
  std::string_view word;
  int value;
};
constexpr Choice policies[] = {{"DISABLED", 0}, {"PERMISSIVE", 1}, {"ENFORCED", 2}};
constexpr Choice levels[] = {{"NONE", 0}, {"MODERATE", 1}, {"STRICT", 2}};
constexpr Choice properties[] = {{"NONE", 0}, {"SIGNATURE", 1}, {"NAME", 2}, {"ALL", 3}};
constexpr Choice protocols[] = {{"TLSv1", tls_version::tls1_0},
                                {"TLSv1_1", tls_version::tls1_1},
                                {"TLSv1_2", tls_version::tls1_2},
                                {"TLSv1_3", tls_version::tls1_3}};

/// Keys that decide nothing that is predicted here.
constexpr std::string_view without_effect[] = {"fqdn", "tunnel_alpn", "client_cert", "client_key", "quic", "server_cipher_suite",
                                               "server_TLSv1_3_cipher_suites", "server_groups_list", "ssl_ticket_enabled",
                                               "ssl_ticket_number"};

class SniReader {
 public:
  SniReader(const std::string& folder, const ReadOptions& options, Deployment& deployment)
      : folder_(folder), options_(options), deployment_(deployment) {}

  void add(const YamlNode& node, std::vector<SniEntry>& entries) {
    const YamlNode* fqdn = node.member("fqdn");
    if (fqdn == nullptr || (!fqdn->is_text() && fqdn->kind != YamlNode::Kind::nothing))
      return complain(node.place, "expected `fqdn` with a name; '*' in it stands for any characters");
    SniEntry& entry = entries.emplace_back();
    entry.span = node.place;
    entry.fqdn = fqdn->text;
    for (const YamlMember& each : node.members) take(each, entry);
  }

 private:
  void complain(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }

  template <size_t N>
  std::optional<Stated<int>> choice(const YamlMember& member, const Choice (&choices)[N]) {
    std::string expected;
    for (const Choice& each : choices) {
      if (member.value.text == each.word) return Stated<int>{each.value, member.value.place};
      expected += fmt::format("{}{}", expected.empty() ? "" : ", ", each.word);
    }
    complain(member.value.place, fmt::format("{}: '{}' is not known; expected one of {}. Traffic Server does not load the file",
                                             member.name, member.value.text, expected));
    return std::nullopt;
  }

  void take(const YamlMember& member, SniEntry& entry) {
    const std::string& name = member.name;
    const Stated<std::string> text{member.value.text, member.value.place};
    if (name == "disable_h2" && !entry.http2) entry.http2 = Stated<bool>{false, member.place};
    else if (name == "http2") take_http2(member, entry);
    else if (name == "verify_client") take_level(member, entry);
    else if (name == "verify_client_ca_certs") take_authorities(member, entry);
    else if (name == "host_sni_policy") entry.host_sni_policy = choice(member, policies);
    else if (name == "valid_tls_versions_in") take_versions(member, entry);
    else if (name == "tunnel_route") set_tunnel(entry, TunnelKind::blind, text);
    else if (name == "forward_route") set_tunnel(entry, TunnelKind::forward, text);
    else if (name == "partial_blind_route") set_tunnel(entry, TunnelKind::partial_blind, text);
    else if (name == "client_sni_policy") entry.client_sni_policy = text;
    else if (name == "verify_server_policy") entry.verify_server_policy = choice(member, policies);
    else if (name == "verify_server_properties") entry.verify_server_properties = choice(member, properties);
    else if (name == "ip_allow") take_ip_allow(member, entry);
    else if (name == "inbound_port_ranges" && deployment_.version >= has_records_yaml) take_ports(member, entry);
    else if (std::ranges::find(without_effect, name) == std::end(without_effect) && !name.starts_with("http2_") &&
             !name.starts_with("tunnel_prewarm") && name != "disable_h2")
      deployment_.problems.push_back({ReadProblem::Severity::warning, member.place,
                                      fmt::format("'{}' is no key of sni.yaml that is known here; Traffic Server warns of unknown keys "
                                                  "and goes on", name)});
  }

  void take_http2(const YamlMember& member, SniEntry& entry) {
    const std::string word = ascii_lower(member.value.text);
    const bool is_on = word == "on" || word == "true" || word == "yes" || word == "y";
    if (!is_on && word != "off" && word != "false" && word != "no" && word != "n")
      return complain(member.value.place, fmt::format("http2: '{}' is neither on nor off", member.value.text));
    entry.http2 = Stated<bool>{is_on, member.value.place};
  }

  void take_level(const YamlMember& member, SniEntry& entry) {
    const auto level = choice(member, levels);
    if (!level) return;
    constexpr ClientAuthentication of_level[] = {ClientAuthentication::off, ClientAuthentication::optional, ClientAuthentication::required};
    entry.verify_client = Stated<ClientAuthentication>{of_level[level->value], level->span};
  }

  /// A file, or `file` and `dir`.
  void take_authorities(const YamlMember& member, SniEntry& entry) {
    entry.states_authorities = true;
    const YamlNode* file = member.value.is_text() ? &member.value : member.value.member("file");
    const YamlNode* directory = member.value.member("dir");
    ClientAuthorities& made = entry.authorities;
    const auto load = [&](const YamlNode& path, Setting<std::string>& setting, const auto& read) {
      setting = {resolve_path(folder_, path.text), path.place, Provenance::set};
      const AuthoritiesResult loaded = read(setting.value);
      if (!loaded) return complain(path.place, loaded.error().message);
      made.sets.push_back(*loaded);
      made.trusted_digests.push_back(to_hex((*loaded)->digest));
    };
    if (file != nullptr) load(*file, made.file, [&](const std::string& path) { return options_.certificates.load_authorities(path); });
    if (directory != nullptr)
      load(*directory, made.path, [&](const std::string& path) { return options_.certificates.load_authority_directory(path); });
    const size_t stated = (file != nullptr ? 1U : 0U) + (directory != nullptr ? 1U : 0U);
    if (stated == 0) complain(member.place, "verify_client_ca_certs: expected a file, or `file` and `dir`");
    if (stated > 0 && made.sets.size() == stated) made.digest = made.trusted_digests.front();
  }

  void take_versions(const YamlMember& member, SniEntry& entry) {
    uint8_t bits = 0;
    for (const YamlNode& each : member.value.items) {
      const auto bit = choice(YamlMember{member.name, each.place, each}, protocols);
      if (bit) bits = static_cast<uint8_t>(bits | bit->value);
    }
    if (bits != 0) entry.versions = Stated<uint8_t>{bits, member.value.place};  // an empty list changes nothing
  }

  static void set_tunnel(SniEntry& entry, TunnelKind kind, const Stated<std::string>& destination) {
    // Of several, tunnel_route wins, then forward_route (YamlSNIConfig.cc).
    if (entry.tunnel != TunnelKind::none && entry.tunnel < kind) return;
    entry.tunnel = kind;
    entry.destination = destination;
  }

  void take_ip_allow(const YamlMember& member, SniEntry& entry) {
    constexpr std::string_view everybody[] = {"0.0.0.0/0", "0.0.0.0-255.255.255.255"};
    if (member.value.text.empty() || std::ranges::find(everybody, member.value.text) != std::end(everybody)) return;
    entry.ip_allow = member.value.place;
  }

  void take_ports(const YamlMember& member, SniEntry& entry) {
    std::vector<const YamlNode*> ranges;
    if (member.value.is_text()) ranges.push_back(&member.value);
    for (const YamlNode& each : member.value.items) ranges.push_back(&each);
    for (const YamlNode* each : ranges) {
      const size_t dash = each->text.find('-');
      const auto from = Port::parse(each->text.substr(0, dash));
      const auto to = dash == std::string::npos ? from : Port::parse(each->text.substr(dash + 1));
      if (!from || !to)
        complain(each->place, fmt::format("inbound_port_ranges: '{}' is no port and no range; expected 443 or 8000-9000", each->text));
      else
        entry.inbound_ports.emplace_back(from->number(), to->number());
    }
  }

  const std::string& folder_;
  const ReadOptions& options_;
  Deployment& deployment_;
};

bool is_plain(std::string_view fqdn) {
  return std::ranges::all_of(fqdn, [](char c) {
    return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-' || c == '_' || c == '.';
  });
}

/// The expression that Traffic Server makes of a name (NamedElement::set_glob_name).
std::string expression_of(std::string_view fqdn) {
  std::string pattern;
  for (const char c : fqdn) {
    if (c == '.') pattern += "\\.";
    else if (c == '*') pattern += "(.{0,})";
    else pattern += c;
  }
  return pattern;
}

}  // namespace

struct SniIndex::Glob {
  nginx::Regex whole, beginning;
  bool has_groups;
};

std::vector<SniEntry> read_sni_yaml(SourceFileId file, std::string_view text, const std::string& folder,
                                    const ReadOptions& options, Deployment& deployment) {
  std::vector<SniEntry> entries;
  const gateway::YamlDocuments read = gateway::read_yaml_documents(text, file);
  for (const gateway::YamlError& problem : read.problems)
    deployment.problems.push_back({ReadProblem::Severity::error, problem.place, problem.message});
  // Only the first document is loaded (YAML::LoadFile).
  if (read.documents.empty() || read.documents.front().kind == YamlNode::Kind::nothing) return entries;
  const YamlNode* list = read.documents.front().member("sni");
  if (list == nullptr || list->kind != YamlNode::Kind::list) {
    deployment.problems.push_back({ReadProblem::Severity::error, read.documents.front().place,
                                   "expected `sni:` at the top, with a list of entries that have `fqdn`"});
    return entries;
  }
  SniReader reader(folder, options, deployment);
  for (const YamlNode& each : list->items) reader.add(each, entries);
  return entries;
}

SniIndex::SniIndex(const std::vector<SniEntry>& entries, const Version& version)
    : entries_(&entries), prefix_suffices_(!compares_whole_names(version)) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& fqdn = entries[i].fqdn;
    if (is_plain(fqdn)) {
      exact_[ascii_lower(fqdn)].push_back(i);
      continue;
    }
    const std::string pattern = expression_of(fqdn);
    const auto compile = [&](const char* end) {
      return nginx::Regex::compile(fmt::format("\\A(?:{}){}", pattern, end), nginx::Regex::Case::insensitive);
    };
    Result<nginx::Regex> whole = compile("\\z");
    Result<nginx::Regex> beginning = compile("");
    // What PCRE refuses takes no name.
    if (!whole || !beginning) continue;
    const bool has_groups = whole->has_captures();
    globs_.emplace_back(i, std::make_shared<Glob>(Glob{*std::move(whole), *std::move(beginning), has_groups}));
  }
}

bool SniIndex::takes(const SniEntry& entry, int port) {
  return entry.inbound_ports.empty() ||
         std::ranges::any_of(entry.inbound_ports, [&](const auto& range) { return range.first <= port && port <= range.second; });
}

const SniEntry* SniIndex::find(std::string_view name, int port) const {
  std::optional<size_t> best;
  if (const auto same = exact_.find(ascii_lower(name)); same != exact_.end())
    for (const size_t i : same->second) {
      if (!takes((*entries_)[i], port)) continue;
      best = i;
      break;
    }
  for (const auto& [i, glob] : globs_) {
    if (best && *best < i) break;
    if (!takes((*entries_)[i], port)) continue;
    // Groups ('*') were looked for in what matched, and then nobody asked whether all of the name did.
    const nginx::Regex& regex = prefix_suffices_ && glob->has_groups ? glob->beginning : glob->whole;
    if (regex.match(name) != nginx::Regex::Outcome::match) continue;
    best = i;
    break;
  }
  return best ? &(*entries_)[*best] : nullptr;
}

const SniEntry* SniIndex::find_for_back(std::string_view name) const {
  const std::string lower = ascii_lower(name);
  std::optional<size_t> best;
  const auto consider = [&](size_t i) {
    if (!best || i < *best) best = i;
  };
  if (prefix_suffices_) {
    for (size_t length = 0; length <= lower.size(); ++length)
      if (const auto same = exact_.find(lower.substr(0, length)); same != exact_.end() && length > 0) consider(same->second.front());
  } else if (const auto same = exact_.find(lower); same != exact_.end()) {
    consider(same->second.front());
  }
  for (const auto& [i, glob] : globs_) {
    if (best && *best < i) break;
    const nginx::Regex& regex = prefix_suffices_ ? glob->beginning : glob->whole;
    if (regex.match(lower) == nginx::Regex::Outcome::match) consider(i);
  }
  return best ? &(*entries_)[*best] : nullptr;
}

}  // namespace astray::trafficserver
