#pragma once
// Who owns which name here: the table behind judge_request, the choice of a certificate and routing, so that
// all three have one matcher.
#include <bitset>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "gateway/ownership/name_index.h"
#include "gateway/ownership/owned_name.h"
#include "verdict/ownership.h"

namespace astray::gateway {

/// Words: a *virtual host* is one owner of names; a *claim* is a name, or the default, that it owns at a
/// scheme and port.
///
/// The owner of (scheme, host, port) is, of the claims at exactly that scheme and port, the first of
///  1. the claim of the host itself, a name or an address (by octets)
///  2. the wildcard with the longest suffix under which the name lies and which reaches that far
///  3. the default
/// and nobody otherwise. A wildcard has neither its suffix itself nor addresses. A more specific claim hides
/// a less specific one also where its owner answers nothing (Claim::no_one).
///
/// Built by AuthorityTableBuilder, then immutable: any number of threads read one table without a lock, and a
/// reload replaces a shared_ptr to it. No lookup allocates. A lookup costs a hash for the host and one for
/// each count of labels that a wildcard of that scheme and port has in its suffix, whatever the peer asks
/// for.
class AuthorityTable {
 public:
  enum class Match : uint8_t { exact, wildcard, by_default };
  struct Found {
    VirtualHostIndex virtual_host;
    Match match;
    bool operator==(const Found&) const = default;
  };
  std::optional<Found> find(SchemePort at, const Host& host) const;
  /// For what an SNI names.
  std::optional<Found> find(SchemePort at, const Hostname& name) const;

  /// What judge_request is to know. The virtual host's facts, with `claim` by_name or by_default as it was
  /// found, unless the facts say no_one or unknowable. What ownership.h promises, it keeps: a wildcard's or
  /// default's host that no certificate of the owner covers (https) belongs to no_one, and the answer is 421
  /// (RFC 9110 §7.4). An origin without a claim has the listener that took the handshake, since no other
  /// wants it.
  Ownership owner_of(const Origin& asked, ListenerDigest handshake_listener) const;

  std::span<const CertificateName> certificate_names_of(VirtualHostIndex virtual_host) const;

  /// All memory of the table, but for the certificate names that it borrows.
  size_t bytes() const;

 private:
  friend class AuthorityTableBuilder;

  /// Of one scheme and port.
  struct Names {
    SchemePort at;
    NameIndex exact{};
    NameIndex addresses{};
    NameIndex suffixes{};
    std::bitset<128>
        suffix_label_counts{};  ///< bit n: some suffix has n labels, of which a name has up to 127
    size_t most_suffix_labels = 0;
    std::optional<NameIndex::Entry> by_default{};
  };
  struct Located {
    NameIndex::Entry entry;
    Match match;
    bool keeps_promise;  ///< known without a look at the certificate names
  };
  explicit AuthorityTable(UnownedAnswer if_unowned) : if_unowned_(if_unowned) {}

  const Names* names_at(SchemePort at) const;
  std::optional<Located> locate(SchemePort at, const Host& host) const;
  static std::optional<Located> locate_name(const Names& names, const Hostname& name);
  static std::optional<Located> locate_wildcard(const Names& names, std::string_view name);
  static std::optional<Located> locate_default(const Names& names);

  std::vector<Names> names_;  ///< in the order of SchemePort
  /// What virtual hosts are like, each once: they are many, and their policies few and so in cache.
  std::vector<Ownership> facts_;
  std::vector<std::span<const CertificateName>> certificate_names_;  ///< by VirtualHostIndex
  UnownedAnswer if_unowned_;
};

}  // namespace astray::gateway
