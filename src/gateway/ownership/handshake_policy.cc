#include "gateway/ownership/handshake_policy.h"

#include <algorithm>
#include <vector>

#include "tls/x509.h"

namespace astray::gateway {
namespace {

using gateway::ClientCertificateMode;
using gateway::VirtualHostSettings;

/// Parts that cannot run into each other.
class DigestedText {
 public:
  explicit DigestedText(std::string_view meaning) { add(meaning); }

  void add(std::string_view part) {
    add(part.size());
    text_ += part;
  }
  void add(uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) text_ += static_cast<char>(number >> shift & 0xFF);
  }
  void add_sorted(std::vector<std::string> parts) {
    std::sort(parts.begin(), parts.end());
    add(parts.size());
    for (const std::string& part : parts) add(std::string_view(part));
  }

  Digest digest() const { return sha256(text_); }
  /// Never 0, which means that there is nothing.
  uint64_t number() const {
    Digest bytes = digest();
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof number; ++i) number = number << 8 | bytes[i];
    return number == 0 ? 1 : number;
  }

 private:
  std::string text_;
};

void add_clients(DigestedText& text, const VirtualHostSettings& virtual_host,
                 const CertificateAuthorities* authorities) {
  const auto& clients = virtual_host.client_authentication;
  text.add(static_cast<uint64_t>(clients.mode));
  if (clients.mode == ClientCertificateMode::none) return;
  text.add(uint64_t{clients.depth});
  text.add(authorities != nullptr ? std::string_view(to_hex(authorities->digest)) : std::string_view());
}

void add_tls(DigestedText& text, const VirtualHostSettings& virtual_host) {
  text.add(static_cast<uint64_t>(virtual_host.tls.minimum.value));
  text.add(static_cast<uint64_t>(virtual_host.tls.maximum));
  text.add(virtual_host.tls.ciphers.size());
  for (const gateway::PlainText& cipher : virtual_host.tls.ciphers) text.add(std::string_view(cipher.text));
}

}  // namespace

PolicyDigest policy_of(const VirtualHostSettings& virtual_host, const CertificateAuthorities* authorities) {
  PolicyDigest policy;
  DigestedText clients("client authentication");
  add_clients(clients, virtual_host, authorities);
  if (virtual_host.client_authentication.mode != ClientCertificateMode::none)
    policy.client_authentication = clients.number();
  DigestedText tls("tls");
  add_tls(tls, virtual_host);
  policy.tls = tls.number();
  return policy;
}

ListenerDigest listener_of(const VirtualHostSettings& virtual_host) {
  if (virtual_host.coalesce == gateway::Coalescing::same_policy) return {};
  DigestedText text("listener");
  if (!virtual_host.part_of.empty()) {
    text.add(std::string_view("part"));
    text.add(std::string_view(virtual_host.part_of));
    return {text.number()};
  }
  std::vector<std::string> names;
  for (const auto& name : virtual_host.names) names.push_back(name.value.text());
  text.add_sorted(std::move(names));
  return {text.number()};
}

std::string session_scope_of(const VirtualHostSettings& virtual_host,
                             const CertificateAuthorities* authorities,
                             std::span<const CertificateName> certificate_names) {
  DigestedText text("session");
  add_clients(text, virtual_host, authorities);
  add_tls(text, virtual_host);
  text.add(listener_of(virtual_host).value);
  std::vector<std::string> names;
  for (const CertificateName& name : certificate_names) names.push_back(name.text());
  text.add_sorted(std::move(names));
  Digest digest = text.digest();
  return std::string(digest.begin(), digest.end());
}

}  // namespace astray::gateway
