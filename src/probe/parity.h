#pragma once
// The same question, asked of several nodes and over several protocols.
#include <unordered_map>
#include <vector>

#include "probe/baselines.h"
#include "probe/name_table.h"
#include "probe/probe_findings.h"

namespace astray {

class Parity {
 public:
  Parity(const std::vector<ProbeNode>& nodes, const NameTable& names) : nodes_(nodes), names_(names) {}

  /// A judged cell. Keeps 32 bytes of it.
  void add(NodeIndex node, const ProbeCell& cell, NameId answered_as);
  /// Compares; to be asked once.
  void find_differences(ProbeFindings& findings);

 private:
  enum class ClassId : uint32_t {};
  /// What two answers must share to count as the same.
  struct AnswerClass {
    CellVerdict verdict;  ///< everything that is an answer of some site counts as `own`
    int status;
    uint64_t certificate;
    NameId answered_as;  ///< of misdirected ones
    ProbeFailure failure;
  };
  struct Record {
    uint64_t question;  ///< digest of all but node and protocol
    NameId asked;
    ClassId answer;
    uint32_t cell;
    NodeIndex node;
    AlpnOffer alpn;
    bool spelled_plainly;
  };
  static_assert(sizeof(Record) <= 32);

  ClassId class_of(const ProbeCell& cell, NameId answered_as);
  std::string describe(ClassId id, ClassId other) const;
  void compare_nodes(std::span<const Record> group, ProbeFindings& findings) const;
  void compare_protocols(std::span<const Record> group, ProbeFindings& findings) const;

  const std::vector<ProbeNode>& nodes_;
  const NameTable& names_;
  std::vector<AnswerClass> classes_;
  std::unordered_map<uint64_t, ClassId> class_ids_;
  std::vector<Record> records_;
};

}  // namespace astray
