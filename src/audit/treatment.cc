#include "audit/treatment.h"

#include <fmt/format.h>

#include <iterator>

namespace astray {
namespace {

/// Fields of a key, none of which can run into the next.
class Key {
 public:
  void add(std::string_view text) {
    fmt::format_to(std::back_inserter(text_), "{}:", text.size());
    text_.append(text);
  }
  void add(uint64_t number) { fmt::format_to(std::back_inserter(text_), "{},", number); }
  void add(const Setting<std::string>& setting) {
    add(static_cast<uint64_t>(setting.known()));
    add(setting.value);
  }
  template <typename T>
  void add_value(const Setting<T>& setting) {
    add(static_cast<uint64_t>(setting.known()));
    add(static_cast<uint64_t>(setting.value));
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace

uint32_t Treatments::number(std::unordered_map<std::string, uint32_t>& known, const std::string& key) {
  return known.try_emplace(key, static_cast<uint32_t>(known.size())).first->second;
}

Treatments::Ids Treatments::of(const VirtualHost& virtual_host, const ExpectedHandshake& handshake) {
  const TlsSettings& tls = virtual_host.tls;
  Key key;
  PolicyDigest policy = digest(tls);
  key.add(policy.client_authentication);
  key.add(policy.tls);
  key.add_value(tls.client_authentication);
  key.add_value(tls.reject_handshake);
  key.add_value(virtual_host.http2);
  key.add(static_cast<uint64_t>(handshake.outcome));
  key.add(static_cast<uint64_t>(handshake.protocol));
  uint32_t policy_id = number(policies_, key.text());

  const void* presented = handshake.certificate ? handshake.certificate->certificate.get() : nullptr;
  key.add(reinterpret_cast<uintptr_t>(presented));
  for (const CertificateUse& use : tls.certificates) {
    key.add(use.path);
    key.add(use.key_path);
  }
  key.add(tls.client_authorities.file);
  key.add(tls.client_authorities.path);
  key.add(tls.revocation_list);
  key.add(tls.ciphers);
  key.add(tls.ciphersuites);
  key.add_value(tls.verify_depth);
  key.add_value(virtual_host.strict_sni);
  key.add_value(virtual_host.fixed_status);
  for (const std::string& other : tls.other) key.add(other);
  return {number(exact_, key.text()), policy_id};
}

}  // namespace astray
