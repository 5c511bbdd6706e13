// Whose page an answer is.
#include <fmt/format.h>

#include "probe/cell_judge.h"

namespace astray {
namespace {

Reason served_reason(const UnjudgedCell& cell) {
  const bool elsewhere = cell.sni != NameId::none && cell.sni != cell.asked;
  return elsewhere ? Reason::coalesced : Reason::own_name;
}

Reason misdirected_reason(const UnjudgedCell& cell) {
  if (cell.connection.protocol == PortProtocol::http) return Reason::default_virtual_host;
  if (!cell.connection.sni) return Reason::sni_missing;
  if (cell.sni != cell.asked) return Reason::name_differs_from_sni;
  return Reason::default_virtual_host;
}

/// Whose page it is instead. Where the name's own is not known, only a page that no two names share says it.
NameId foreign_owner(const Owners& owners, NameId asked, bool own_is_known) {
  if (!own_is_known && owners.count != 1) return NameId::none;
  return owners.other_than(asked);
}

}  // namespace

Judgement CellJudge::own(const UnjudgedCell& cell, bool distinct) const {
  if (distinct)
    return {CellVerdict::own, served_reason(cell), cell.asked,
            fmt::format("{}, the name's own answer", answered(cell))};
  return {CellVerdict::indistinct, served_reason(cell), NameId::none,
          fmt::format(
              "{}, which is what {} gets on a connection of its own, and so do other names: nothing tells "
              "their answers apart",
              answered(cell), names_.text(cell.asked))};
}

Judgement CellJudge::misdirected(const UnjudgedCell& cell, NameId owner) const {
  if (owner == cell.rival && owner != NameId::none) {
    return {
        CellVerdict::could_not_tell,
        cell.request.placement == Placement::two_host_fields      ? Reason::authority_duplicated
        : cell.request.placement == Placement::authority_conflict ? Reason::authority_host_conflict
                                                                  : Reason::authority_target_conflict,
        owner,
        fmt::format("{}, the answer of {}: the request named two, and the server took the one that does not "
                    "count (RFC 9110 §7.2 has it refuse)",
                    answered(cell), names_.text(owner))};
  }
  const std::string whose = owner == NameId::default_host
                                ? "what names that nobody configures get"
                                : fmt::format("the answer of {}", names_.text(owner));
  return {CellVerdict::misdirected, misdirected_reason(cell),
          owner == NameId::default_host ? NameId::none : owner,
          fmt::format("{}, which is {} and not that of {}", answered(cell), whose, names_.text(cell.asked))};
}

Judgement CellJudge::unmatched(const UnjudgedCell& cell) const {
  const Baseline* own = own_baseline(cell);
  const std::string& name = names_.text(cell.asked);
  std::string why;
  if (own == nullptr) {
    why = fmt::format("the own answer of {} was not asked for here", name);
  } else if (own->status == 0) {
    why = fmt::format("{} gave no answer on a connection of its own to compare with", name);
  } else if (own->status != cell.seen.status) {
    why = fmt::format("{} answers {} on a connection of its own, and no known name answers like this", name,
                      own->status);
  } else {
    why = fmt::format("the page is neither that of {} nor another known one; it may change with each request",
                      name);
  }
  return {CellVerdict::could_not_tell, Reason::facts_missing, NameId::none,
          fmt::format("{}; {}, so whose answer it is could not be told", answered(cell), why)};
}

Judgement CellJudge::judge_content(const UnjudgedCell& cell) const {
  // The handshake showed another virtual host's certificate for a name that has its own.
  if (const Baseline* sni = sni_baseline(cell);
      cell.sni != NameId::none && sni != nullptr && sni->certificate != nullptr &&
      cell.seen.certificate != nullptr && !cell.seen.resumed &&
      sni->certificate->fingerprint != cell.seen.certificate->fingerprint) {
    const auto host = Host::parse(names_.text(cell.sni));
    if (host && sni->certificate->covers(*host) && !cell.seen.certificate->covers(*host)) {
      return {CellVerdict::misdirected, Reason::certificate_gap, NameId::none,
              fmt::format("{}, and with another certificate than the one {} gets, which does not cover it",
                          answered(cell), names_.text(cell.sni))};
    }
  }

  bool own_exact = false, own_folded = false, own_outline = false, any_own = false;
  for (const Baseline& baseline : baselines_.at(cell.node, cell.asked)) {
    if (baseline.status == 0 || baseline.refusal != ClientRefusal::none) continue;
    any_own = true;
    own_exact = own_exact || baseline.print.exact == cell.print.exact;
    own_folded = own_folded || (cell.print.folded != 0 && baseline.print.folded == cell.print.folded);
    own_outline = own_outline || baseline.print.outline == cell.print.outline;
  }
  // Error pages look alike everywhere, so only a page of its own says whose it is.
  const bool telling = is_content(cell.seen.status);
  const Owners& exact = baselines_.owners_of_exact(cell.node, cell.print);
  if (own_exact) return own(cell, !exact.has_others(cell.asked));
  if (const NameId owner = foreign_owner(exact, cell.asked, any_own); telling && owner != NameId::none)
    return misdirected(cell, owner);
  const Owners& folded = baselines_.owners_of_folded(cell.node, cell.print);
  if (own_folded) return own(cell, !folded.has_others(cell.asked));
  if (const NameId owner = foreign_owner(folded, cell.asked, any_own); telling && owner != NameId::none)
    return misdirected(cell, owner);

  if (!any_own || !own_outline) {
    const Owners& anywhere = baselines_.owners_of_exact(cell.print);
    if (baselines_.is_own_anywhere(cell.asked, cell.print))
      return own(cell, !anywhere.has_others(cell.asked));
    const bool known = any_own || baselines_.known_elsewhere(cell.node, cell.asked);
    if (const NameId owner = foreign_owner(anywhere, cell.asked, known); telling && owner != NameId::none)
      return misdirected(cell, owner);
    return unmatched(cell);
  }
  // Status, Location and media type are the name's. With a page that changes anyway, that is all there is.
  if (!baselines_.changes(cell.node, cell.asked).value_or(false)) return unmatched(cell);
  return own(cell, !baselines_.changing_owners(cell.node, cell.print).has_others(cell.asked));
}

}  // namespace astray
