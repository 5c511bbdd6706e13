#include "servers/trafficserver/certificates.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/ascii.h"
#include "gateway/configuration/yaml_tree.h"
#include "servers/trafficserver/lines.h"

namespace astray::trafficserver {
namespace {

/// One entry, its labels in lower case.
struct MulticertEntry {
  SourceSpan span;
  std::map<std::string, std::pair<std::string, SourceSpan>, std::less<>> values;

  const std::pair<std::string, SourceSpan>* find(std::string_view label) const {
    const auto found = values.find(label);
    return found == values.end() ? nullptr : &found->second;
  }
};

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    if (comma != 0) parts.emplace_back(ascii_trim(text.substr(0, comma)));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return parts;
}

/// "label=value" with quotes around values that have blanks (parseConfigLine in MatcherUtils.cc).
MulticertEntry entry_of(const Line& line) {
  MulticertEntry entry{line.span_at(0), {}};
  size_t at = 0;
  while ((at = line.text.find_first_not_of(" \t", at)) != std::string::npos) {
    const size_t equals = line.text.find('=', at);
    if (equals == std::string::npos) break;
    const std::string label = ascii_lower(line.text.substr(at, equals - at));
    const bool is_quoted = equals + 1 < line.text.size() && line.text[equals + 1] == '"';
    const size_t from = equals + (is_quoted ? 2 : 1);
    const size_t end = std::min(line.text.find_first_of(is_quoted ? "\"" : " \t", from), line.text.size());
    entry.values[label] = {line.text.substr(from, end - from), line.span_at(at)};
    at = end + (is_quoted ? 1 : 0);
    if (at >= line.text.size()) break;
  }
  return entry;
}

/// Names that a certificate is filed under: common names count beside those of the extension.
std::set<std::string> names_of(const Certificate& certificate) {
  std::set<std::string> names;
  for (const CertificateName& name : certificate.names.in_file_order())
    if (name.host().address() == nullptr) names.insert(ascii_lower(name.text()));
  if (!certificate.common_name.empty()) names.insert(ascii_lower(certificate.common_name));
  return names;
}

}  // namespace

class CertificateReader {
 public:
  CertificateReader(const CertificateFolders& folders, const ReadOptions& options, Deployment& deployment)
      : folders_(folders), options_(options), deployment_(deployment) {}

  void add(const MulticertEntry& entry) {
    const auto* cert = entry.find("ssl_cert_name");
    if (cert == nullptr) {
      // Where the action is to tunnel, clients of a transparent port are handed on unread.
      if (entry.find("action") == nullptr) complain(entry.span, "expected ssl_cert_name with the file of a certificate");
      return;
    }
    std::vector<CertificateUse> uses = uses_of(entry, *cert);
    if (uses.empty()) return complain(cert->second, "ssl_cert_name: expected the file of a certificate");
    const bool is_read = std::ranges::all_of(uses, [](const CertificateUse& use) { return use.certificate != nullptr; });
    if (!is_read && !index_.first_unread_) index_.first_unread_ = index_.contexts_.size();
    file(entry, uses);
  }

  CertificateIndex take() { return std::move(index_); }

 private:
  void complain(SourceSpan span, std::string message) {
    deployment_.problems.push_back({ReadProblem::Severity::error, span, std::move(message)});
  }

  std::vector<CertificateUse> uses_of(const MulticertEntry& entry, const std::pair<std::string, SourceSpan>& cert) {
    std::vector<CertificateUse> uses;
    const auto* key = entry.find("ssl_key_name");
    const std::vector<std::string> keys = key != nullptr ? parts_of(key->first) : std::vector<std::string>();
    const std::vector<std::string> files = parts_of(cert.first);
    if (key != nullptr && keys.size() != files.size())
      complain(key->second, fmt::format("ssl_key_name: {} keys for {} certificates; Traffic Server refuses that", keys.size(), files.size()));
    for (size_t i = 0; i < files.size(); ++i) {
      CertificateUse& use = uses.emplace_back();
      use.path = resolve_path(folders_.certificates, files[i]);
      use.span = cert.second;
      if (i < keys.size()) use.key_path = resolve_path(folders_.keys, keys[i]);
      const CertificateResult loaded = options_.certificates.load(use.path);
      if (loaded) use.certificate = *loaded;
      else complain(cert.second, loaded.error().message);
    }
    return uses;
  }

  size_t add_context(const MulticertEntry& entry, std::vector<CertificateUse> uses) {
    CertificateContext& made = index_.contexts_.emplace_back();
    made.span = entry.span;
    made.tls.certificates = std::move(uses);
    made.has_own_ca = entry.find("ssl_ca_name") != nullptr;
    return index_.contexts_.size() - 1;
  }

  /// The first entry of a name keeps it.
  void file_under(const std::string& name, size_t context) {
    if (name.starts_with("*.")) index_.below_.try_emplace(name.substr(2), context);
    else index_.by_name_.try_emplace(name, context);
  }

  /// What all have in common chooses all of them; what one has alone, this one (load_certs_and_cross_reference_names).
  void file(const MulticertEntry& entry, const std::vector<CertificateUse>& uses) {
    std::set<std::string> common;
    std::vector<std::set<std::string>> alone(uses.size());
    for (size_t i = 0; i < uses.size(); ++i) {
      std::set<std::string> names = uses[i].certificate ? names_of(*uses[i].certificate) : std::set<std::string>();
      if (i == 0) {
        common = std::move(names);
        continue;
      }
      std::erase_if(common, [&](const std::string& name) {
        if (names.erase(name) != 0) return false;
        alone[i - 1].insert(name);
        return true;
      });
      alone[i].merge(names);
    }
    const size_t together = add_context(entry, uses);
    file_address(entry, together);
    for (const std::string& name : common) file_under(name, together);
    for (size_t i = 0; i < uses.size(); ++i) {
      if (alone[i].empty()) continue;
      const size_t single = add_context(entry, {uses[i]});
      for (const std::string& name : alone[i]) file_under(name, single);
    }
  }

  void file_address(const MulticertEntry& entry, size_t context) {
    const auto* address = entry.find("dest_ip");
    if (address == nullptr) return;
    if (address->first == "*") {
      if (!index_.default_) index_.default_ = context;
      return;
    }
    std::string_view ip = address->first;
    std::string port;
    const size_t colon = ip.rfind(':');
    const bool is_bracketed = ip.starts_with('[');
    if (colon != std::string_view::npos && (is_bracketed ? ip[colon - 1] == ']' : ip.find(':') == colon)) {
      port = ":" + std::string(ip.substr(colon + 1));
      ip = ip.substr(0, colon);
    }
    if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
    const auto parsed = IpAddress::parse(ip);
    if (!parsed)
      return complain(address->second, fmt::format("dest_ip: '{}' is no address; expected one, perhaps with a port, or *", address->first));
    index_.by_address_.try_emplace(parsed->text() + port, context);
  }

  const CertificateFolders& folders_;
  const ReadOptions& options_;
  Deployment& deployment_;
  CertificateIndex index_;
};

CertificateIndex::Choice CertificateIndex::choose(std::string_view sni, const std::optional<IpAddress>& local, int port) const {
  const std::string name = ascii_lower(sni);
  if (!name.empty()) {
    const auto same = by_name_.find(name);
    if (same != by_name_.end() && (!first_unread_ || same->second < *first_unread_)) return {&contexts_[same->second], true, true};
    if (first_unread_) return {nullptr, false, false};
    const size_t dot = name.find('.');
    if (dot != std::string::npos)
      if (const auto found = below_.find(name.substr(dot + 1)); found != below_.end()) return {&contexts_[found->second], true, true};
  }
  if (!by_address_.empty()) {
    if (!local) return {nullptr, false, false};
    auto found = by_address_.find(fmt::format("{}:{}", local->text(), port));
    if (found == by_address_.end()) found = by_address_.find(local->text());
    if (found != by_address_.end()) return {&contexts_[found->second], false, true};
  }
  return {default_ ? &contexts_[*default_] : nullptr, false, true};
}

CertificateIndex read_multicert_config(SourceFileId file, std::string_view text, const CertificateFolders& folders,
                                       const ReadOptions& options, Deployment& deployment) {
  CertificateReader reader(folders, options, deployment);
  for (const Line& line : lines_of(text, file, Continuation::none)) reader.add(entry_of(line));
  return reader.take();
}

CertificateIndex read_multicert_yaml(SourceFileId file, std::string_view text, const CertificateFolders& folders,
                                     const ReadOptions& options, Deployment& deployment) {
  CertificateReader reader(folders, options, deployment);
  const gateway::YamlDocuments read = gateway::read_yaml_documents(text, file);
  for (const gateway::YamlError& problem : read.problems)
    deployment.problems.push_back({ReadProblem::Severity::error, problem.place, problem.message});
  for (const gateway::YamlNode& document : read.documents) {
    const gateway::YamlNode* list = document.member("ssl_multicert");
    if (list == nullptr) continue;
    for (const gateway::YamlNode& each : list->items) {
      MulticertEntry entry{each.place, {}};
      for (const gateway::YamlMember& member : each.members)
        entry.values[ascii_lower(member.name)] = {member.value.text, member.value.place};
      reader.add(entry);
    }
  }
  return reader.take();
}

}  // namespace astray::trafficserver
