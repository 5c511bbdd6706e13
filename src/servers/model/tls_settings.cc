#include "servers/model/tls_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "tls/certificate_source.h"

namespace astray {
namespace {

// FNV-1a: the digests are compared within one run, and their inputs are our own configuration, not a peer's.
class ContentHash {
 public:
  void add(std::string_view text) {
    for (char c : text) step(static_cast<unsigned char>(c));
    step(0xff);  // ends a field: ("ab","c") differs from ("a","bc")
  }
  void add(uint64_t number) {
    for (int i = 0; i < 8; ++i) step(static_cast<unsigned char>(number >> (8 * i)));
  }
  uint64_t value() const { return state_ == 0 ? 1 : state_; }

 private:
  void step(unsigned char byte) { state_ = (state_ ^ byte) * 1099511628211u; }
  uint64_t state_ = 14695981039346656037u;
};

}  // namespace

std::string_view to_string(ClientAuthentication mode) {
  switch (mode) {
    case ClientAuthentication::off: return "off";
    case ClientAuthentication::optional: return "optional";
    case ClientAuthentication::optional_no_ca: return "optional_no_ca";
    case ClientAuthentication::required: return "required";
  }
  return "";
}

bool ClientAuthorities::trusts(std::string_view authority_digest) const {
  if (std::find(trusted_digests.begin(), trusted_digests.end(), authority_digest) != trusted_digests.end()) return true;
  return std::any_of(sets.begin(), sets.end(), [&](const auto& set) {
    return std::binary_search(set->members.begin(), set->members.end(), authority_digest);
  });
}

PolicyDigest digest(const TlsSettings& settings) {
  PolicyDigest policy;
  if (settings.client_authentication.value != ClientAuthentication::off) {
    ContentHash client;
    client.add(static_cast<uint64_t>(settings.client_authentication.value));
    // By content where the content could be read; else by name, which can only make two policies look different.
    if (settings.client_authorities.digest) {
      client.add(*settings.client_authorities.digest);
    } else {
      client.add(settings.client_authorities.file.value);
      client.add(settings.client_authorities.path.value);
    }
    client.add(static_cast<uint64_t>(settings.verify_depth.value));
    client.add(settings.revocation_list.value);
    policy.client_authentication = client.value();
  }
  ContentHash tls;
  tls.add(uint64_t{settings.versions.value});
  tls.add(settings.ciphers.value);
  tls.add(settings.ciphersuites.value);
  policy.tls = tls.value();
  return policy;
}

}  // namespace astray
