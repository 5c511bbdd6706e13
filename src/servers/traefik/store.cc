#include "servers/traefik/store.h"

#include <algorithm>

#include "base/ascii.h"

namespace astray::traefik {
namespace {

/// "Fix nondeterministic TLS certificate selection on shared SAN"; 2.11 does not have it.
constexpr int never = 1 << 20;
constexpr int whole_key_3_6 = 22, whole_key_3_7 = 6;

std::vector<std::string> names_of(const Certificate& certificate) {
  std::vector<std::string> names;
  if (!certificate.common_name.empty()) names.push_back(ascii_lower(certificate.common_name));
  for (const CertificateName& name : certificate.names.in_file_order())
    if (std::string text = ascii_lower(name.text()); std::ranges::find(names, text) == names.end()) names.push_back(std::move(text));
  std::ranges::sort(names);
  return names;
}

}  // namespace

bool is_since(const Version& version, int n2, int n36, int n37) {
  if (version.major < 3) return version >= Version{2, 11, n2};
  if (version >= Version{3, 7, 0}) return version >= Version{3, 7, n37};
  return version >= Version{3, 6, n36};
}

CertificateStore::CertificateStore(const Parts& parts, const Version& version)
    : parts_(parts), by_whole_key_(is_since(version, never, whole_key_3_6, whole_key_3_7)) {
  std::unordered_map<std::string, bool> keys;
  for (const CertificateUse& use : parts.certificates) {
    if (!use.certificate) {
      if (unread_ == nullptr) unread_ = &use;
      continue;
    }
    const std::vector<std::string> names = names_of(*use.certificate);
    std::string key;
    for (const std::string& name : names) key += (key.empty() ? "" : ",") + name;
    // A second certificate with the same names is left out.
    if (!keys.emplace(key, true).second) continue;
    for (const std::string& name : names) {
      Entry& there = by_name_[name];
      there.is_shared = there.use != nullptr;
      if (there.use == nullptr || key > there.key) {
        there.use = &use;
        there.key = key;
      }
    }
  }
}

const CertificateStore::Entry* CertificateStore::entry(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

CertificateStore::Found CertificateStore::find(std::string_view name) const {
  const Entry* exact = entry(std::string(name));
  const Entry* wildcard = entry(starred(name));
  const Entry* best = exact != nullptr ? exact : wildcard;
  if (exact != nullptr && wildcard != nullptr && by_whole_key_ && wildcard->key > exact->key) best = wildcard;
  if (best != nullptr) {
    const bool is_random = !by_whole_key_ && best->is_shared;
    return {is_random ? Found::Outcome::unknowable : Found::Outcome::found, best->use};
  }
  if (unread_ != nullptr) return {Found::Outcome::unknowable, unread_};
  for (const std::string& each : {std::string(name), starred(name)})
    if (const auto resolved = parts_.resolved.find(each); resolved != parts_.resolved.end())
      return {Found::Outcome::unknowable, &resolved->second};
  return {Found::Outcome::none, nullptr};
}

}  // namespace astray::traefik
