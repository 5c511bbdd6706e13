#include "servers/httpd/policy_classes.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

namespace astray::httpd {
namespace {

/// Fields of a comparison, joined so that none runs into the next.
class Key {
 public:
  Key& add(std::string_view field) {
    text_ += std::to_string(field.size());
    text_ += ':';
    text_ += field;
    return *this;
  }
  Key& add(int number) { return add(std::string_view(std::to_string(number))); }
  Key& add_set(std::vector<std::string_view> fields) {
    std::sort(fields.begin(), fields.end());
    add(static_cast<int>(fields.size()));
    for (std::string_view field : fields) add(field);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

constexpr std::string_view key_file = "SSLCertificateKeyFile ";
constexpr std::string_view ca_names = "SSLCADNRequest";

std::string authentication_key(const TlsSettings& tls, bool has_hashes) {
  Key key;
  // A section without TLS never gets the defaults that mod_ssl fills in, so it differs from every section
  // with TLS, and unstated is not the default there.
  key.add(tls.enabled.value ? 1 : 0);
  if (!tls.enabled.value)
    key.add(tls.verify_depth.stated() ? 1 : 0).add(tls.client_authentication.stated() ? 1 : 0);
  key.add(tls.verify_depth.value).add(static_cast<int>(tls.client_authentication.value));
  key.add(tls.client_authorities.file.value).add(tls.client_authorities.path.value);
  if (has_hashes) key.add(tls.revocation_list.value);
  for (const std::string& other : tls.other)
    if (!other.starts_with(key_file) && (has_hashes || other.starts_with(ca_names))) key.add(other);
  return key.take();
}

std::string tls_key(const TlsSettings& tls) {
  std::vector<std::string_view> certificates;
  std::vector<std::string_view> keys;
  for (const CertificateUse& use : tls.certificates) {
    certificates.push_back(use.path);
    if (!use.key_path.empty()) keys.push_back(use.key_path);
  }
  for (const std::string& other : tls.other)
    if (other.starts_with(key_file)) keys.push_back(std::string_view(other).substr(key_file.size()));
  Key key;
  key.add(tls.versions.value).add(tls.ciphers.value).add(tls.ciphersuites.value);
  key.add_set(std::move(certificates)).add_set(std::move(keys));
  return key.take();
}

/// Numbers for texts: equal texts, equal numbers.
class Numbers {
 public:
  uint32_t of(std::string text) {
    return numbers_.try_emplace(std::move(text), static_cast<uint32_t>(numbers_.size())).first->second;
  }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
};

}  // namespace

std::vector<PolicyClass> policy_classes(const Deployment& deployment) {
  bool has_hashes = deployment.version >= Version{2, 4, 66};
  Numbers authentication;
  Numbers tls;
  std::vector<PolicyClass> classes;
  classes.reserve(deployment.virtual_hosts.size());
  for (const VirtualHost& host : deployment.virtual_hosts)
    classes.push_back(
        {authentication.of(authentication_key(host.tls, has_hashes)), tls.of(tls_key(host.tls))});
  return classes;
}

}  // namespace astray::httpd
