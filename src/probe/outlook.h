#pragma once
// What each client would do with each pair of names that was asked, and what it would get.
#include <span>
#include <unordered_map>
#include <vector>

#include "probe/assessor.h"
#include "probe/baselines.h"
#include "probe/name_table.h"
#include "probe/probe_findings.h"

namespace astray {

class Outlook {
 public:
  /// Borrows all.
  Outlook(const std::vector<ProbeNode>& nodes, const NameTable& names, const Baselines& baselines)
      : nodes_(nodes), names_(names), baselines_(baselines) {}

  /// A judged cell; those that no client would send are passed over.
  void add(NodeIndex node, const ProbeCell& cell);

  /// What a report keeps; the rest is counted in a note, so that many pairs cost no memory here.
  static constexpr size_t most_rows = 10'000;

  /// Rows in which a client would reuse the connection before all others; and a finding for each in which it
  /// would be led astray.
  std::vector<OutlookRow> rows(std::span<const ResolvedName> resolved,
                               std::span<const ClientProfile* const> clients, ProbeFindings& findings,
                               std::vector<std::string>& notes) const;

 private:
  /// There is one for each pair that was asked: kept small. Cells by number; 0: not asked.
  struct Pair {
    NodeIndex node;
    NameId from, to;
    uint32_t reused_cell = 0, fresh_cell = 0;
    CellVerdict reused = CellVerdict::could_not_tell, fresh = CellVerdict::could_not_tell;
    Protocol reused_protocol = Protocol::h1;
  };
  class AddressBook;
  std::vector<OutlookRow> rows_of(const Pair& pair, const AddressBook& book,
                                  std::span<const ClientProfile* const> clients) const;
  void find_hazards(const OutlookRow& row, const Pair& pair, ProbeFindings& findings) const;
  const Baseline* carrier(NodeIndex node, NameId name) const;
  bool is_served_on_its_own(NodeIndex node, NameId name) const;

  const std::vector<ProbeNode>& nodes_;
  const NameTable& names_;
  const Baselines& baselines_;
  std::vector<Pair> pairs_;
  std::unordered_map<uint64_t, size_t> places_;  ///< of a pair, by a digest of node and names
};

}  // namespace astray
