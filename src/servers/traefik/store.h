#pragma once
#include <string>
#include <string_view>
#include <unordered_map>

#include "servers/traefik/parts.h"
#include "servers/traefik/rule_match.h"

namespace astray::traefik {

/// Which certificate a name gets (pkg/tls/certificate_store.go). What cannot be read could be for any name that no other
/// certificate has.
class CertificateStore {
 public:
  /// Borrows `parts`.
  CertificateStore(const Parts& parts, const Version& version);

  struct Found {
    enum class Outcome : uint8_t { found, none, unknowable } outcome = Outcome::none;
    const CertificateUse* use = nullptr;
  };
  /// For the SNI (lower case) or, without one, the address that was connected to; `none`: only the default is left.
  Found find(std::string_view name) const;
  const CertificateUse& default_certificate() const { return parts_.default_certificate; }

 private:
  struct Entry {
    const CertificateUse* use = nullptr;
    std::string key;         ///< all names of the certificate, sorted and joined
    bool is_shared = false;  ///< another certificate has the name, too
  };
  const Entry* entry(const std::string& name) const;

  const Parts& parts_;
  bool by_whole_key_;  ///< of several, the one whose joined names sort last; before, the name that does
  const CertificateUse* unread_ = nullptr;  ///< the first that could not be read; it could be anyone's
  std::unordered_map<std::string, Entry> by_name_{};
};

/// Whether a fix is in a release of one of the three branches that have it: 2.11.N2, 3.6.N36, 3.7.N37 and what follows.
bool is_since(const Version& version, int n2, int n36, int n37);

}  // namespace astray::traefik
