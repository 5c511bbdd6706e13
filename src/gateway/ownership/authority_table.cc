#include "gateway/ownership/authority_table.h"

#include <algorithm>
#include <array>

namespace astray::gateway {

const AuthorityTable::Names* AuthorityTable::names_at(SchemePort at) const {
  auto found = std::lower_bound(names_.begin(), names_.end(), at,
                                [](const Names& names, SchemePort wanted) { return names.at < wanted; });
  return found != names_.end() && found->at == at ? &*found : nullptr;
}

std::optional<AuthorityTable::Located> AuthorityTable::locate_wildcard(const Names& names,
                                                                       std::string_view name) {
  if (names.suffixes.empty()) return std::nullopt;
  // From the right, since suffixes are short: where those with a count of labels that some suffix has begin.
  std::array<uint8_t, 127> starts;
  size_t count = 0;
  size_t labels = 0;
  for (size_t i = name.size(); i > 0 && labels < names.most_suffix_labels; --i) {
    if (name[i - 1] != '.') continue;
    ++labels;
    if (names.suffix_label_counts[labels]) starts[count++] = static_cast<uint8_t>(i);
  }
  if (count == 0) return std::nullopt;
  size_t parent = name.find('.') + 1;
  while (count > 0) {
    size_t start = starts[--count];
    auto entry = names.suffixes.find(name.substr(start));
    if (!entry) continue;
    bool is_child = start == parent;
    if (is_child || entry->reach == WildcardReach::any_depth)
      return Located{*entry, Match::wildcard, is_child && entry->covers_children};
  }
  return std::nullopt;
}

std::optional<AuthorityTable::Located> AuthorityTable::locate_default(const Names& names) {
  if (!names.by_default) return std::nullopt;
  return Located{*names.by_default, Match::by_default, false};
}

std::optional<AuthorityTable::Located> AuthorityTable::locate_name(const Names& names, const Hostname& name) {
  if (auto entry = names.exact.find(name.text())) return Located{*entry, Match::exact, true};
  if (auto located = locate_wildcard(names, name.text())) return located;
  return locate_default(names);
}

std::optional<AuthorityTable::Located> AuthorityTable::locate(SchemePort at, const Host& host) const {
  const Names* names = names_at(at);
  if (names == nullptr) return std::nullopt;
  if (const Hostname* name = host.name()) return locate_name(*names, *name);
  if (auto entry = names->addresses.find(host.address()->bytes())) return Located{*entry, Match::exact, true};
  return locate_default(*names);
}

std::optional<AuthorityTable::Found> AuthorityTable::find(SchemePort at, const Host& host) const {
  auto located = locate(at, host);
  if (!located) return std::nullopt;
  return Found{located->entry.virtual_host, located->match};
}

std::optional<AuthorityTable::Found> AuthorityTable::find(SchemePort at, const Hostname& name) const {
  const Names* names = names_at(at);
  if (names == nullptr) return std::nullopt;
  auto located = locate_name(*names, name);
  if (!located) return std::nullopt;
  return Found{located->entry.virtual_host, located->match};
}

Ownership AuthorityTable::owner_of(const Origin& asked, ListenerDigest handshake_listener) const {
  auto located = locate({asked.scheme, asked.port}, asked.host);
  if (!located) {
    Ownership nobody;
    nobody.listener = handshake_listener;
    nobody.if_unowned = if_unowned_;
    return nobody;
  }
  Ownership owner = facts_[located->entry.facts];
  if (owner.claim == Claim::no_one || owner.claim == Claim::unknowable) return owner;
  owner.claim = located->match == Match::by_default ? Claim::by_default : Claim::by_name;
  if (located->keeps_promise) return owner;
  owner.certificate_names = certificate_names_of(located->entry.virtual_host);
  if (keeps_promise(asked, owner)) {
    owner.claim = Claim::no_one;
    owner.if_unowned = UnownedAnswer::misdirected;
  }
  owner.certificate_names = {};
  return owner;
}

std::span<const CertificateName> AuthorityTable::certificate_names_of(VirtualHostIndex virtual_host) const {
  return certificate_names_[virtual_host];
}

size_t AuthorityTable::bytes() const {
  size_t bytes = sizeof *this + names_.capacity() * sizeof(Names) + facts_.capacity() * sizeof(Ownership) +
                 certificate_names_.capacity() * sizeof(certificate_names_[0]);
  for (const Names& names : names_)
    bytes += names.exact.heap_bytes() + names.addresses.heap_bytes() + names.suffixes.heap_bytes();
  return bytes;
}

}  // namespace astray::gateway
