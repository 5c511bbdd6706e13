#include "servers/caddy/certificate_pool.h"

#include <algorithm>

namespace astray::caddy {
namespace {

/// As if it had been issued: what is known of it is its name.
std::shared_ptr<const Certificate> issued_for(const std::string& name) {
  auto certificate = std::make_shared<Certificate>();
  if (const auto ip = IpAddress::parse(name)) {
    certificate->names = CertificateNames({CertificateName::address(*ip)});
  } else {
    const auto parsed = CertificateName::parse_dns(name);
    if (!parsed) return nullptr;
    certificate->names = CertificateNames({*parsed});
  }
  certificate->has_subject_alternative_names = true;
  certificate->not_before = Instant{0};
  certificate->not_after = Instant{INT64_MAX};
  certificate->issuer = "CN=managed by Caddy";
  certificate->key_type = KeyType::ecdsa;
  // Told apart by its name, since there is no content yet.
  for (size_t i = 0; i < name.size(); ++i)
    certificate->fingerprint[i % certificate->fingerprint.size()] ^= static_cast<uint8_t>(name[i] + static_cast<char>(i));
  return certificate;
}

}  // namespace

std::vector<std::string> wildcards_above(std::string_view name) {
  constexpr size_t most_labels = 128;  // a name of 253 bytes has no more
  std::vector<std::string> found;
  std::string stars;
  for (size_t dot = name.find('.'); found.size() < most_labels; dot = name.find('.', dot + 1)) {
    stars += stars.empty() ? "*" : ".*";
    if (dot == std::string_view::npos) {
      found.push_back(stars);
      break;
    }
    found.push_back(stars + std::string(name.substr(dot)));
  }
  return found;
}

CertificatePool::CertificatePool(const HttpConfiguration& configuration, CertificateSource& source,
                                 Deployment& deployment) {
  std::vector<std::string> paths;
  for (const LoadedCertificate& each : configuration.certificates) paths.push_back(each.certificate.text);
  source.preload(paths);
  for (const LoadedCertificate& each : configuration.certificates) {
    Entry& entry = entries_.emplace_back();
    entry.use.path = each.certificate.text;
    entry.use.key_path = each.key;
    entry.use.span = each.certificate.span;
    entry.tags = each.tags;
    for (const std::string& tag : entry.tags) first_by_tag_.try_emplace(tag, entries_.size() - 1);
    const CertificateResult loaded = source.load(each.certificate.text);
    if (!loaded) {
      deployment.problems.push_back({ReadProblem::Severity::error, each.certificate.span, loaded.error().message});
      is_complete_ = false;
      continue;
    }
    entry.use.certificate = *loaded;
    for (const CertificateName& name : (*loaded)->names) file_under(name.text(), entries_.size() - 1);
    if ((*loaded)->names.empty() && !(*loaded)->common_name.empty())
      file_under((*loaded)->common_name, entries_.size() - 1);
  }
  for (const Word& each : configuration.unread_loaders) {
    deployment.problems.push_back({ReadProblem::Severity::warning, each.span,
                                   each.text + ": the certificates that this brings are not read, so a name without "
                                               "another certificate cannot be told"});
    is_complete_ = false;
  }
}

void CertificatePool::add_managed(const Word& name) {
  Entry& entry = entries_.emplace_back();
  entry.use.path = "managed:" + name.text;
  entry.use.span = name.span;
  entry.use.provenance = Provenance::default_value;
  entry.use.certificate = issued_for(name.text);
  file_under(name.text, entries_.size() - 1);
}

bool CertificatePool::has_matching(std::string_view name) const {
  if (by_name_.contains(std::string(name))) return true;
  return std::ranges::any_of(wildcards_above(name), [&](const std::string& each) { return by_name_.contains(each); });
}

bool CertificatePool::has_tag(const Entry& entry, const ConnectionPolicy& policy) {
  return std::ranges::any_of(entry.tags, [&](const std::string& tag) { return std::ranges::find(policy.tags, tag) != policy.tags.end(); });
}

std::optional<CertificatePool::Choice> CertificatePool::select(const ConnectionPolicy& policy,
                                                               const std::string& name) const {
  const auto found = by_name_.find(name);
  const bool selects = !policy.tags.empty();
  if (found != by_name_.end()) {
    for (const size_t index : found->second)
      if (!selects || has_tag(entries_[index], policy)) return Choice{&entries_[index].use, true};
    return std::nullopt;
  }
  if (!selects) return std::nullopt;
  // A policy that selects is given every certificate of the process where none is filed under the name.
  std::optional<size_t> first;
  for (const std::string& tag : policy.tags)
    if (const auto tagged = first_by_tag_.find(tag); tagged != first_by_tag_.end() && (!first || tagged->second < *first))
      first = tagged->second;
  if (!first) return std::nullopt;
  return Choice{&entries_[*first].use, true};
}

CertificatePool::Choice CertificatePool::choose(const ConnectionPolicy& policy, std::string_view sni,
                                                const std::optional<IpAddress>& local_address) const {
  if (policy.has_unknowable_selection) return {nullptr, false};
  const std::string name(sni);
  if (name.empty()) {
    // Whatever the address is, a policy that selects finds its certificate with it.
    if (local_address || !policy.tags.empty()) {
      if (auto chosen = select(policy, local_address ? local_address->text() : "")) return *chosen;
    }
    if (!policy.default_sni.empty())
      if (auto chosen = select(policy, policy.default_sni)) return *chosen;
  } else {
    if (auto chosen = select(policy, name)) return *chosen;
    for (const std::string& wildcard : wildcards_above(name))
      if (auto chosen = select(policy, wildcard)) return *chosen;
  }
  if (!policy.fallback_sni.empty())
    if (auto chosen = select(policy, policy.fallback_sni)) return *chosen;
  return {nullptr, is_complete_};
}

}  // namespace astray::caddy
