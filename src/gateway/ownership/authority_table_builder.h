#pragma once
#include <map>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "base/result.h"
#include "gateway/ownership/authority_table.h"
#include "verdict/reason.h"

namespace astray::gateway {

/// Why a claim cannot stand: another virtual host has it already, or (a Reason) the virtual host could not
/// keep the promise that owning the name is (ownership.h).
struct ClaimProblem {
  struct Taken {
    std::string by;  ///< label of the virtual host that claimed it first
  };
  SchemePort at;
  std::string name;          ///< as OwnedName::text(); "" for the default
  std::string virtual_host;  ///< label of the one whose claim it is
  std::variant<Taken, Reason> why;
};
/// What, where and what to do next, in one line.
std::string describe(const ClaimProblem& problem);

class AuthorityTableBuilder {
 public:
  /// `if_unowned`: what an origin gets that no virtual host claims.
  explicit AuthorityTableBuilder(UnownedAnswer if_unowned) : table_(if_unowned) {}

  /// `label` is for messages. `facts.claim` is no_one where nothing behind the virtual host answers,
  /// unknowable where nobody can tell, else by_name. `facts.certificate_names` has to outlive the table.
  VirtualHostIndex add_virtual_host(std::string label, const Ownership& facts);
  /// The same virtual host may claim a name twice (but not a wildcard with two reaches).
  void own(VirtualHostIndex virtual_host, SchemePort at, OwnedName name);
  void own_by_default(VirtualHostIndex virtual_host, SchemePort at);

  /// The table, or every claim that cannot stand. Promises of exact claims are checked here; those of
  /// wildcards and defaults depend on the host, so owner_of() checks them.
  Result<AuthorityTable, std::vector<ClaimProblem>> build() &&;

 private:
  struct NamedClaim {
    SchemePort at;
    VirtualHostIndex virtual_host;
    OwnedName name;
  };
  struct DefaultClaim {
    SchemePort at;
    VirtualHostIndex virtual_host;
  };
  struct Draft;
  using FactsContent = std::tuple<Claim, uint64_t, uint64_t, uint64_t, uint8_t, UnownedAnswer>;

  void enter(const NamedClaim& claim, Draft& draft);
  void enter(const DefaultClaim& claim, AuthorityTable::Names& names);
  NameIndex index_of(const std::vector<const NamedClaim*>& claims);
  NameIndex::Entry entry_of(VirtualHostIndex virtual_host) const;
  NameIndex::Entry entry_of(const NamedClaim& claim) const;
  Ownership facts_of(VirtualHostIndex virtual_host) const;
  void refuse(SchemePort at, std::string name, VirtualHostIndex virtual_host,
              std::variant<ClaimProblem::Taken, Reason> why);

  AuthorityTable table_;
  std::vector<std::string> labels_;                  ///< by VirtualHostIndex
  std::vector<uint32_t> places_;                     ///< of their facts in the table, by VirtualHostIndex
  std::map<FactsContent, uint32_t> place_of_facts_;  ///< of every content once
  std::vector<NamedClaim> claims_;
  std::vector<DefaultClaim> defaults_;
  std::vector<ClaimProblem> problems_;
};

}  // namespace astray::gateway
