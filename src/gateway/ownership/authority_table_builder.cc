#include "gateway/ownership/authority_table_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/check.h"

namespace astray::gateway {
namespace {

/// The text under which an index has it: a name's text, or an address's octets.
std::string_view key_of(const OwnedName& name) {
  const Hostname* hostname = name.host().name();
  return hostname != nullptr ? hostname->text() : name.host().address()->bytes();
}

}  // namespace

/// What is claimed at one scheme and port.
struct AuthorityTableBuilder::Draft {
  AuthorityTable::Names names;
  std::vector<const NamedClaim*> exact{};
  std::vector<const NamedClaim*> addresses{};
  std::vector<const NamedClaim*> suffixes{};
};

std::string describe(const ClaimProblem& problem) {
  std::string what = problem.name.empty() ? "the default" : fmt::format("\"{}\"", problem.name);
  std::string where = fmt::format("{} port {}", to_string(problem.at.scheme), problem.at.port.number());
  if (const auto* taken = std::get_if<ClaimProblem::Taken>(&problem.why)) {
    if (taken->by == problem.virtual_host)
      return fmt::format("{}: {} is claimed twice by virtual host \"{}\", with different reach: remove one",
                         where, what, taken->by);
    return fmt::format(
        "{}: {} is claimed by virtual host \"{}\" and by \"{}\": a name has one owner, remove one", where,
        what, taken->by, problem.virtual_host);
  }
  Reason reason = std::get<Reason>(problem.why);
  return fmt::format(
      "{}: virtual host \"{}\" claims {} but could not answer for it: {}", where, problem.virtual_host, what,
      reason == Reason::certificate_gap ? "no certificate of it covers that; add one or remove the name"
                                        : "no HTTP version is on; allow one or remove the name");
}

VirtualHostIndex AuthorityTableBuilder::add_virtual_host(std::string label, const Ownership& facts) {
  CHECK(labels_.size() < UINT32_MAX);
  labels_.push_back(std::move(label));
  FactsContent content{facts.claim,          facts.policy.client_authentication,
                       facts.policy.tls,     facts.listener.value,
                       facts.protocols.bits, facts.if_unowned};
  auto [place, is_new] = place_of_facts_.try_emplace(content, static_cast<uint32_t>(table_.facts_.size()));
  if (is_new) {
    table_.facts_.push_back(facts);
    table_.facts_.back().certificate_names = {};
  }
  places_.push_back(place->second);
  table_.certificate_names_.push_back(facts.certificate_names);
  return static_cast<VirtualHostIndex>(labels_.size() - 1);
}

void AuthorityTableBuilder::own(VirtualHostIndex virtual_host, SchemePort at, OwnedName name) {
  CHECK(virtual_host < labels_.size());
  claims_.push_back({at, virtual_host, std::move(name)});
}

void AuthorityTableBuilder::own_by_default(VirtualHostIndex virtual_host, SchemePort at) {
  CHECK(virtual_host < labels_.size());
  defaults_.push_back({at, virtual_host});
}

Result<AuthorityTable, std::vector<ClaimProblem>> AuthorityTableBuilder::build() && {
  std::map<SchemePort, Draft> drafts;
  auto draft_at = [&](SchemePort at) -> Draft& { return drafts.try_emplace(at, Draft{{at}}).first->second; };
  for (const NamedClaim& claim : claims_) enter(claim, draft_at(claim.at));
  for (const DefaultClaim& claim : defaults_) enter(claim, draft_at(claim.at).names);
  table_.names_.reserve(drafts.size());
  for (auto& [at, draft] : drafts) {
    draft.names.exact = index_of(draft.exact);
    draft.names.addresses = index_of(draft.addresses);
    draft.names.suffixes = index_of(draft.suffixes);
    table_.names_.push_back(std::move(draft.names));
  }
  if (!problems_.empty()) return tl::unexpected(std::move(problems_));
  table_.facts_.shrink_to_fit();
  table_.certificate_names_.shrink_to_fit();
  return std::move(table_);
}

void AuthorityTableBuilder::enter(const NamedClaim& claim, Draft& draft) {
  const Hostname* name = claim.name.host().name();
  if (claim.name.wildcard()) {
    auto labels = static_cast<size_t>(name->label_count());
    draft.names.suffix_label_counts.set(labels);
    draft.names.most_suffix_labels = std::max(draft.names.most_suffix_labels, labels);
    draft.suffixes.push_back(&claim);
    return;
  }
  (name != nullptr ? draft.exact : draft.addresses).push_back(&claim);
  Origin origin{claim.at.scheme, claim.name.host(), claim.at.port};
  if (auto reason = keeps_promise(origin, facts_of(claim.virtual_host)))
    refuse(claim.at, claim.name.text(), claim.virtual_host, *reason);
}

void AuthorityTableBuilder::enter(const DefaultClaim& claim, AuthorityTable::Names& names) {
  if (names.by_default && names.by_default->virtual_host != claim.virtual_host)
    return refuse(claim.at, "", claim.virtual_host,
                  ClaimProblem::Taken{labels_[names.by_default->virtual_host]});
  names.by_default = entry_of(claim.virtual_host);
}

NameIndex AuthorityTableBuilder::index_of(const std::vector<const NamedClaim*>& claims) {
  std::vector<NameIndex::Item> items;
  items.reserve(claims.size());
  for (const NamedClaim* claim : claims) items.push_back({key_of(claim->name), entry_of(*claim)});
  std::vector<NameIndex::Duplicate> duplicates;
  NameIndex index(HashKey::random(), items, duplicates);
  for (auto [first, second] : duplicates) {
    const NamedClaim& taken = *claims[first];
    const NamedClaim& claim = *claims[second];
    if (taken.virtual_host == claim.virtual_host && taken.name.wildcard() == claim.name.wildcard()) continue;
    refuse(claim.at, claim.name.text(), claim.virtual_host, ClaimProblem::Taken{labels_[taken.virtual_host]});
  }
  return index;
}

NameIndex::Entry AuthorityTableBuilder::entry_of(VirtualHostIndex virtual_host) const {
  return {.virtual_host = virtual_host, .facts = places_[virtual_host]};
}

NameIndex::Entry AuthorityTableBuilder::entry_of(const NamedClaim& claim) const {
  NameIndex::Entry entry = entry_of(claim.virtual_host);
  if (!claim.name.wildcard()) return entry;
  entry.reach = *claim.name.wildcard();
  Ownership facts = facts_of(claim.virtual_host);
  bool covered = std::any_of(
      facts.certificate_names.begin(), facts.certificate_names.end(),
      [&](const CertificateName& name) { return name.is_wildcard() && name.host() == claim.name.host(); });
  entry.covers_children = !facts.protocols.empty() && (covered || claim.at.scheme == Scheme::http);
  return entry;
}

Ownership AuthorityTableBuilder::facts_of(VirtualHostIndex virtual_host) const {
  Ownership facts = table_.facts_[places_[virtual_host]];
  facts.certificate_names = table_.certificate_names_[virtual_host];
  return facts;
}

void AuthorityTableBuilder::refuse(SchemePort at, std::string name, VirtualHostIndex virtual_host,
                                   std::variant<ClaimProblem::Taken, Reason> why) {
  problems_.push_back({at, std::move(name), labels_[virtual_host], std::move(why)});
}

}  // namespace astray::gateway
