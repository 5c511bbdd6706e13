#pragma once
// The certificates of one Caddy process and how a ClientHello finds one: certmagic's getCertificateFromCache.
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "servers/caddy/configuration.h"
#include "tls/certificate_source.h"

namespace astray::caddy {

class CertificatePool {
 public:
  /// Loads what the configuration names; what cannot be read goes to `deployment`, and then some choices are not
  /// known.
  CertificatePool(const HttpConfiguration& configuration, CertificateSource& source, Deployment& deployment);

  /// A certificate that Caddy gets itself, for this name alone.
  void add_managed(const Word& name);

  /// More certificates than are known here may be there: what is not found cannot be told then.
  void mark_incomplete() { is_complete_ = false; }

  /// Whether a loaded certificate, or one that is managed, is filed under the name or a wildcard above it.
  bool has_matching(std::string_view name) const;

  struct Choice {
    const CertificateUse* use = nullptr;
    bool is_known = true;  ///< with `use` null: there is none, and the handshake fails
  };
  /// `sni` is lower case; absent or "": none. `local_address`: where the connection arrived, absent if not known.
  Choice choose(const ConnectionPolicy& policy, std::string_view sni,
                const std::optional<IpAddress>& local_address) const;

 private:
  struct Entry {
    CertificateUse use;
    std::vector<std::string> tags;
  };

  void file_under(const std::string& name, size_t entry) { by_name_[name].push_back(entry); }
  /// Absent: nothing fits, and another name may be tried.
  std::optional<Choice> select(const ConnectionPolicy& policy, const std::string& name) const;
  static bool has_tag(const Entry& entry, const ConnectionPolicy& policy);

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::vector<size_t>> by_name_;
  std::unordered_map<std::string, size_t> first_by_tag_;
  bool is_complete_ = true;
};

/// "a.b.test" → "*.b.test", "*.*.test", "*.*.*": the wildcards that certmagic tries, in its order.
std::vector<std::string> wildcards_above(std::string_view name);

}  // namespace astray::caddy
